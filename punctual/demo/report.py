"""One line per step, at once; and the same as JSON at the end."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import httpx

from punctual.demo.world import Missing, Stopped

VENDORS = 4


@dataclass(frozen=True)
class Step:
    vendor: str
    step: str
    passed: bool
    seconds: float
    detail: str


@dataclass
class Report:
    """What happened. Steps of several vendors come from several threads."""

    started: float = field(default_factory=time.monotonic)
    steps: list[Step] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def play(self, vendor: str, name: str, act: Callable[[], str]) -> bool:
        """Play one step. A step that fails says why; the story of that vendor goes on where it can."""
        began = time.monotonic()
        try:
            detail, passed = act(), True
        except Stopped:
            raise
        except (Missing, httpx.HTTPError, LookupError, AssertionError) as problem:
            detail, passed = f"{type(problem).__name__}: {problem}", False
        self._add(Step(vendor, name, passed, round(time.monotonic() - began, 1), detail))
        return passed

    def _add(self, step: Step) -> None:
        with self._lock:
            self.steps.append(step)
            word = "PASS" if step.passed else "FAIL"
            print(f"{word}  {step.vendor:<12} {step.seconds:5.1f} s  {step.step}: {step.detail}", flush=True)

    @property
    def failed(self) -> int:
        return sum(not step.passed for step in self.steps)

    def line(self) -> str:
        passed = len(self.steps) - self.failed
        seconds = time.monotonic() - self.started
        return (
            f"demo: {VENDORS} vendors, {len(self.steps)} steps, {passed} passed, {self.failed} failed, {seconds:.0f} s"
        )

    def write(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        content = {
            "vendors": VENDORS,
            "steps": [asdict(step) for step in self.steps],
            "passed": len(self.steps) - self.failed,
            "failed": self.failed,
            "seconds": round(time.monotonic() - self.started, 1),
        }
        path.write_text(json.dumps(content, indent=1) + "\n")
