"""`python -m benchmarks [section ...]`: measure, print the table, write build/bench.json and build/bench.svg."""

import json
import os
import platform
import sys
from typing import Any

from benchmarks import receiver, send, sync, timers
from benchmarks.ground import PROJECT, Failed, ground
from benchmarks.progress import say
from benchmarks.sizes import FULL, QUICK

SECTIONS = {"receiver": receiver.measure, "sync": sync.measure, "timers": timers.measure, "send": send.measure}


def main(wanted: list[str]) -> int:
    sizes = QUICK if os.environ.get("QUICK", "") not in {"", "0"} else FULL
    result: dict[str, Any] = {"machine": machine(), "quick": sizes.quick}
    try:
        with ground() as on:
            for name, measure in SECTIONS.items():
                if not wanted or name in wanted:
                    say(f"{name} ...")
                    result[name] = measure(on, sizes)
                    print(json.dumps(result[name], indent=1))
    except Failed as failure:
        print(f"failed: {failure}", file=sys.stderr)
        return 1
    out = PROJECT / "build"
    out.mkdir(exist_ok=True)
    (out / "bench.json").write_text(json.dumps(result, indent=1) + "\n")
    return 0


def machine() -> dict[str, Any]:
    return {
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 2),
    }


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
