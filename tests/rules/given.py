"""Plans in memory: what the store does with the steps of a plan, without a store."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from rules.planning import Act, Step, plan
from rules.promises import Promise, PromiseState
from rules.wishes import Subject
from rules.workflow import Config, Workflow
from tests.factories import NOON, config, told, workflow


@dataclass
class Book:
    """The promises of one appointment, planned again and again."""

    promises: list[Promise] = field(default_factory=list)

    def plan(
        self, subject: Subject, *workflows: Workflow, now: datetime = NOON, pinned: Sequence[Config] = ()
    ) -> list[Step]:
        configs = pinned or (config(*(workflows or (workflow(),))),)
        pairs = [(each, one) for each in configs for one in each.workflows]
        steps = plan(subject, pairs, self.promises, now=now)
        for step in steps:
            self._carry_out(step)
        return steps

    def _carry_out(self, step: Step) -> None:
        if step.act is Act.ADD:
            assert all(each.key != step.key for each in self.promises), "two promises with one key"
            fresh = Promise(
                id=len(self.promises) + 1,
                config_id=step.config_id,
                config_revision=step.config_revision,
                key=step.key,
                anchor=step.anchor,
                state=step.state,
                due_at=step.due_at,
                not_after=step.not_after,
                skip_reason=step.reason,
            )
            self.promises.append(fresh)
            return
        self._replace(
            step.promise_id,
            state=step.state,
            due_at=step.due_at,
            not_after=step.not_after,
            skip_reason=step.reason,
            config_id=step.config_id,
            config_revision=step.config_revision,
        )

    def _replace(self, promise_id: int | None, **changes: object) -> None:
        self.promises = [replace(each, **changes) if each.id == promise_id else each for each in self.promises]

    def send(self, one: Promise, at: datetime, start: datetime, state: str = "accepted") -> None:
        """Its text leaves and names that start."""
        self.promises = [told(each, at, start, state) if each.id == one.id else each for each in self.promises]

    def is_in_state(self, state: PromiseState) -> list[Promise]:
        return [each for each in self.promises if each.state is state]

    @property
    def planned(self) -> list[Promise]:
        return self.is_in_state(PromiseState.PLANNED)

    @property
    def only(self) -> Promise:
        assert len(self.promises) == 1, self.promises
        return self.promises[0]
