"""Whole starts with a Procfile of small processes: the end, however it comes, leaves nothing behind."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from punctual.ports import any_free
from punctual.processes import wait_until

PROJECT = Path(__file__).parent.parent.parent
pytestmark = [pytest.mark.servers, pytest.mark.e2e]

WEB = """
import os
from http.server import BaseHTTPRequestHandler, HTTPServer
class Ready(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/health/ready" else 404)
        self.end_headers()
    def log_message(self, *_):
        pass
HTTPServer(("127.0.0.1", int(os.environ["PUNCTUAL_WEB_PORT"])), Ready).serve_forever()
"""
# One child in its group and one that leaves it
WORKER = """
import os, signal, subprocess, sys, time
subprocess.Popen(["sleep", "600"])
subprocess.Popen(["sleep", "600"], start_new_session=True)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
open(os.environ["PUNCTUAL_READY_FILE"], "w").close()
print(os.environ["PUNCTUAL_DATABASE_URL"], flush=True)
while True:
    time.sleep(60)
"""
STARTER = """
import sys
from pathlib import Path
from punctual.stack import Stack
from punctual.up import run_stack
place = Path.cwd()
sys.exit(run_stack(Stack(place / "home", place / "punctual.toml", procfile=place / "Procfile")))
"""


@pytest.fixture
def place(tmp_path):
    place = tmp_path / "a place"
    place.mkdir()
    (place / "web.py").write_text(WEB)
    (place / "worker.py").write_text(WORKER)
    (place / "starter.py").write_text(STARTER)
    (place / "Procfile").write_text(f'web: python "{place}/web.py"\nworker-a: python "{place}/worker.py"\n')
    yield place
    for process in ours(place, PLACE) + ours(place):  # the starter first, which would start the others again
        process.kill()


PLACE = "PLACE_OF_THIS_TEST"  # in the environment of everything, the starter too


def ours(place, name="PUNCTUAL_HOME"):
    """Every process that a start has started, found by its command line or its environment."""
    found = []
    for process in psutil.process_iter():
        try:
            if str(place) in " ".join([*process.cmdline(), process.environ().get(name, "")]):
                found.append(process)
        except psutil.Error:
            continue
    return [process for process in found if process.status() != psutil.STATUS_ZOMBIE]


def start(place, *, program=(sys.executable, "starter.py"), **environ):
    said = (place / "said").open("ab")
    clean = {name: text for name, text in os.environ.items() if not name.startswith("PUNCTUAL_")}
    return subprocess.Popen(
        program,
        cwd=place,
        env={**clean, "PYTHONPATH": str(PROJECT), PLACE: str(place), **web_port(), **environ},
        stdout=said,
        stderr=said,
        start_new_session=True,
    )


def web_port():
    """Starts side by side on one machine would all find the same next port free."""
    return {"PUNCTUAL_WEB_PORT": str(any_free())}


def said(place):
    return (place / "said").read_text()


def up(place, times=1):
    assert wait_until(lambda: said(place).count("Ctrl-C stops it all") >= times, 60, every=0.1), said(place)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_no_process_stays_after_a_signal(place, number):
    starter = start(place)
    up(place)
    assert len(ours(place)) >= 6  # two servers, two processes of the Procfile, two of the worker
    starter.send_signal(number)
    assert starter.wait(60) == 0, said(place)
    assert wait_until(lambda: not ours(place), 5), ours(place)
    assert "everything has stopped" in said(place)


@pytest.mark.skipif(not shutil.which("make"), reason="needs make")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_make_alone_stops_everything(place, number):
    (place / ".venv").symlink_to(sys.prefix)
    (place / "Makefile").write_text("up:\n\t@.venv/bin/python starter.py\n")  # a plain command: no shell between
    make = start(place, program=("make", "up"))
    up(place)
    make.send_signal(number)
    assert make.wait(60) != 0  # as make does when it is interrupted
    assert wait_until(lambda: not ours(place), 5), ours(place)
    assert "everything has stopped" in said(place)


def test_no_process_stays_when_it_is_stopped_half_way_up(place):
    starter = start(place)
    assert wait_until((place / "home" / "run" / "postgres.json").exists, 30)
    starter.send_signal(signal.SIGTERM)
    assert starter.wait(60) == 0, said(place)
    assert wait_until(lambda: not ours(place), 5), ours(place)


def test_after_a_kill_the_next_start_clears_away_and_finds_its_rows(place):
    first = start(place)
    up(place)
    psql(place, "CREATE TABLE kept AS SELECT 1 AS one")
    first.kill()
    first.wait()
    second = start(place)
    up(place, times=2)
    assert psql(place, "SELECT one FROM kept").fetchone() == (1,)
    sleepers = [process for process in ours(place) if process.name() == "sleep"]
    assert len(sleepers) == 2
    second.send_signal(signal.SIGINT)
    assert second.wait(60) == 0
    assert wait_until(lambda: not ours(place), 5), ours(place)


def test_a_second_start_is_refused_in_words_and_disturbs_nothing(place):
    first = start(place)
    up(place)
    second = start(place)
    assert second.wait(30) == 1
    assert f"punctual: already running as pid {first.pid} since " in said(place)
    assert psql(place, "SELECT 1").fetchone() == (1,)
    first.send_signal(signal.SIGINT)
    assert first.wait(60) == 0


def test_a_dead_server_is_started_again_under_the_same_address(place):
    starter = start(place)
    up(place)
    (postgres,) = [process for process in ours(place) if process.name() == "postgres" and "-D" in process.cmdline()]
    postgres.kill()
    assert wait_until(lambda: said(place).count("PostgreSQL has ended") == 1, 10)
    assert wait_until(lambda: answers(place), 20, every=0.2)
    starter.send_signal(signal.SIGINT)
    assert starter.wait(60) == 0


def test_with_addresses_given_nothing_is_embedded(place, postgres_url, valkey_url):
    starter = start(place, PUNCTUAL_DATABASE_URL=postgres_url, PUNCTUAL_BROKER_URL=valkey_url)
    up(place)
    assert not (place / "home" / "postgres").exists()
    assert not (place / "home" / "valkey").exists()
    assert f"worker-a | {postgres_url}" in said(place)
    starter.send_signal(signal.SIGINT)
    assert starter.wait(60) == 0


def psql(place, statement):
    import psycopg

    lines = [
        line for line in (place / "home" / "log" / "worker-a.log").read_text().splitlines() if "postgresql" in line
    ]
    with psycopg.connect(lines[-1].replace("+psycopg", ""), autocommit=True) as connection:
        return connection.execute(statement)


def answers(place):
    import psycopg

    try:
        return psql(place, "SELECT 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False
