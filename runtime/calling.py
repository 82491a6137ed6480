"""For which class of calls this thread asks a vendor, and how long it may wait for leave: see `rules.budgets`."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import timedelta

from store.leave import Hand


@dataclass(frozen=True, slots=True)
class Calling:
    """What nobody has declared is an operator's: a person waits for the answer."""

    cause: str = "operator"
    patience: timedelta = timedelta(0)
    hand: Hand | None = None
    """Leave that was granted with the claim, for the first call."""


_now: ContextVar[Calling] = ContextVar("calling", default=Calling())  # noqa: B039 - frozen


def calling() -> Calling:
    return _now.get()


@contextmanager
def calls_for(cause: str, hand: Hand | None = None) -> Iterator[None]:
    """Calls to vendors inside are counted as this class; the first of them has its leave `hand` already."""
    token = _now.set(replace(_now.get(), cause=cause, hand=hand))
    try:
        yield
    finally:
        _now.reset(token)


@contextmanager
def waits(patience: timedelta) -> Iterator[None]:
    """Calls inside wait that long for leave: what came before them would have to be asked for again."""
    token = _now.set(replace(_now.get(), patience=patience))
    try:
        yield
    finally:
        _now.reset(token)
