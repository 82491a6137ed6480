"""Draws `build/bench.svg`: a card for each section, ours in green, what it is compared with in grey."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil
from typing import Any

from benchmarks.targets import LIMIT_MB, lines

Section = dict[str, Any]
WIDTH, GAP, PAD = 1200, 24, 22
CARD = (WIDTH - 3 * GAP) / 2
ROW, HEAD = 30, 74
LABEL, VALUE = 200, 88
INK, SOFT, OURS, THEIRS, BAD, PAPER = "#20262b", "#6b757d", "#1c7c62", "#c3c9cd", "#c0392b", "#ffffff"
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"


@dataclass(frozen=True)
class Bar:
    label: str
    value: float
    said: str
    ours: bool = False


@dataclass(frozen=True)
class Card:
    """A title, a line below it, bars; with a limit that they should reach or stay below."""

    title: str
    below: str
    bars: Sequence[Bar]
    limit: float | None = None
    limit_said: str = ""

    @property
    def height(self) -> float:
        return HEAD + ROW * len(self.bars) + PAD + (16 if self.limit else 0)


def draw(document: dict[str, Any]) -> str:
    """The whole picture, for a page or a README."""
    cards = [card for name, make in CARDS.items() if name in document for card in make(document[name])]
    columns: list[list[Card]] = [[], []]
    for card in cards:  # each goes where the page is shorter
        min(columns, key=lambda column: sum(each.height + GAP for each in column)).append(card)
    top = 104
    drawn, bottom = [], top
    for place, column in enumerate(columns):
        y = float(top)
        for card in column:
            drawn.append(_card(card, GAP + place * (CARD + GAP), y))
            y += card.height + GAP
        bottom = max(bottom, ceil(y))
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {bottom}" font-family="{FONT}">',
            f'<rect width="{WIDTH}" height="{bottom}" fill="#f3f5f4"/>',
            *_title(document),
            *drawn,
            "</svg>\n",
        ]
    )


def _title(document: dict[str, Any]) -> list[str]:
    machine = document["machine"]
    met = [line.met for line in lines(document) if line.met is not None]
    where = f"{machine['cores']} cores for everything, Python {machine['python']}"
    said = f"{where}; {sum(met)} of {len(met)} targets met"
    quick = " (quick: small sizes, not to be quoted)" if document["quick"] else ""
    return [
        _text(GAP, 48, "Punctual, measured beside the design that most people write", size=26, weight=700),
        _text(GAP, 78, said + quick, size=15, colour=SOFT),
    ]


def _card(card: Card, x: float, y: float) -> str:
    most = max([bar.value for bar in card.bars] + [card.limit or 0.0]) or 1.0
    room = CARD - 2 * PAD - LABEL - VALUE
    left = x + PAD + LABEL
    out = [
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{CARD:.1f}" height="{card.height:.1f}" rx="10" fill="{PAPER}" stroke="#e1e5e3"/>',
        _text(x + PAD, y + 32, card.title, size=17, weight=650),
        _text(x + PAD, y + 54, card.below, size=13, colour=SOFT),
    ]
    if card.limit:
        at, ends = left + room * card.limit / most, y + HEAD + ROW * len(card.bars)
        out += [
            f'<path d="M{at:.1f} {y + HEAD - 2:.1f}V{ends + 2:.1f}" stroke="{BAD}" stroke-dasharray="4 3"/>',
            _text(at, ends + 18, card.limit_said, size=12, colour=BAD, anchor="middle"),
        ]
    for number, bar in enumerate(card.bars):
        out += _bar(bar, left, y + HEAD + number * ROW, max(2.0, room * bar.value / most))
    return "\n".join(out)


def _bar(bar: Bar, left: float, at: float, width: float) -> list[str]:
    """Its label, itself, and its figure, which stays legible where a limit is drawn across it."""
    weight, colour = (650, OURS) if bar.ours else (400, THEIRS)
    figure = _text(left + width + 8, at + 17, bar.said, size=13, weight=weight)
    return [
        _text(left - 10, at + 17, bar.label, size=13, anchor="end", weight=weight),
        f'<rect x="{left:.1f}" y="{at + 3:.1f}" width="{width:.1f}" height="{ROW - 10}" rx="3" fill="{colour}"/>',
        figure.replace("<text ", f'<text paint-order="stroke" stroke="{PAPER}" stroke-width="4" '),
    ]


def _text(
    x: float, y: float, said: str, *, size: int, colour: str = INK, anchor: str = "start", weight: int = 400
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" fill="{colour}" '
        f'text-anchor="{anchor}">{escape(said)}</text>'
    )


def _rates(*told: tuple[str, float, bool]) -> list[Bar]:
    return [Bar(label, value, f"{value:,.0f}/s", ours) for label, value, ours in told]


def _receiver(found: Section) -> list[Card]:
    told: list[tuple[str, float, bool]] = []
    for server, kinds in found["servers"].items():
        for kind, said in (("ours", "Punctual"), ("verify", "verify only"), ("textbook", "textbook")):
            if kind in kinds and (kind != "ours" or server == found["server"]):
                told.append((f"{said}, {server}", kinds[kind]["rps"], kind == "ours"))
    told.sort(key=lambda each: (not each[2], -each[1]))
    below = f"Stored for good before the 202; 64 connections; p99 {found['p99_ms']:.0f} ms"
    return [Card("Webhooks per second", below, _rates(*told), 4 * found["textbook_rps"], "4 times the best textbook")]


def _sync(found: Section) -> list[Card]:
    below = f"Bursts of 10 changes; {found['fetches_per_event']:.2f} fetches per event instead of 1"
    told = (("Punctual", found["events_per_s"], True), ("textbook", found["textbook_events_per_s"], False))
    return [
        Card("Events per second, fetched and applied", below, _rates(*told), 5 * told[1][1], "5 times the textbook")
    ]


def _timers(found: Section) -> list[Card]:
    below = f"{found['due_per_s']} due per second, {found['pending']:,} more waiting; due to arrival at the network"
    late = [
        Bar("p50", found["late_p50_ms"], f"{found['late_p50_ms']:,.0f} ms", ours=True),
        Bar("p99", found["late_p99_ms"], f"{found['late_p99_ms']:,.0f} ms", ours=True),
    ]
    jobs = _rates(
        ("Punctual, checked", found["claims_per_s"], True),
        ("procrastinate", found["procrastinate"]["per_s"], False),
        ("dramatiq", found["dramatiq"]["per_s"], False),
    )
    what = "Punctual: every condition read again under locks; the others: an empty job"
    return [
        Card("How late a reminder is", below, late, 1000, "1 s"),
        Card("Due jobs claimed per second", what, jobs),
    ]


def _send(found: Section) -> list[Card]:
    told = (
        ("a list in memory", found["in_memory_per_s"], False),
        ("Punctual", found["per_s"], True),
        ("textbook, threads", found["textbook_threads_per_s"], False),
        ("textbook, prefork", found["textbook_prefork_per_s"], False),
    )
    below = "The network answers in 50 ms; the same pool and client for all but prefork"
    return [Card("Texts per second", below, _rates(*told), 0.7 * told[0][1], "0.7 of a list in memory")]


def _growth(found: Section) -> list[Card]:
    def flat(title: str, below: str, key: str, unit: str) -> Card:
        bars = [
            Bar(f"{size:,}", value, f"{value:,.1f} {unit}" if unit == "ms" else f"{value:,.0f}/s", ours=True)
            for size, value in zip(found["events" if key == "receiver_rps" else "pending"], found[key], strict=True)
        ]
        return Card(title, below, bars)

    return [
        flat("A claim beside more promises", f"One look and one fence of {found['claim_batch']}", "claim_ms", "ms"),
        flat(
            "A claim beside an old snapshot",
            "A transaction left open while promises are sent",
            "claim_ms_old_snapshot",
            "ms",
        ),
        flat("A plan beside more promises", "An appointment moves: four promises end, four are made", "plan_ms", "ms"),
        flat("Webhooks per second beside more events", "Stored for good before the 202", "receiver_rps", ""),
    ]


def _memory(found: Section) -> list[Card]:
    told = (
        ("web", "web_mb"),
        ("web, after the events", "web_mb_after_100k"),
        ("largest worker", "worker_mb"),
        ("worker, after them", "worker_mb_after_100k"),
        ("beat", "beat_mb"),
    )
    bars = [Bar(said, found[key], f"{found[key]:.0f} MB", ours=True) for said, key in told if key in found]
    below = f"Resident, each process by itself; {found['events']:,} events pushed through"
    return [Card("Memory", below, bars, LIMIT_MB, f"{LIMIT_MB} MB")]


CARDS: dict[str, Callable[[Section], list[Card]]] = {
    "receiver": _receiver,
    "sync": _sync,
    "timers": _timers,
    "send": _send,
    "growth": _growth,
    "memory": _memory,
}
