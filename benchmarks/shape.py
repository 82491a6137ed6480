"""What `build/bench.json` holds, declared once: a figure that is missing is a failure, not a gap in a table."""

from collections.abc import Iterable
from typing import Any

from benchmarks.ground import Failed

NUMBER = (int, float)

Shape = dict[str, Any]
"""Key -> a type, a tuple of types, a list of one type, or a shape of its own."""

SHAPE: Shape = {
    "machine": {"cores": int, "system": str, "python": str, "load_before": NUMBER},
    "quick": bool,
    "receiver": {
        "server": str,
        "rps": NUMBER,
        "p50_ms": NUMBER,
        "p99_ms": NUMBER,
        "verify_only_rps": NUMBER,
        "textbook_rps": NUMBER,
        "ratio_verify_only": NUMBER,
        "ratio_textbook": NUMBER,
        "accepted": int,
        "stored": int,
        "servers": dict,
    },
    "sync": {
        "events": int,
        "appointments": int,
        "fetches": int,
        "fetches_per_event": NUMBER,
        "events_per_s": NUMBER,
        "textbook_events_per_s": NUMBER,
        "ratio_textbook": NUMBER,
        "final_state_equal": bool,
    },
    "timers": {
        "pending": int,
        "claims_per_s": NUMBER,
        "due_per_s": NUMBER,
        "late_p50_ms": NUMBER,
        "late_p99_ms": NUMBER,
        "spike_due": int,
        "spike_drained_s": NUMBER,
        "celery_eta": {"rss_mb": NUMBER, "duplicates": int},
        "verified": {"due": int, "late_p99_ms": NUMBER, "unverified": int, "calls": int},
        "procrastinate": {"per_s": NUMBER},
        "dramatiq": {"per_s": NUMBER},
    },
    "send": {
        "per_s": NUMBER,
        "p99_ms": NUMBER,
        "in_memory_per_s": NUMBER,
        "ratio_in_memory": NUMBER,
        "textbook_threads_per_s": NUMBER,
        "textbook_prefork_per_s": NUMBER,
        "due": int,
        "accepted": int,
        "distinct": int,
        "skipped": dict,
        "unknown": int,
    },
    "growth": {
        "pending": [int],
        "events": [int],
        "claim_batch": int,
        "changes_under_snapshot": int,
        "claim_ms": [NUMBER],
        "claim_ms_old_snapshot": [NUMBER],
        "plan_ms": [NUMBER],
        "receiver_rps": [NUMBER],
    },
    "memory": {
        "web_mb": NUMBER,
        "worker_mb": NUMBER,
        "beat_mb": NUMBER,
        "worker_mb_after_100k": NUMBER,
        "web_mb_after_100k": NUMBER,
        "events": int,
        "web_mb_by_part": [NUMBER],
        "worker_mb_by_part": [NUMBER],
    },
}
SECTIONS = tuple(name for name, shape in SHAPE.items() if isinstance(shape, dict) and name != "machine")


def check(document: dict[str, Any], sections: Iterable[str] = SECTIONS) -> None:
    """Raises `Failed` with every key of these sections that is missing or of another kind. More keys are welcome."""
    wanted = {"machine", "quick", *sections}
    wrong = list(_wrong({name: shape for name, shape in SHAPE.items() if name in wanted}, document, ""))
    lists = [each for each in document.get("growth", {}).values() if isinstance(each, list)]
    if not wrong and len(set(map(len, lists))) > 1:
        wrong.append("growth: its lists are of different lengths")
    if wrong:
        raise Failed("not what was to be measured: " + "; ".join(wrong))


def _wrong(shape: Any, found: Any, where: str) -> Iterable[str]:
    if isinstance(shape, dict):
        if not isinstance(found, dict):
            yield f"{where} is no object"
            return
        for name, inner in shape.items():
            place = f"{where}.{name}".lstrip(".")
            if name not in found:
                yield f"{place} is missing"
            else:
                yield from _wrong(inner, found[name], place)
    elif isinstance(shape, list):
        if not isinstance(found, list) or not found:
            yield f"{where} is no list of figures"
        else:
            for each in found:
                yield from _wrong(shape[0], each, where)
    elif not isinstance(found, shape) or (isinstance(found, bool) and shape is not bool):
        yield f"{where} is {found!r}"
