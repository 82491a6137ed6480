"""`python -m benchmarks [section ...]`: measure, print the table, write build/bench.json and build/bench.svg."""

import argparse
import json
import os
import platform
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks import growth, memory, receiver, send, shape, sync, timers
from benchmarks.drawing import draw
from benchmarks.ground import PROJECT, Failed, Ground, ground
from benchmarks.progress import say
from benchmarks.scaling import fill
from benchmarks.sizes import FULL, QUICK, Sizes
from benchmarks.table import table
from benchmarks.targets import lines

SECTIONS: dict[str, Callable[[Ground, Sizes], dict[str, Any]]] = {
    "receiver": receiver.measure,
    "sync": sync.measure,
    "timers": timers.measure,
    "send": send.measure,
    "growth": growth.measure,
    "memory": memory.measure,
}
EXAMPLES = """
examples:
  python -m benchmarks                         everything, about 11 minutes on two idle cores
  python -m benchmarks --quick                 the same keys at small sizes, at most 90 seconds (also: QUICK=1)
  python -m benchmarks receiver send           these two alone
  python -m benchmarks growth --events 10000000    the receiver beside ten million events (about 10 GB, five minutes)
  python -m benchmarks timers --pending 10000000   ten million promises waiting (about 15 GB, ten minutes)
  python -m benchmarks --draw build/bench.json     the table and the picture of a run again, nothing is measured
  python -m benchmarks --scaling build/bench.json  put a run's figures into docs/scaling.md

The servers are embedded ones, or those of PUNCTUAL_TEST_DATABASE_URL and PUNCTUAL_TEST_BROKER_URL. Ctrl-C ends
everything that was started and forgets every database that was made. A run of all sections writes build/bench.json and
build/bench.svg; of some, build/bench-<sections>.json and .svg. It exits with 1 where a row or a text was lost or
doubled or a figure is missing, whatever the figures are; a missed target is said in the table and is no failure.
"""


def main(argv: Sequence[str] | None = None) -> int:
    asked = arguments().parse_args(argv)
    if asked.draw or asked.scaling:
        return again(asked.draw or asked.scaling, draw_it=bool(asked.draw))
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell that starts us in the background ignores the first
        signal.signal(number, signal.default_int_handler)
    sizes = sizes_of(asked)
    wanted = [name for name in SECTIONS if name in asked.sections or not asked.sections]
    result: dict[str, Any] = {"machine": machine(), "quick": sizes.quick}
    try:
        with ground() as on:
            for number, name in enumerate(wanted, start=1):
                say(f"{name}, {number} of {len(wanted)}")
                result[name] = SECTIONS[name](on, sizes)
        shape.check(result, wanted)
    except Failed as failure:
        print(f"failed: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped: everything that was started has been ended", file=sys.stderr)
        return 130
    named = "bench" if len(wanted) == len(SECTIONS) else "bench-" + "-".join(wanted)
    write(result, PROJECT / "build" / named)
    return 0


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m benchmarks",
        description="Measure Punctual beside the design that most people write, in one run on the same servers.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    names = ", ".join(SECTIONS)
    parser.add_argument("sections", nargs="*", metavar="section", type=section, help=f"{names}; all when none is named")
    quick = os.environ.get("QUICK", "") not in {"", "0"}
    parser.add_argument("--quick", action="store_true", default=quick, help="small sizes, at most 90 seconds")
    parser.add_argument("--pending", type=whole, metavar="N", help="promises that wait, in timers and growth")
    parser.add_argument("--events", type=whole, metavar="N", help="events that are stored, in growth")
    parser.add_argument("--draw", type=Path, metavar="FILE", help="print and draw this bench.json; measure nothing")
    parser.add_argument("--scaling", type=Path, metavar="FILE", help="put the figures of this bench.json into the docs")
    return parser


def section(text: str) -> str:
    if text not in SECTIONS:
        raise argparse.ArgumentTypeError(f"there is no {text!r}: {', '.join(SECTIONS)}")
    return text


def whole(text: str) -> int:
    """A number of rows, also as 10_000_000."""
    number = int(text)
    if number < 1000:
        raise argparse.ArgumentTypeError("at least 1,000")
    return number


def sizes_of(asked: argparse.Namespace) -> Sizes:
    sizes = QUICK if asked.quick else FULL
    if asked.pending:
        sizes = replace(sizes, pending=asked.pending, growth=(*sizes.growth[:-1], asked.pending))
    if asked.events:
        sizes = replace(sizes, growth_events=(*sizes.growth_events[:-1], asked.events))
    return sizes


def write(result: dict[str, Any], path: Path) -> None:
    """Print the table; write the document and its picture."""
    path.parent.mkdir(exist_ok=True)
    path.with_suffix(".json").write_text(json.dumps(result, indent=1) + "\n")
    path.with_suffix(".svg").write_text(draw(result))
    print(f"\n{table(lines(result))}\n\nwritten: {path.with_suffix('.json')}, {path.with_suffix('.svg')}")


def again(path: Path, *, draw_it: bool) -> int:
    """A run that is over, drawn or told once more."""
    try:
        found = json.loads(path.read_text())
        shape.check(found, [name for name in SECTIONS if name in found] if draw_it else SECTIONS)
    except (OSError, ValueError, Failed) as error:
        print(f"{path}: {error}", file=sys.stderr)
        return 1
    if draw_it:
        write(found, path)
    else:
        fill(PROJECT / "docs" / "scaling.md", found)
    return 0


def machine() -> dict[str, Any]:
    return {
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 2),
    }


if __name__ == "__main__":
    raise SystemExit(main())
