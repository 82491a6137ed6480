"""The fence of answers: one short transaction, the last thing before the socket, as for promises.

The answer's row, then the appointments it names, then the number are locked; then everything that decides and
everything that is said is read afresh. An opt-out that was committed before lets nothing pass but its confirmation.
"""

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from rules.answers import QUIET, AnswerKind, AnswerScene, Unsaid, unsaid
from rules.reply_matching import OPEN
from rules.statuses import Presence
from store import answers, consents, people, replies
from store.engine import now as database_now
from store.standing import presence, standing
from store.tables import appointments, connection_states, numbers

PAUSED_AGAIN = timedelta(seconds=15)
NAMES_ONE = frozenset({AnswerKind.MOVED, AnswerKind.CONFIRMED, AnswerKind.CANCEL_PASSED_ON})


@dataclass(frozen=True, slots=True)
class Policy:
    """What the connection's and the sender's settings say; plain values, handed in by the step."""

    zone: str = "UTC"
    has_sender: bool = False
    confirms_stop: bool = False
    """The sender answers STOP and START itself."""
    needs_opt_in: bool = False
    trial_numbers: Container[str] = frozenset()
    senders: tuple[str, ...] = ()
    """All that the connection texts by: an opt-out at one counts at each."""


@dataclass(frozen=True, slots=True)
class Named:
    """An appointment that the answer names. The first name is there only where two people share the number."""

    appointment_id: int
    starts_at: datetime
    zone: str
    zone_is_guess: bool
    first_name: str = ""


@dataclass(frozen=True, slots=True)
class Material:
    """What an answer is rendered from: the values of the fence, and nothing read again."""

    kind: AnswerKind
    connection: str
    language: str | None
    named: tuple[Named, ...] = ()


@dataclass(frozen=True, slots=True)
class Claimed:
    """The answer is ours until the lease ends: hand it over."""

    answer_id: UUID
    token: UUID
    sender: str
    to: str
    from_number: str
    body: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What was read under the locks."""

    kind: AnswerKind
    rows: list[Row[Any]] = field(default_factory=list)
    """The appointments, in the order in which the answer names them."""
    seats: Sequence[Any] = ()


Render = Callable[[Material], str]
"""Raises `ValueError` or `LookupError` when there is no text to be made."""


def pass_fence(tx: Connection, row: Row[Any], policy: Policy, lease: timedelta, render: Render) -> Claimed | Unsaid:
    """Decide on one answer, whose row is locked, and claim it. The caller commits, then calls the sender."""
    kind = AnswerKind(row.kind)
    wanted = [number for number, _ in row.facts.get("choices", ())] or [row.appointment_id]
    known = [each for each in wanted if each is not None]
    locked = sa.select(appointments).where(appointments.c.id.in_(known)).order_by(appointments.c.id)
    tx.execute(locked.with_for_update(read=True))
    senders = sorted({row.sender, *policy.senders})
    for each in senders:
        people.know_number(tx, each, row.to_number)
    mine = sa.and_(numbers.c.sender.in_(senders), numbers.c.number == row.to_number)
    tx.execute(sa.select(numbers.c.number).where(mine).order_by(numbers.c.sender).with_for_update(read=True))
    why = unsaid(_scene(tx, row, kind, policy, senders))
    if why is not None:
        return _leave(tx, row, why)
    found = {each.id: each for each in tx.execute(locked)}
    seen = Seen(kind, [found[each] for each in known if each in found], replies.seats(tx, known, row.to_number))
    named = _named(seen, row, policy, database_now(tx))
    if named is None:
        return _leave(tx, row, Unsaid.OVERTAKEN)
    try:
        body = render(Material(kind, row.connection, _language(seen, row), named))
    except (ValueError, LookupError):
        return _leave(tx, row, Unsaid.TEMPLATE)
    token = answers.lease(tx, row, body, _facts(row, kind, named), lease)
    return Claimed(row.id, token, row.sender, row.to_number, row.from_number, body)


def _scene(tx: Connection, row: Row[Any], kind: AnswerKind, policy: Policy, senders: Sequence[str]) -> AnswerScene:
    states = connection_states.c
    to = sa.literal(row.to_number)
    marks = people.marks(senders, to)
    number = tx.execute(sa.select(marks, consents.has_opted_in(senders, to).label("opted_in"))).one()
    state = tx.execute(
        sa.select(
            states.mode, sa.and_(states.sends_paused, states.paused_until > sa.func.clock_timestamp()).label("paused")
        ).where(states.connection == row.connection)
    ).one_or_none()
    return AnswerScene(
        now=database_now(tx),
        kind=kind,
        created_at=row.created_at,
        number=row.to_number,
        opted_out=number.opted_out_at is not None,
        lacks_consent=policy.needs_opt_in and not number.opted_in,
        bad_number=number.bad_at is not None,
        mode=state.mode if state is not None else "observe",
        paused=bool(state is not None and state.paused),
        trial_numbers=policy.trial_numbers,
        has_sender=policy.has_sender,
        sender_confirms_stop=policy.confirms_stop,
        given_today=answers.given_since_yesterday(tx, row),
    )


def _leave(tx: Connection, row: Row[Any], why: Unsaid) -> Unsaid:
    if why is Unsaid.PAUSED:
        answers.wait(tx, row, PAUSED_AGAIN)
    else:
        answers.end(tx, row, "unsaid", why, tell=why not in QUIET)
    return why


def _named(seen: Seen, row: Row[Any], policy: Policy, now: datetime) -> tuple[Named, ...] | None:
    """The appointments as they stand now; None when what would be said is no longer so."""
    if seen.kind not in NAMES_ONE and seen.kind is not AnswerKind.WHICH:
        return ()
    open_ones = [each for each in seen.rows if _is_open(each, now)]
    if seen.kind in {AnswerKind.CONFIRMED, AnswerKind.CANCEL_PASSED_ON}:
        open_ones = [each for each in seen.rows if _iso(each.starts_at) == row.facts.get("starts")]
    names: dict[int, list[str]] = {}
    for each in seen.seats:
        names.setdefault(each.appointment_id, []).append(each.first_name)
    shared = len({each.person_id for each in seen.seats}) > 1 and seen.kind is AnswerKind.WHICH
    named = tuple(
        Named(
            each.id,
            each.starts_at,
            each.zone or policy.zone,
            each.zone_is_guess,
            " + ".join(names.get(each.id, ())) if shared else "",
        )
        for each in open_ones
    )
    return named or None


def _is_open(row: Row[Any], now: datetime) -> bool:
    ahead = row.starts_at is not None and row.starts_at > now
    return ahead and standing(row).status in OPEN and presence(row) is not Presence.GONE


def _facts(row: Row[Any], kind: AnswerKind, named: tuple[Named, ...]) -> dict[str, Any]:
    """What was really said: what answers it is measured by this."""
    if kind is AnswerKind.WHICH:
        return {**row.facts, "choices": [[each.appointment_id, _iso(each.starts_at)] for each in named]}
    return {**row.facts, "starts": _iso(named[0].starts_at)} if kind is AnswerKind.MOVED else dict(row.facts)


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None


def _language(seen: Seen, row: Row[Any]) -> str | None:
    """The person's; where several share the number and differ, nobody's."""
    about = [each for each in seen.seats if row.appointment_id in (None, each.appointment_id)]
    spoken = {each.language for each in about}
    return spoken.pop() if len(spoken) == 1 else None
