"""What operators start from Flower: pause, resume, reconcile, retry. The command line does the same."""

from runtime import operating
from runtime.wiring import Wiring

ACTOR = "flower"


def pause(wiring: Wiring, name: str, reason: str = "") -> str:
    return operating.pause(wiring, name, reason, actor=ACTOR)


def resume(wiring: Wiring, name: str) -> str:
    return operating.resume(wiring, name, actor=ACTOR)


def reconcile(wiring: Wiring, name: str) -> str:
    return operating.reconcile(wiring, name, actor=ACTOR) or f"{name}: not begun"


def retry(wiring: Wiring, name: str) -> str:
    return operating.retry(wiring, name, actor=ACTOR)
