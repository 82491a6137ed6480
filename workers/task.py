"""What is the same for every task: log context, Sentry, the four fates, the watch. A task itself is five lines."""

import time
from typing import Any, NoReturn

import structlog
from celery import Task
from celery.exceptions import TaskPredicate

from rules.errors import AlreadyDone, Fate, NeedsPerson, Transient
from runtime import observe
from runtime.broker import LONGEST_COUNTDOWN
from runtime.names import DEADLINE_SECONDS, QUEUE_OF, Queue
from runtime.observe.logs import describe, place
from workers.watch import watch

log = structlog.get_logger("punctual.tasks")

LONGEST_LINE = 500  # Celery shortens what Flower shows at 1,024 characters


class Crashed(Exception):
    """A step ended by an error that nobody foresaw. It says where, and nothing that the error said: that may quote a
    row, and this is what the broker, Flower and the log are told.
    """


class PipelineTask(Task):  # type: ignore[misc]  # Celery is not typed
    """A step of the pipeline, rung for by a doorbell. It returns one line without private facts, "" for nothing to do.

    A fate is no failure of the task: rows hold what comes next and a sweep rings again. So nothing is retried here.
    Anything else than a fate is a failure: FAILURE in Flower, an error in Sentry, and the place in both.
    """

    abstract = True
    typing = True

    @property
    def deadline_seconds(self) -> float:
        """What the watch grants it."""
        return DEADLINE_SECONDS[QUEUE_OF.get(self.name, Queue.REST)]

    def __call__(self, *args: Any, **kwargs: Any) -> str:
        started = time.monotonic()
        with (
            observe.log_context(task=self.name, task_id=self.request.id or "direct"),
            watch.busy(self.name, self.deadline_seconds),
        ):
            outcome, line = self._outcome(args, kwargs)
            said = log.info if line or outcome != "done" else log.debug  # most doorbells find nothing to do
            said("ran", outcome=outcome, line=line, seconds=round(time.monotonic() - started, 3))
        observe.counter("tasks", {"task": self.name, "outcome": outcome})
        return line

    def _outcome(self, args: Any, kwargs: Any) -> tuple[str, str]:
        try:
            return "done", one_line(self.run(*args, **kwargs))
        except Fate as fate:
            outcome = outcome_of(fate)
            if outcome in {"needs_person", "permanent"}:
                observe.capture(fate, task=self.name, outcome=outcome)
            return outcome, one_line(f"{outcome.replace('_', ' ')}: {describe(fate)}")
        except TaskPredicate:
            raise  # Celery's own words, such as Reject
        except Exception as error:
            observe.counter("tasks", {"task": self.name, "outcome": "crashed"})
            observe.capture(error, task=self.name, outcome="crashed")
            log.exception("crashed")
            raise Crashed(f"{type(error).__name__} at {place(error)}") from None

    def retry(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise TypeError(f"nothing is retried by message, least of all after {LONGEST_COUNTDOWN:.0f} s: rows are")


def outcome_of(fate: Fate) -> str:
    """The four families, in one word each."""
    if isinstance(fate, Transient):
        return "again"
    if isinstance(fate, AlreadyDone):
        return "already_done"
    return "needs_person" if isinstance(fate, NeedsPerson) else "permanent"


def one_line(said: Any) -> str:
    """What Flower shows. A step's line holds names of ours and numbers of things; the net below catches the rest."""
    text = " ".join(str(observe.scrub(said if said is not None else "")).split())
    return text if len(text) <= LONGEST_LINE else text[: LONGEST_LINE - 1] + "…"
