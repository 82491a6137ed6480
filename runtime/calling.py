"""For which class of calls this thread asks a vendor, and how long it may wait for leave: see `rules.budgets`."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Calling:
    """What nobody has declared is an operator's: a person waits for the answer."""

    cause: str = "operator"
    patience: timedelta = timedelta(0)


_now: ContextVar[Calling] = ContextVar("calling", default=Calling())  # noqa: B039 - frozen


def calling() -> Calling:
    return _now.get()


@contextmanager
def calls_for(cause: str) -> Iterator[None]:
    """Calls to vendors inside are counted as this class."""
    token = _now.set(replace(_now.get(), cause=cause))
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
