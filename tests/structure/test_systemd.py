"""The units in deploy/systemd, read by us everywhere and by systemd itself where it is installed."""

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.structure.deployed import UNITS, procfile, seconds, services, unit, with_home

BIN = "/opt/punctual/.venv/bin/"
SERVICES = sorted(path.name for path in UNITS.glob("punctual-*.service"))
HARDENED = {
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "CapabilityBoundingSet": "",
    "StateDirectory": "punctual",
    "UMask": "0077",
    "User": "punctual",
    "KillMode": "mixed",
}


def command(name: str) -> list[str]:
    """What systemd would execute: specifiers and variables resolved, without the folder of the programs."""
    (line,) = unit(name)["Service.ExecStart"]
    home = re.search(r"PUNCTUAL_HOME=(\S+)", " ".join(unit(name)["Service.Environment"]))
    assert home is not None
    assert line.startswith(BIN)
    line = line.removeprefix(BIN).replace("${PUNCTUAL_HOME}", home[1])
    assert not re.search(r"(?<!%)%(?!%)|\$", line), "a single % is a specifier: %h would be the home directory"
    return shlex.split(line.replace("%%", "%"))


def test_every_process_of_the_procfile_has_a_unit_with_its_command():
    units = {name.removeprefix("punctual-").removesuffix(".service"): command(name) for name in SERVICES}
    assert units.pop("migrate") == ["python", "-m", "punctual", "migrate"]
    assert units == {name: with_home(words, "/var/lib/punctual") for name, words in procfile().items()}


def test_the_target_starts_all_of_them():
    wanted = " ".join(unit("punctual.target")["Unit.Wants"]).split()
    assert sorted([*wanted, "punctual-migrate.service"]) == SERVICES


@pytest.mark.parametrize("name", SERVICES)
def test_every_unit_is_hardened(name: str):
    read = unit(name)
    assert {key: read[f"Service.{key}"][-1] for key in HARDENED} == HARDENED
    assert read["Unit.PartOf"] == ["punctual.target"]


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"punctual-migrate.service"}))
def test_what_stays_up_waits_for_the_database_and_is_always_started_again(name: str):
    read = unit(name)
    assert read["Unit.Requires"] == ["punctual-migrate.service"]
    assert "punctual-migrate.service" in read["Unit.After"]
    assert read["Service.Restart"] == ["always"]
    assert read["Unit.StartLimitIntervalSec"] == ["0"], "or systemd would give up after five quick ends"


def test_a_stop_takes_as_long_as_under_compose():
    grace = {unit(name)["Service.TimeoutStopSec"][-1] for name in SERVICES}
    assert grace == {str(seconds(services()["worker-sms"]["stop_grace_period"]))}


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed here")
def test_systemd_finds_nothing_wrong(tmp_path: Path):
    shutil.copytree(UNITS, tmp_path, dirs_exist_ok=True)
    for path in tmp_path.glob("*.service"):  # the programs are not installed here; that they exist is all it asks
        path.write_text(re.sub(rf"{BIN}\S+", "/bin/true", path.read_text()))
    for name in [*SERVICES, "punctual.target"]:
        run = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", str(tmp_path / name)],
            env=os.environ | {"SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
            capture_output=True,
            text=True,
        )
        ours = [line for line in run.stderr.splitlines() if "punctual" in line]
        assert (run.returncode, ours) == (0, []), run.stderr
