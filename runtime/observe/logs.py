"""One line for each thing that happened: JSON for machines, colours for a terminal, both scrubbed."""

import logging
import sys
import traceback
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor

from rules.errors import Fate
from runtime.observe.scrub import scrub

ROOT = Path(__file__).parent.parent.parent
OWN_FIELDS = frozenset({"timestamp", "level", "_record", "_from_structlog"})
QUIET = {
    "celery.app.trace": logging.WARNING,  # one line per doorbell; ours says more (`PipelineTask`)
    "celery.worker.strategy": logging.WARNING,
    "celery.beat": logging.WARNING,
    "kombu.transport.native_delayed_delivery": logging.ERROR,  # warns of long countdowns, which we refuse
    "httpx": logging.WARNING,  # its lines hold addresses with ids
    "httpcore": logging.WARNING,
    "alembic": logging.WARNING,
}


def configure_logs(*, json: bool | None = None, stream: TextIO | None = None, level: int = logging.INFO) -> None:
    """Send everything, also what libraries log, to one stream. `json` None: unless a person is watching."""
    stream = stream or sys.stderr
    as_json = not stream.isatty() if json is None else json
    render: Processor = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=True)
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _plain_exception,
        _scrubbed,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    out = logging.StreamHandler(stream)
    out.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(allow=()), *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [out]
    root.setLevel(level)
    for name, quiet in QUIET.items():
        logging.getLogger(name).setLevel(max(level, quiet))


@contextmanager
def log_context(**fields: str) -> Iterator[None]:
    """Fields that every line of this thread carries meanwhile."""
    with structlog.contextvars.bound_contextvars(**fields):
        yield


def _scrubbed(_logger: Any, _method: str, event: EventDict) -> EventDict:
    return {key: value if key in OWN_FIELDS else scrub(value) for key, value in event.items()}


def _plain_exception(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Type and places. What an exception says may quote a row or a number; only our fates promise not to."""
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event["error"] = describe(error)
        event["where"] = [_place(frame) for frame in traceback.extract_tb(error.__traceback__)[-8:]]
    return event


def describe(error: BaseException) -> str:
    """An exception in words without private facts."""
    name = type(error).__name__
    return f"{name}: {scrub(str(error))}" if isinstance(error, Fate) and str(error) != name else name


def place(error: BaseException) -> str:
    """Where it was raised, as near to our own code as can be: `workers/sync.py:71`."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if _is_ours(frame.filename)] or frames
    return _place(ours[-1]) if ours else "nowhere"


def _is_ours(filename: str) -> bool:
    return filename.startswith(str(ROOT)) and "site-packages" not in filename


def _place(frame: traceback.FrameSummary) -> str:
    path = Path(frame.filename)
    shown = path.relative_to(ROOT) if _is_ours(frame.filename) else Path(*path.parts[-2:])
    return f"{shown}:{frame.lineno}"
