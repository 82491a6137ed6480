"""Statement 4 of the fence: every value that decides, in one snapshot, and how it is read as a scene."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Row

from rules import conditions
from rules.fence import Scene
from rules.promises import PromiseState, SkipReason
from rules.statuses import Presence
from rules.timing import zone_or_none
from rules.wishes import end_of
from rules.workflow import Anchor, Config, Workflow
from store import consents
from store import people as people_of
from store.facts import ConnectionFacts
from store.material import name_columns
from store.standing import meeting_type, record, standing
from store.tables import appointments, attendees, connection_states, people, promises, sync_requests


def everything(promise_id: Any, facts: ConnectionFacts) -> sa.Select[Any]:
    """Statement 4. Every value that decides or is written into the text, in one snapshot.

    `promise_id` is whatever a promise's id may be compared with.
    """
    seat = sa.and_(attendees.c.appointment_id == promises.c.appointment_id, attendees.c.key == promises.c.attendee)
    person = sa.and_(people.c.connection == attendees.c.connection, people.c.person_id == attendees.c.person_id)
    marks = people_of.marks(facts.senders, people.c.phone)
    asked = sa.and_(
        sync_requests.c.connection == appointments.c.connection,
        sync_requests.c.kind == "appointment",
        sync_requests.c.key == appointments.c.external_id,
    )
    wanted = sa.and_(sync_requests.c.wanted_gen > sync_requests.c.done_gen, sync_requests.c.dead_at.is_(None))
    current = sa.text(
        '(SELECT revision FROM appointment_configs c WHERE c.id = promises.config_id AND c."current" '
        "AND c.deleted_at IS NULL) AS current_revision"
    )
    return (
        sa.select(
            sa.func.clock_timestamp().label("now"),
            *(column.label(f"promise_{column.name}") for column in promises.c),
            *appointments.c,
            people.c.person_id,
            people.c.first_name,
            people.c.last_name,
            people.c.phone,
            people.c.phone_problem,
            people.c.language,
            people.c.zone.label("person_zone"),
            marks.c.known.label("number_is_known"),
            marks.c.opted_out_at,
            marks.c.bad_at,
            consents.has_opted_in(facts.senders, people.c.phone).label("opted_in"),
            connection_states.c.mode,
            connection_states.c.live_since,
            sa.and_(
                connection_states.c.sends_paused, connection_states.c.paused_until > sa.func.clock_timestamp()
            ).label("sends_paused"),
            current,
            sa.case((wanted, sync_requests.c.wanted_at)).label("asked_at"),
            sync_requests.c.last_fetch_at.label("looked_at"),
            *name_columns(),
        )
        .select_from(promises)
        .join(appointments, appointments.c.id == promises.c.appointment_id)
        .join(connection_states, connection_states.c.connection == promises.c.connection)
        .outerjoin(attendees, seat)
        .outerjoin(people, person)
        .join(marks, sa.true())
        .outerjoin(sync_requests, asked)
        .where(promises.c.id == promise_id)
    )


def revisions_of(row: Row[Any]) -> set[tuple[UUID, int]]:
    """What to load: the pinned revision of the promise's config, and the current one if there is one."""
    if row.current_revision is None:
        return set()
    return {(row.promise_config_id, row.promise_config_revision), (row.promise_config_id, row.current_revision)}


def workflow_of(row: Row[Any], loaded: Mapping[tuple[UUID, int], Config]) -> tuple[Config | None, Workflow | None]:
    if row.current_revision is None:
        return None, None
    on = {each.id for each in loaded[row.promise_config_id, row.current_revision].workflows if each.enabled}
    config = loaded.get((row.promise_config_id, row.promise_config_revision))
    found = next((each for each in (config.workflows if config else ()) if each.id == row.promise_workflow_id), None)
    return config, found if found is not None and found.id in on else None


def scene_of(
    row: Row[Any], config: Config | None, workflow: Workflow | None, facts: ConnectionFacts, locked: str | None
) -> Scene:
    return Scene(
        now=row.now,
        state=PromiseState(row.promise_state),
        due_at=row.promise_due_at,
        not_after=row.promise_not_after,
        hold_reason=row.promise_hold_reason or "",
        anchor=Anchor(row.promise_anchor),
        anchor_at=row.promise_anchor_at,
        anchor_now=_anchor_now(row, config),
        standing=standing(row),
        presence=Presence(row.presence),
        fetched_at=row.fetched_at,
        workflow=workflow,
        phone=row.phone,
        # A number without a row cannot be locked; it is made known and looked at again.
        locked_phone=locked if row.number_is_known or row.phone is None else None,
        seat_problem=_seat_problem(row),
        opted_out=row.opted_out_at is not None,
        bad_number=row.bad_at is not None,
        person_zone=zone_or_none(row.person_zone) or zone_or_none(row.zone),
        mode=row.mode,
        owed_from=row.live_since if row.mode != "observe" else None,
        sends_paused=bool(row.sends_paused),
        trial_numbers=facts.trial_numbers,
        record_max_age=facts.record_max_age,
        applies=_applies(row, config, workflow),
        lacks_consent=facts.needs_opt_in and not row.opted_in,
        verify_wait=facts.verify_wait,
        asked_at=row.asked_at,
        looked_at=row.looked_at,
    )


def _applies(row: Row[Any], config: Config | None, workflow: Workflow | None) -> bool:
    if workflow is None or workflow.condition is None:
        return True
    said = record(row) if conditions.asks_record(workflow.condition) else {}
    how = meeting_type(row) or (config.mode if config else None)
    return conditions.holds(workflow.condition, conditions.Scene(standing(row), how, said))


def _anchor_now(row: Row[Any], config: Config | None) -> datetime | None:
    anchor = Anchor(row.promise_anchor)
    if anchor is Anchor.EVENT_STARTS:
        return row.starts_at  # type: ignore[no-any-return]  # a row's columns are untyped
    if anchor is Anchor.EVENT_ENDS:
        return end_of(row.starts_at, row.ends_at, config.appointment_length_minutes if config else None)
    return row.promise_anchor_at  # type: ignore[no-any-return]  # a transition's instant never changes


def _seat_problem(row: Row[Any]) -> SkipReason | None:
    if row.person_id is None:
        return SkipReason.NO_CONTACT
    if row.phone is None:
        return SkipReason.NO_VALID_PHONE if row.phone_problem else SkipReason.NO_CONTACT
    return None
