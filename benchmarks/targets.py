"""What each figure is to be, and the lines of the table that says whether it is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Section = dict[str, Any]
LIMIT_MB = 150
FLAT = 1.5


@dataclass(frozen=True)
class Line:
    """One line: what was measured, its figure, its target, and whether it is met (None: there is none)."""

    section: str
    what: str
    figure: str
    target: str = ""
    met: bool | None = None


def lines(document: dict[str, Any]) -> list[Line]:
    """Of all sections that were measured, in the order of the document."""
    return [line for name, told in TOLD.items() if name in document for line in told(document[name])]


def grows(values: list[float]) -> float:
    """The largest by the one beside the fewest rows: 1 is flat."""
    return max(values) / values[0] if values[0] > 0 else float("inf")


def _receiver(found: Section) -> list[Line]:
    def line(what: str, figure: str, target: str = "", met: bool | None = None) -> Line:
        return Line("receiver", what, figure, target, met)

    ours, textbook, verify = found["rps"], found["ratio_textbook"], found["ratio_verify_only"]
    return [
        line(f"durable 202 per second, 64 connections, {found['server']}", f"{ours:,.0f}"),
        line(f"by the best textbook's {found['textbook_rps']:,.0f}", f"{textbook:.2f}x", "at least 4x", textbook >= 4),
        line(
            f"by the best verify-only's {found['verify_only_rps']:,.0f}",
            f"{verify:.2f}x",
            "at least 0.4x",
            verify >= 0.4,
        ),
        line("p50", f"{found['p50_ms']:.0f} ms"),
        line("p99", f"{found['p99_ms']:.0f} ms", "at most 50 ms", found["p99_ms"] <= 50),
        line(
            "answered with 2xx / rows",
            f"{found['accepted']:,} / {found['stored']:,}",
            "equal",
            found["accepted"] == found["stored"],
        ),
    ]


def _sync(found: Section) -> list[Line]:
    def line(what: str, figure: str, target: str = "", met: bool | None = None) -> Line:
        return Line("sync", what, figure, target, met)

    ratio, each = found["ratio_textbook"], found["fetches_per_event"]
    return [
        line(f"fetches per event, {found['events']:,} events", f"{each:.3f}", "at most 0.25", each <= 0.25),
        line("events per second", f"{found['events_per_s']:,.0f}"),
        line(f"by the textbook's {found['textbook_events_per_s']:,.0f}", f"{ratio:.1f}x", "at least 5x", ratio >= 5),
        line(
            "stored state equals the vendor's",
            "yes" if found["final_state_equal"] else "no",
            "yes",
            found["final_state_equal"],
        ),
        *[
            line(what, f"{found[key]:.2f} s", "below 2 s", found[key] < 2)
            for key, what in (
                ("other_connection_delay_s", "a burst delays another connection's sync by at most"),
                ("due_promise_delay_s", "a burst delays a due promise by at most"),
            )
            if key in found
        ],
    ]


def _timers(found: Section) -> list[Line]:
    def line(what: str, figure: str, target: str = "", met: bool | None = None) -> Line:
        return Line("timers", what, figure, target, met)

    late, drained, eta = found["late_p99_ms"], found["spike_drained_s"], found["celery_eta"]
    checked = found["verified"]
    return [
        line("promises waiting", f"{found['pending']:,}"),
        line("claims per second, one process", f"{found['claims_per_s']:,.0f}"),
        line(f"late at {found['due_per_s']} due per second, p50", f"{found['late_p50_ms']:.0f} ms"),
        line(f"late at {found['due_per_s']} due per second, p99", f"{late:,.0f} ms", "at most 1,000 ms", late <= 1000),
        line(
            f"{found['spike_due']:,} due at one instant, drained in", f"{drained:.1f} s", "at most 30 s", drained <= 30
        ),
        line(f"late where each of {checked['due']:,} is asked for again, p99", f"{checked['late_p99_ms']:,.0f} ms"),
        line("asked for in calls, and sent without an answer", f"{checked['calls']:,}, {checked['unverified']:,}"),
        line("as ETAs of Celery: memory of the worker", f"{eta['rss_mb']:.0f} MB"),
        line("as ETAs of Celery: runs too many", f"{eta['duplicates']:,}"),
        line("due jobs per second: procrastinate, nothing sent", f"{found['procrastinate']['per_s']:,.0f}"),
        line("due jobs per second: dramatiq, nothing sent", f"{found['dramatiq']['per_s']:,.0f}"),
    ]


def _send(found: Section) -> list[Line]:
    def line(what: str, figure: str, target: str = "", met: bool | None = None) -> Line:
        return Line("send", what, figure, target, met)

    ratio, skipped = found["ratio_in_memory"], sum(found["skipped"].values())
    whole = found["due"] == found["accepted"] + skipped + found["unknown"] and found["accepted"] == found["distinct"]
    return [
        line("texts per second", f"{found['per_s']:,.0f}"),
        line(f"by a list in memory's {found['in_memory_per_s']:,.0f}", f"{ratio:.2f}x", "at least 0.7x", ratio >= 0.7),
        line("one call, p99", f"{found['p99_ms']:.0f} ms"),
        line("the textbook on threads", f"{found['textbook_threads_per_s']:,.0f}"),
        line("the textbook on prefork", f"{found['textbook_prefork_per_s']:,.0f}"),
        line(
            f"{found['due']:,} due = accepted + skipped + unknown",
            f"{found['accepted']:,} + {skipped:,} + {found['unknown']:,}",
            "equal, none twice",
            whole,
        ),
    ]


def _growth(found: Section) -> list[Line]:
    sizes = f"{found['pending'][0]:,} to {found['pending'][-1]:,} stored"

    def flat(key: str, what: str) -> Line:
        values = found[key]
        told = " / ".join(f"{value:.1f}" for value in values)
        return Line("growth", f"{what}, {sizes}", f"{told} ms", "flat (1.5x)", grows(values) <= FLAT)

    rates = found["receiver_rps"]
    return [
        flat("claim_ms", f"look and fence of {found['claim_batch']}"),
        flat("claim_ms_old_snapshot", "the same with an old snapshot open"),
        flat("plan_ms", "planning an appointment"),
        Line(
            "growth",
            f"receiver, {found['events'][-1]:,} events stored",
            " / ".join(f"{rate:,.0f}" for rate in rates) + " per s",
            "at most 10 % slower",
            rates[-1] >= 0.9 * rates[0],
        ),
    ]


def _each(sizes: list[float]) -> str:
    return " / ".join(f"{size:.0f}" for size in sizes) + " MB"


def _memory(found: Section) -> list[Line]:
    def line(key: str, what: str) -> Line:
        return Line("memory", what, f"{found[key]:.0f} MB", f"at most {LIMIT_MB} MB", found[key] <= LIMIT_MB)

    after = f"after {found['events']:,} events"
    return [
        line("web_mb", "web"),
        line("worker_mb", "largest worker"),
        line("beat_mb", "beat"),
        line("web_mb_after_100k", f"web {after}"),
        line("worker_mb_after_100k", f"largest worker {after}"),
        *[
            Line(
                "memory",
                f"{what}, after each part of them",
                _each(parts),
                "flat (1.1x)",
                parts[-1] <= 1.1 * parts[0],
            )
            for what, parts in (("web", found["web_mb_by_part"]), ("largest worker", found["worker_mb_by_part"]))
        ],
    ]


TOLD: dict[str, Callable[[Section], list[Line]]] = {
    "receiver": _receiver,
    "sync": _sync,
    "timers": _timers,
    "send": _send,
    "growth": _growth,
    "memory": _memory,
}
