import socket
import stat
import sys
import tempfile
from pathlib import Path

import pytest

from punctual.home import SOCKET_PATH_LIMIT, Home, HomeError
from punctual.ports import Ports, PortTaken, any_free


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path / "home")
    home.prepare()
    return home


def test_the_folder_is_beside_the_configuration_unless_it_is_named(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert Home.from_environment({}).path == tmp_path / ".punctual"
    assert Home.from_environment({"PUNCTUAL_HOME": "/x/y"}).path == Path("/x/y")


def test_only_the_owner_can_look_into_the_folder_and_its_secrets(home):
    home.secret("secret-key")
    assert stat.S_IMODE(home.path.stat().st_mode) == 0o700
    assert stat.S_IMODE((home.path / "secret-key").stat().st_mode) == 0o600


def test_a_secret_is_made_once(home):
    assert home.secret("secret-key") == home.secret("secret-key")
    assert home.secret("secret-key") != home.secret("flower-password")
    assert len(home.secret("secret-key")) >= 43


def test_a_second_start_is_told_who_runs(home):
    with home.lock("already running as pid 7 since 12:01"), pytest.raises(HomeError, match="pid 7 since 12:01"):  # noqa: SIM117
        with home.lock("me too"):
            pass
    with home.lock("free again"):
        pass


@pytest.fixture
def short_folder():
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        yield Path(folder)


def test_sockets_live_in_the_folder_while_their_names_fit(short_folder):
    home = Home(short_folder / "home")
    home.prepare()
    assert home.socket_folder() == home.run


def test_a_long_path_has_its_sockets_in_a_short_private_folder(tmp_path, short_folder, monkeypatch):
    runtime = short_folder
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    home = Home(tmp_path / ("long" * 25))
    home.prepare()
    folder = home.socket_folder()
    assert folder is not None
    assert folder.parent == runtime
    assert len(str(folder / ".s.PGSQL.5432")) <= SOCKET_PATH_LIMIT
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_that_others_can_enter_is_not_used_for_sockets(home, short_folder, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short_folder))
    home.run.chmod(0o755)
    assert home.socket_folder() != home.run


@pytest.fixture
def ports():
    chosen = Ports()
    yield chosen
    chosen.close()


def test_a_port_that_is_asked_for_is_taken_or_refused(ports):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        taken = listener.getsockname()[1]
        with pytest.raises(PortTaken, match="another program listens there"):
            ports.choose("PUNCTUAL_WEB_PORT", {"PUNCTUAL_WEB_PORT": str(taken)})
    free = any_free()
    assert ports.choose("PUNCTUAL_WEB_PORT", {"PUNCTUAL_WEB_PORT": str(free)}) == free


@pytest.mark.skipif(sys.platform != "linux", reason="needs the abstract socket namespace")
def test_two_starts_at_the_same_time_choose_different_ports(ports):
    first = ports.choose("PUNCTUAL_WEB_PORT", {})
    assert first >= 8400
    other = Ports()
    assert other.choose("PUNCTUAL_WEB_PORT", {}) > first
    other.close()


@pytest.mark.parametrize("word", ["no", "0", "65536", "-1"])
def test_a_port_that_is_none_is_refused(ports, word):
    with pytest.raises(PortTaken, match="expected a port"):
        ports.choose("PUNCTUAL_WEB_PORT", {"PUNCTUAL_WEB_PORT": word})
