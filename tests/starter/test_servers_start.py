"""The embedded servers where they have to work: as root and not, with long names, after a kill, with old rows."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import psycopg
import pytest

from punctual.home import Home
from punctual.launcher import CAP_DAC_OVERRIDE
from punctual.servers import EmbeddedPostgres, EmbeddedValkey, ServerError

PROJECT = Path(__file__).parent.parent.parent
pytestmark = pytest.mark.servers

BOTH = """
import sys
from pathlib import Path
import psycopg
from punctual.home import Home
from punctual.launcher import CAP_DAC_OVERRIDE
from punctual.servers import EmbeddedPostgres, EmbeddedValkey
home = Home(Path(sys.argv[1]))
postgres, valkey = EmbeddedPostgres(home), EmbeddedValkey(home)
postgres.start()
valkey.start()
with psycopg.connect(postgres.url.replace("+psycopg", "")) as connection:
    print(connection.execute("SHOW fsync").fetchone()[0], connection.execute("SHOW listen_addresses").fetchone())
if sys.argv[2:] == ["stay"]:
    print("up", flush=True)
    import signal
    signal.pause()
valkey.stop()
postgres.stop()
"""


def version_of(postgres):
    with psycopg.connect(postgres.url.replace("+psycopg", "")) as connection:
        return connection.execute("SHOW server_version").fetchone()[0]


@pytest.fixture
def started(tmp_path):
    servers = []

    def start(name="home"):
        postgres = EmbeddedPostgres(Home(tmp_path / name))
        servers.append(postgres)
        postgres.start()
        return postgres

    yield start
    for server in servers:
        server.stop()


def test_it_runs_below_a_closed_folder_and_changes_nothing_outside_its_own(tmp_path, started):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    before = closed.stat().st_mode, tmp_path.stat().st_mode
    postgres = started("closed/home")
    assert version_of(postgres).startswith("18.")
    assert (closed.stat().st_mode, tmp_path.stat().st_mode) == before
    assert {path.name for path in closed.iterdir()} == {"home"}


def test_it_runs_where_python_and_the_wheels_are_below_a_closed_folder_too(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    (closed / ".venv").symlink_to(sys.prefix)
    (closed / "both.py").write_text(BOTH)
    done = subprocess.run(
        [closed / ".venv" / "bin" / "python", closed / "both.py", closed / "home"],
        env={"PYTHONPATH": str(PROJECT), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_it_never_runs_as_root_and_keeps_one_power_at_most(started):
    pid = started()._process.pid
    assert psutil.Process(pid).uids().effective != 0
    if sys.platform == "linux":
        status = dict(line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
        assert int(status["CapPrm"], 16) | int(status["CapEff"], 16) in {0, 1 << CAP_DAC_OVERRIDE}


def test_a_long_path_with_spaces_and_a_quote_works(started, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", "")
    postgres = started("it's a long name " * 8)
    assert version_of(postgres).startswith("18.")
    sockets = postgres._sockets
    assert sockets.parent in {Path("/tmp"), Path(os.environ.get("TMPDIR", "/tmp"))}
    postgres.stop()
    assert not sockets.exists()


def test_without_sockets_it_listens_on_this_machine_with_a_password(started, monkeypatch):
    monkeypatch.setattr(Home, "socket_folder", lambda _: None)
    postgres = started()
    assert version_of(postgres).startswith("18.")
    assert "127.0.0.1:5432/" not in postgres.url
    secret = (postgres.home.path / "postgres-password").read_text().strip()
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(postgres.url.replace("+psycopg", "").replace(secret, "wrong"))


def test_rows_of_another_major_version_are_named_and_not_touched(tmp_path):
    folder = tmp_path / "home" / "postgres"
    folder.mkdir(parents=True)
    (folder / "PG_VERSION").write_text("17\n")
    with pytest.raises(ServerError, match="holds PostgreSQL 17, this version runs 18"):
        EmbeddedPostgres(Home(tmp_path / "home")).start()
    assert [path.name for path in folder.iterdir()] == ["PG_VERSION"]


def test_an_interrupted_first_start_leaves_nothing_half_made(tmp_path, started):
    half = tmp_path / "home" / "postgres.new-killed"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    assert version_of(started()).startswith("18.")
    assert not half.exists()


def test_a_server_that_cannot_start_says_why(tmp_path, started):
    postgres = started()
    postgres.stop()
    shutil.rmtree(postgres.folder / "global")
    with pytest.raises(ServerError, match=r"postgres did not start(.|\n)*global"):
        postgres.start()


def test_what_a_killed_starter_left_is_found_again_with_its_rows(tmp_path, started):
    script = tmp_path / "both.py"
    script.write_text(BOTH)
    starter = subprocess.Popen(
        [sys.executable, str(script), str(tmp_path / "home"), "stay"],
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert starter.stdout.readline() == "on ('',)\n"
    assert starter.stdout.readline() == "up\n"
    starter.kill()
    starter.wait()
    assert version_of(started()).startswith("18.")
    valkey = EmbeddedValkey(Home(tmp_path / "home"))
    valkey.start()
    valkey.stop()


def test_a_process_that_has_the_pid_of_ours_by_chance_is_left_alone(tmp_path):
    home = Home(tmp_path / "home")
    home.prepare()
    with subprocess.Popen(["sleep", "60"]) as stranger:
        born = psutil.Process(stranger.pid).create_time()
        (home.run / "valkey.json").write_text(f'{{"pid": {stranger.pid}, "born": {born}}}')
        valkey = EmbeddedValkey(home)
        valkey.start()
        valkey.stop()
        assert stranger.poll() is None
        stranger.send_signal(signal.SIGKILL)


@pytest.fixture
def run_as():
    """Runs BOTH as another user, in a folder of that user's own: pytest's are closed to others."""
    folder = Path(tempfile.mkdtemp(prefix="punctual-test-"))
    (folder / "both.py").write_text(BOTH)

    def run(uid):
        if os.geteuid() != 0 or not shutil.which("setpriv"):
            pytest.skip("needs root and setpriv to become another user")
        os.chown(folder, uid, uid)
        # It may read this checkout and its Python, wherever they are, and owns nothing but its folder
        become = ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups"]
        readable = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
        return subprocess.run(
            [*become, *readable, sys.executable, str(folder / "both.py"), str(folder / "home")],
            env={"PYTHONPATH": str(PROJECT), "PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"},
            cwd=folder,
            capture_output=True,
            text=True,
        )

    yield run
    shutil.rmtree(folder)


def test_both_run_as_an_ordinary_user(run_as):
    done = run_as(65534)
    assert (done.returncode, done.stdout) == (0, "on ('',)\n"), done.stderr


def test_a_user_without_a_name_is_told_so(run_as):
    assert "under uid 61234, which has no entry in the list of users" in run_as(61234).stderr
