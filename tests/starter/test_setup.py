"""bin/setup with a PATH of our own, in which Pythons are not what they are called."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent.parent
NEEDS = "Punctual needs Python 3.11 to 3.14 with its venv module; "


@pytest.fixture
def place(tmp_path):
    """A project whose installation only says by what it was called."""
    project = tmp_path / "a place"
    shutil.copytree(PROJECT / "bin", project / "bin")
    (project / "bin" / "install.py").write_text("import os, sys; print(os.environ['CALLED'], sys.argv[1])")
    (tmp_path / "path").mkdir()
    for tool in ("sh", "dirname"):
        (tmp_path / "path" / tool).symlink_to(shutil.which(tool))
    return tmp_path


def python(place, name, before=""):
    """A Python in PATH that runs `before` ahead of what it is told to run."""
    script = f"""#!/bin/sh
export CALLED={name}
if [ "$1" = -c ]; then exec "{sys.executable}" -c "{before}
import sys; exec(sys.argv[1])" "$2"; fi
exec "{sys.executable}" "$@"
"""
    executable(place / "path" / name, script)


def executable(path, text):
    path.write_text(text)
    path.chmod(0o755)


def setup(place, *words):
    return subprocess.run(
        [str(place / "a place" / "bin" / "setup"), *words],
        env={"PATH": str(place / "path"), "HOME": os.environ.get("HOME", "/")},
        capture_output=True,
        text=True,
    )


def test_the_newest_suitable_python_is_taken(place):
    for name in ("python3.11", "python3.13", "python3"):
        python(place, name)
    assert setup(place).stdout == "python3.13 runtime\n"
    assert setup(place, "dev").stdout == "python3.13 dev\n"


def test_a_shim_without_a_python_behind_it_is_passed_over_silently(place):
    executable(place / "path" / "python3.14", "#!/bin/sh\necho 'pyenv: python3.14: command not found' >&2; exit 127\n")
    python(place, "python3")
    said = setup(place)
    assert (said.stdout, said.stderr) == ("python3 runtime\n", "")


@pytest.mark.parametrize(
    ("before", "reason"),
    [
        ("import sys; sys.version_info = (3, 10, 4)", "Python 3.10 is too old"),
        ("import sys; sys.version_info = (3, 15, 0)", "Python 3.15 is newer than what the packages are built for"),
        ("import sys; sys.maxsize = 2**31 - 1", "it is a 32-bit Python"),
        ("import sys; sys.modules['ensurepip'] = None", "its venv module is missing"),
        ("import os; os.confstr = lambda name: None", "this system has no glibc"),
        ("import os; os.confstr = lambda name: 'glibc 2.27'", "glibc 2.27 is too old"),
        ("import sys; sys.platform = 'freebsd15'", "it runs on freebsd15"),
    ],
)
def test_what_is_unsuitable_gets_one_clear_sentence(place, before, reason):
    python(place, "python3", before)
    said = setup(place)
    assert said.returncode == 1
    assert said.stderr.startswith(f"{NEEDS}{place}/path/python3: {reason}")
    assert said.stderr.count("\n") == 1


def test_an_unsuitable_one_does_not_hide_a_suitable_one(place):
    python(place, "python3.12", "import sys; sys.modules['ensurepip'] = None")
    python(place, "python3.11")
    assert setup(place).stdout == "python3.11 runtime\n"


def test_no_python_at_all_is_said(place):
    said = setup(place)
    assert (said.returncode, said.stderr) == (1, f"{NEEDS}there is no Python in PATH.\n")
