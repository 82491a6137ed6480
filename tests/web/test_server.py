"""`python -m web` as a whole process, on a real port."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from punctual import processes
from store.engine import Database
from tests.web.given import SECRET, signed, standard, until

pytestmark = [pytest.mark.servers, pytest.mark.e2e]
ROOT = Path(__file__).parent.parent.parent
CONFIG = """
[connections.north]
vendor = "caspen"
base_url = "http://127.0.0.1:9"
zone = "Europe/Amsterdam"
credentials = {{ token = "a token" }}
webhook = {{ scheme = "standard", secret = "{secret}" }}
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture
def environment(postgres_url: str, database: Database, tmp_path: Path) -> dict[str, str]:
    config = tmp_path / "punctual.toml"
    config.write_text(CONFIG.format(secret=SECRET))
    ours = {name: value for name, value in os.environ.items() if not name.startswith("PUNCTUAL_")}
    return ours | {
        "PUNCTUAL_CONFIG": str(config),
        "PUNCTUAL_DATABASE_URL": postgres_url,
        "PUNCTUAL_BROKER_URL": "redis://127.0.0.1:9/0",
        "PUNCTUAL_SECRET_KEY": "a key of this test alone, long enough",
        "PUNCTUAL_WEB_PORT": str(free_port()),
    }


@pytest.fixture
def server(environment: dict[str, str], request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[bytes]]:
    """As many worker processes as the test names, or as anybody gets."""
    environment |= {"PUNCTUAL_WEB_WORKERS": str(request.param)} if hasattr(request, "param") else {}
    with subprocess.Popen([sys.executable, "-m", "web"], cwd=ROOT, env=environment, start_new_session=True) as process:
        until(lambda: process.poll() is not None or is_up(environment), 30)
        yield process
        processes.signal_group(process.pid, signal.SIGKILL)


def address(environment: dict[str, str]) -> str:
    return f"http://127.0.0.1:{environment['PUNCTUAL_WEB_PORT']}"


def is_up(environment: dict[str, str]) -> bool:
    try:
        return httpx.get(address(environment) + "/health/live").status_code == 200
    except httpx.TransportError:
        return False


def post(environment: dict[str, str], body: object, headers: dict[str, str]) -> httpx.Response:
    return httpx.post(address(environment) + "/hooks/north", content=body, headers=headers)  # type: ignore[arg-type]


def test_it_stores_refuses_what_is_too_large_and_ends_within_seconds(
    server: subprocess.Popen[bytes], environment: dict[str, str], count: Callable[[str], int]
) -> None:
    call = standard()
    answer = post(environment, call["data"], call["headers"])
    assert (answer.status_code, answer.json()) == (202, {"accepted": 1, "duplicates": 0})
    assert count("events") == 1
    large = signed(b"x" * 1_100_000)
    assert post(environment, large["data"], large["headers"]).status_code == 413
    pieces = (large["data"][start : start + 100_000] for start in range(0, 1_100_000, 100_000))
    assert post(environment, pieces, large["headers"]).status_code == 413  # chunked: no length was announced
    assert httpx.get(address(environment) + "/health/ready").status_code == 200
    server.terminate()
    assert server.wait(8) == 0


def test_a_killed_main_process_leaves_no_worker_on_the_port(
    server: subprocess.Popen[bytes], environment: dict[str, str]
) -> None:
    server.kill()
    until(lambda: not is_up(environment), 10)


def workers_of(server: subprocess.Popen[bytes]) -> list[processes.psutil.Process]:
    """Those that serve; python's own helper is a child beside them."""
    children = processes.psutil.Process(server.pid).children()
    return [each for each in children if "resource_tracker" not in " ".join(each.cmdline())]


@pytest.mark.parametrize("server", ["1"], indirect=True)
def test_a_worker_that_ends_itself_ends_the_server(server: subprocess.Popen[bytes]) -> None:
    """What a dead writer does; whoever started the server starts another."""
    (worker,) = workers_of(server)
    worker.terminate()
    assert server.wait(10) == 1


@pytest.mark.parametrize("server", ["2"], indirect=True)
def test_one_of_two_is_replaced_and_what_it_counted_stays(
    server: subprocess.Popen[bytes], environment: dict[str, str], count: Callable[[str], int]
) -> None:
    first = workers_of(server)
    for number in range(20):
        call = standard(message_id=f"msg_{number}")
        assert post(environment, call["data"], call["headers"]).status_code == 202
    assert count("events") == 20
    for worker in first:
        worker.kill()
        until(lambda gone=worker: not gone.is_running() and len(workers_of(server)) == 2, 20)  # type: ignore[misc]
        until(lambda: is_up(environment), 20)
    assert not set(first) & set(workers_of(server))
    # Neither of those who answer now has counted any of them.
    told = httpx.get(address(environment) + "/metrics").text
    assert 'punctual_webhooks_total{connection="north",outcome="accepted"} 20.0' in told
    assert server.poll() is None


def test_what_is_missing_is_said_in_words(environment: dict[str, str]) -> None:
    del environment["PUNCTUAL_DATABASE_URL"]
    done = subprocess.run(
        [sys.executable, "-m", "web"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 1
    assert done.stderr.strip() == "PUNCTUAL_DATABASE_URL: expected an address"
