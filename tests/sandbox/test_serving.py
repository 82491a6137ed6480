import contextlib
import json
import signal
import subprocess
import sys
import threading
import time

import httpx
import pytest

from tests.sandbox.given import SENDER, SID, TOKEN

SMS = {"vendor": "sms", "name": "texts", "credentials": {"account_sid": SID, "auth_token": TOKEN},
       "numbers": {SENDER: {}}}  # fmt: skip


@pytest.fixture
def started(tmp_path):
    tenants = tmp_path / "tenants.json"
    tenants.write_text(json.dumps([SMS]))
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--tenants", str(tenants)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    line = process.stdout.readline()
    assert line.startswith("sandbox: http://127.0.0.1:")
    yield process, line.split()[1]
    process.kill()
    process.wait()
    process.stdout.close()


def test_one_connection_serves_many_requests(started):
    _, url = started
    connections = set()
    with httpx.Client(base_url=url) as client:
        for _ in range(5):
            answer = client.get("/control/health")
            assert answer.json() == {"ok": True, "tenants": 1}
            connections.add(answer.extensions["network_stream"].get_extra_info("client_addr"))
    assert len(connections) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_within_two_seconds_even_with_a_request_that_is_held(started, number):
    process, url = started
    form = {"To": "+15005550040", "From": SENDER, "Body": "x"}

    answers = []

    def call() -> None:
        at = f"{url}/sms/2010-04-01/Accounts/{SID}/Messages.json"
        with contextlib.suppress(httpx.HTTPError):
            answers.append(httpx.post(at, data=form, auth=(SID, TOKEN), timeout=20).status_code)

    held = threading.Thread(target=call)
    held.start()
    end = time.monotonic() + 5
    while httpx.get(f"{url}/control/requests").json()["concurrency_high_water"] < 1 and time.monotonic() < end:
        time.sleep(0.02)
    began = time.monotonic()
    process.send_signal(number)
    assert process.wait(timeout=5) == 0
    assert time.monotonic() - began < 2
    held.join(timeout=5)
    assert answers == [503]  # let go, not cut off
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)


def test_a_wrong_tenants_file_is_told_in_one_line(tmp_path):
    wrong = tmp_path / "tenants.json"
    wrong.write_text(json.dumps([{**SMS, "credentials": {}}]))
    told = subprocess.run(
        [sys.executable, "-m", "sandbox", "--port", "0", "--tenants", str(wrong)], capture_output=True, text=True
    )
    assert told.returncode == 2
    assert "credentials lack ['account_sid', 'auth_token']" in told.stderr
    assert "Traceback" not in told.stderr


def test_the_help_shows_examples():
    told = subprocess.run([sys.executable, "-m", "sandbox", "--help"], capture_output=True, text=True)
    assert "examples:" in told.stdout
