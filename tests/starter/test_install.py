"""bin/install.py with locks that name nothing, so that no index is asked."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent.parent


@pytest.fixture
def project(tmp_path):
    project = tmp_path / "a place"
    shutil.copytree(PROJECT / "bin", project / "bin")
    (project / "locks").mkdir()
    (project / "punctual").mkdir()
    (project / "punctual" / "__main__.py").write_text("import sys; print('told', *sys.argv[1:])")
    for name in ("runtime.txt", "dev.txt"):
        (project / "locks" / name).write_text("# nothing\n")
    return project


def install(project, name="runtime", python=None):
    base = python or getattr(sys, "_base_executable", sys.executable)
    done = subprocess.run([base, "-I", "bin/install.py", name], cwd=project, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_an_installation_is_made_once_and_begun_anew_when_it_was_interrupted_or_moved(project):
    assert "making .venv" in install(project)
    own = project / ".venv" / "bin" / "python"
    assert install(project, python=own) == ""
    assert "making" not in install(project, "dev", python=own)

    (project / "locks" / "runtime.txt").write_text("# another nothing\n")
    assert install(project, python=own).startswith("installing locks/runtime.txt")

    (project / ".venv" / ".begun").touch()
    assert "making .venv" in install(project, python=own)

    moved = project.rename(project.with_name("another place"))
    assert "making .venv" in install(moved, python=moved / ".venv" / "bin" / "python")


def test_the_checkout_is_importable_and_its_command_runs_from_anywhere(project, tmp_path):
    install(project)
    command = project / ".venv" / "bin" / "punctual"
    assert subprocess.check_output([command, "a b", "c"], cwd=tmp_path, text=True) == "told a b c\n"
