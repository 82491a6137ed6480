"""Writes the figures of a run, and what they come to for so many clinics, into docs/scaling.md between its marks."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

Document = dict[str, Any]

FIGURES = (
    ("receiver.rps", "webhooks per second, each stored before its 202", "{:,.0f}"),
    ("receiver.p99_ms", "the same, 99 of 100 answered within", "{:,.0f} ms"),
    ("sync.events_per_s", "events per second, fetched and applied", "{:,.0f}"),
    ("sync.fetches_per_event", "fetches per event, in bursts of ten", "{:.2f}"),
    ("timers.pending", "promises waiting beside what is measured", "{:,.0f}"),
    ("timers.late_p99_ms", "lateness of a text at 500 due per second, 99 of 100 within", "{:,.0f} ms"),
    ("timers.spike_drained_s", "10,000 due at one instant, the last left after", "{:.1f} s"),
    ("timers.claims_per_s", "claims per second of one process, nothing sent", "{:,.0f}"),
    ("send.per_s", "texts per second, the network answering in 50 ms", "{:,.0f}"),
    ("memory.web_mb_after_100k", "memory of web after 100,000 events", "{:,.0f} MB"),
    ("memory.worker_mb_after_100k", "memory of the largest worker after them", "{:,.0f} MB"),
)
"""Key in build/bench.json, what it is, how it is written."""

APPOINTMENTS, EVENTS_EACH, TEXTS_EACH = 40, 5, 2
DAY_HOURS, PEAK, STARTS = 10, 10, 20
WORKING_DAYS_AHEAD, BODY_KB, KEPT_DAYS = 15, 1, 30
DRAINED_WITHIN = 30


@dataclass(frozen=True)
class Line:
    what: str
    how: str
    said: str


def figure(document: Document, key: str) -> float:
    section, _, name = key.partition(".")
    return float(document[section][name])


def arithmetic(document: Document, clinics: int) -> list[Line]:
    """What so many clinics bring, and how many machines like the one that was measured carry it."""
    events = clinics * APPOINTMENTS * EVENTS_EACH
    peak = events / (DAY_HOURS * 3600) * PEAK
    texts = clinics * APPOINTMENTS * TEXTS_EACH
    instant = texts / STARTS
    rps, synced, sent = (figure(document, key) for key in ("receiver.rps", "sync.events_per_s", "send.per_s"))
    claims = figure(document, "timers.claims_per_s")
    return [
        Line("events a day", f"clinics x {APPOINTMENTS} x {EVENTS_EACH}", f"{events:,}"),
        Line("events in the busiest second", f"a day's by {DAY_HOURS} hours, x {PEAK}", f"{peak:,.0f}"),
        Line("machines that receive", "by `receiver.rps`", f"{ceil(peak / rps):,}"),
        Line("machines that sync", "by `sync.events_per_s`", f"{ceil(peak / synced):,}"),
        Line("texts a day", f"clinics x {APPOINTMENTS} x {TEXTS_EACH}", f"{texts:,}"),
        Line("texts due at one instant", f"a day's by {STARTS} starts", f"{instant:,.0f}"),
        Line("one machine sends them in", "by `send.per_s`", f"{instant / sent:,.0f} s"),
        Line(f"machines that send them in {DRAINED_WITHIN} s", "", f"{ceil(instant / DRAINED_WITHIN / sent):,}"),
        Line(
            "processes that claim them in that time",
            "by `timers.claims_per_s`",
            f"{ceil(instant / DRAINED_WITHIN / claims):,}",
        ),
        Line("promises waiting", f"texts a day x {WORKING_DAYS_AHEAD}", f"{texts * WORKING_DAYS_AHEAD:,}"),
        Line(
            "bodies of events kept", f"{KEPT_DAYS} days x {BODY_KB} kB", f"{events * KEPT_DAYS * BODY_KB / 1e6:,.0f} GB"
        ),
        Line("events a year, bodies emptied", "x 250 working days", f"{events * 250 / 1e6:,.0f} million rows"),
    ]


def figures_table(document: Document) -> str:
    rows = [(f"`{key}`", what, form.format(figure(document, key))) for key, what, form in FIGURES]
    return _table(("key", "what", "figure"), rows)


def arithmetic_table(document: Document, clinics: Sequence[int]) -> str:
    each = [arithmetic(document, number) for number in clinics]
    rows = [(lines[0].what, lines[0].how, *(line.said for line in lines)) for lines in zip(*each, strict=True)]
    return _table(("", "how", *(f"{number:,} clinics" for number in clinics)), rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))


def fill(page: Path, document: Document, clinics: Sequence[int] = (1000, 100_000)) -> None:
    """Replace what stands between `<!-- name -->` and `<!-- /name -->`. Safe to run twice."""
    quick = " These are of a quick run, at small sizes: only for the page's form." if document["quick"] else ""
    machine = document["machine"]
    where = (
        f"{machine['cores']} cores, Python {machine['python']}, load {machine['load_before']} before it began.{quick}"
    )
    parts = {
        "figures": f"{where}\n\n{figures_table(document)}",
        "arithmetic": arithmetic_table(document, clinics),
    }
    text = page.read_text()
    for name, part in parts.items():
        before, _, rest = text.partition(f"<!-- {name} -->\n")
        _, mark, after = rest.partition(f"<!-- /{name} -->")
        if not mark:
            raise ValueError(f"{page} has no place for the {name}")
        text = f"{before}<!-- {name} -->\n{part}\n{mark}{after}"
    page.write_text(text)
