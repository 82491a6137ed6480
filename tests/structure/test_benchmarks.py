"""What a benchmark's run must have measured, checked without running one."""

import copy
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks import __main__ as command
from benchmarks import shape
from benchmarks.drawing import CARDS, draw
from benchmarks.ground import Failed
from benchmarks.scaling import FIGURES, fill
from benchmarks.table import table
from benchmarks.targets import TOLD, lines

ASKED = {
    "machine": "cores",
    "receiver": "server rps p50_ms p99_ms verify_only_rps textbook_rps ratio_verify_only ratio_textbook accepted "
    "stored servers",
    "sync": "events appointments fetches fetches_per_event events_per_s textbook_events_per_s ratio_textbook "
    "final_state_equal",
    "timers": "pending claims_per_s due_per_s late_p50_ms late_p99_ms spike_due spike_drained_s celery_eta "
    "procrastinate dramatiq",
    "timers.celery_eta": "rss_mb duplicates",
    "timers.procrastinate": "per_s",
    "timers.dramatiq": "per_s",
    "send": "per_s p99_ms in_memory_per_s ratio_in_memory textbook_threads_per_s textbook_prefork_per_s due accepted "
    "distinct skipped unknown",
    "growth": "pending claim_ms claim_ms_old_snapshot plan_ms receiver_rps",
    "memory": "web_mb worker_mb beat_mb worker_mb_after_100k",
}
"""Every key that whoever reads build/bench.json counts on, by its place."""


def example(wanted: Any) -> Any:
    """A document of that shape."""
    if isinstance(wanted, dict):
        return {name: example(inner) for name, inner in wanted.items()}
    if isinstance(wanted, list):
        return [example(wanted[0])] * 3
    kind = wanted[0] if isinstance(wanted, tuple) else wanted
    return {int: 2, bool: True, str: "x", dict: {}}[kind]


def places(of: dict[str, Any], before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, inner in of.items():
        yield (*before, name)
        if isinstance(inner, dict):
            yield from places(inner, (*before, name))


def without(document: dict[str, Any], place: tuple[str, ...]) -> dict[str, Any]:
    less = copy.deepcopy(document)
    inner = less
    for name in place[:-1]:
        inner = inner[name]
    del inner[place[-1]]
    return less


WHOLE = example(shape.SHAPE)


def test_the_shape_has_every_key_that_is_counted_on() -> None:
    for place, names in ASKED.items():
        inner = shape.SHAPE
        for name in place.split("."):
            inner = inner[name]
        assert set(names.split()) <= inner.keys(), place


def test_every_section_is_measured_told_and_drawn() -> None:
    assert set(command.SECTIONS) == set(shape.SECTIONS) == TOLD.keys() == CARDS.keys()


def test_a_whole_document_is_taken() -> None:
    shape.check(WHOLE)


@pytest.mark.parametrize("place", list(places(shape.SHAPE)), ids=".".join)
def test_a_missing_key_is_a_failure_that_names_it(place: tuple[str, ...]) -> None:
    with pytest.raises(Failed, match=r"\.".join(place) + " is missing"):
        shape.check(without(WHOLE, place))


@pytest.mark.parametrize(("key", "wrong"), [("claim_ms", []), ("plan_ms", [None]), ("pending", [1, 2])])
def test_a_list_without_its_figures_is_a_failure(key: str, wrong: list[Any]) -> None:
    with pytest.raises(Failed, match="growth"):
        shape.check(WHOLE | {"growth": WHOLE["growth"] | {key: wrong}})


def test_a_missed_target_is_said_and_counted() -> None:
    slow = WHOLE | {"receiver": WHOLE["receiver"] | {"p99_ms": 51}}
    [line] = [each for each in table(lines(slow)).splitlines() if "MISSED" in each and "p99" in each]
    assert "at most 50 ms" in line


def test_the_picture_is_well_formed_and_shows_every_section() -> None:
    root = ET.fromstring(draw(WHOLE))
    said = [each.text or "" for each in root.iter("{http://www.w3.org/2000/svg}text")]
    assert len(said) > 40
    assert "Memory" in said


def test_every_figure_of_the_docs_is_one_that_a_run_prints() -> None:
    for key, _, _ in FIGURES:
        section, _, name = key.partition(".")
        assert shape.SHAPE[section][name], key


def test_the_docs_take_a_run_in_and_take_the_next_one_in_its_place(tmp_path: Path) -> None:
    page = tmp_path / "scaling.md"
    page.write_text(Path("docs/scaling.md").read_text())
    fill(page, WHOLE)
    once = page.read_text()
    assert "| `send.per_s` |" in once
    assert "| 100,000 clinics |" in once
    fill(page, WHOLE)
    assert page.read_text() == once


def test_help_shows_how_each_option_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        command.main(["--help"])
    assert left.value.code == 0
    said = capsys.readouterr().out
    for option in (
        "--quick",
        "--pending 10000000",
        "--events 10000000",
        "--draw build/bench.json",
        "--scaling build/bench.json",
    ):
        assert f"python -m benchmarks {'growth ' if 'events' in option else ''}" in said
        assert option in said
