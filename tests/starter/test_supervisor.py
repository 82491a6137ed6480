"""The supervisor with real processes that do as badly as processes do."""

import io
import os
import sys
import time

import pytest

from punctual.processes import birth_of, wait_until
from punctual.supervisor import ChildFailed, Supervisor
from punctual.supervisor.output import LOG_LIMIT, Log, Terminal

POLITE = "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(0)); print('up', flush=True);"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True);"
FOR_EVER = "\nimport time\nwhile True: time.sleep(60)"


@pytest.fixture
def terminal():
    return Terminal(io.StringIO())


@pytest.fixture
def supervisor(tmp_path, terminal):
    supervisor = Supervisor(tmp_path, terminal, grace=10)
    yield supervisor
    supervisor.hurry()
    supervisor.stop()


def run(supervisor, name, code, **environ):
    supervisor.start(name, [sys.executable, "-c", code], supervisor.logs, {**os.environ, **environ})
    return supervisor.children[name]


def spoke(terminal, words, seconds=10):
    return wait_until(lambda: words in terminal.stream.getvalue(), seconds)


def test_lines_are_prefixed_on_the_terminal_and_plain_in_the_log(supervisor, terminal, tmp_path):
    terminal.names(["web", "worker-long-name"])
    run(supervisor, "web", POLITE + FOR_EVER)
    assert spoke(terminal, "web              | up")
    assert (tmp_path / "web.log").read_text() == "up\n"


def test_a_process_that_dies_is_started_again(supervisor, terminal):
    child = run(supervisor, "web", "import sys; sys.exit(3)")
    assert wait_until(lambda: child.deaths >= 2, 10)
    assert "ended with status 3 after 0 s; starts again in 1 s" in terminal.stream.getvalue()


def test_a_process_that_keeps_dying_at_the_start_is_reported_with_its_last_words(supervisor):
    run(supervisor, "web", "print('no such port', flush=True); raise SystemExit(1)")
    with pytest.raises(ChildFailed, match="no such port"):
        supervisor.wait_until_healthy("web", lambda: False, 20)


def test_the_workers_are_asked_last(supervisor, terminal):
    slow = "import time\ndef end(*_): time.sleep(0.5); print('done', flush=True); sys.exit(0)\nsignal.signal(15, end)"
    for name in ("web", "worker-sms", "beat"):
        run(supervisor, name, POLITE + slow + FOR_EVER)
        assert spoke(terminal, f"{name:<8} | up" if len(name) <= 8 else f"{name} | up")
    supervisor.stop()
    said = terminal.stream.getvalue()
    assert max(said.index("web      | done"), said.index("beat     | done")) < said.index("worker-sms | done")


def test_a_process_that_will_not_end_is_killed_when_the_grace_is_over(supervisor, terminal):
    supervisor.grace = 0.3
    child = run(supervisor, "worker-a", STUBBORN + FOR_EVER)
    assert spoke(terminal, "up")
    birth = birth_of(child.process.pid)
    supervisor.stop()
    assert not birth.alive()
    assert "did not end in time and is killed" in terminal.stream.getvalue()


def test_hurrying_does_not_wait_for_the_grace(supervisor, terminal):
    run(supervisor, "worker-a", STUBBORN + FOR_EVER)
    assert spoke(terminal, "up")
    begun = time.monotonic()
    supervisor.hurry()
    supervisor.stop()
    assert time.monotonic() - begun < 5


def test_what_a_process_started_ends_with_it(supervisor, terminal):
    code = "import subprocess\nprint(subprocess.Popen(['sleep', '600']).pid, flush=True)"
    run(supervisor, "worker-a", POLITE + code + FOR_EVER)
    assert wait_until(lambda: terminal.stream.getvalue().count("\n") >= 2, 10)
    grandchild = birth_of(int(terminal.stream.getvalue().split()[-1]))
    assert grandchild.alive()
    supervisor.stop()
    assert wait_until(lambda: not grandchild.alive(), 5)


def test_a_full_log_is_put_aside_and_the_oldest_is_dropped(tmp_path):
    log = Log(tmp_path / "web.log")
    for _ in range(5):
        log.file.truncate(LOG_LIMIT)
        log.file.seek(0, os.SEEK_END)
        log.file.write(b"x")
        log.write(b"next\n")
    log.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["web.log", "web.log.1", "web.log.2", "web.log.3"]
    assert (tmp_path / "web.log").read_bytes() == b"next\n"
