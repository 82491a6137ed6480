import sys

import pytest

from punctual.supervisor import ProcfileError, read_procfile
from punctual.supervisor.backoff import BackOff


@pytest.fixture
def written(tmp_path):
    def write(text):
        path = tmp_path / "Procfile"
        path.write_text(text)
        return path

    return write


def test_each_line_is_a_name_and_a_command(written):
    lines = read_procfile(written("# comment\nweb: python -m web\n\nbeat:  celery -A a beat\n"))
    assert [line.name for line in lines] == ["web", "beat"]
    assert lines[0].command({}) == [sys.executable, "-m", "web"]
    assert lines[1].command({}) == [sys.executable, "-m", "celery", "-A", "a", "beat"]


def test_a_filled_in_path_with_a_space_stays_one_word(written):
    (line,) = read_procfile(written("beat: celery --schedule $PUNCTUAL_HOME/schedule"))
    assert line.command({"PUNCTUAL_HOME": "/a b"})[-1] == "/a b/schedule"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("web python", ":1: expected `name: command`"),
        ("web:", ":1: expected"),
        ("\nweb: a\nweb: b", ":3: web is there twice"),
        ('web: "a', ":1: No closing quotation"),
    ],
)
def test_a_line_that_is_no_process_is_named_with_its_number(written, text, said):
    with pytest.raises(ProcfileError, match=said):
        read_procfile(written(text))


def test_a_missing_procfile_is_said_in_words(tmp_path):
    with pytest.raises(ProcfileError, match="No such file"):
        read_procfile(tmp_path / "Procfile")


def test_waits_double_to_half_a_minute_and_begin_again_after_a_minute_up():
    backoff = BackOff()
    assert [backoff.after(0.1) for _ in range(7)] == [1, 2, 4, 8, 16, 30, 30]
    assert backoff.after(60) == 1
    assert backoff.after(59) == 2
