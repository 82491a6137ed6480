"""What a person answered, matched with what we told them, and what follows. `rules.reply_matching` decides."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row

from rules.answers import AnswerKind
from rules.replies import Reply, meaning, number_said, says
from rules.reply_matching import CONFIRMED, Act, Decision, Prompt, decide
from rules.statuses import Standing
from rules.transitions import Kind, Transition
from rules.vendors import Change
from runtime import names
from runtime.wiring import Wiring
from store import answers, appointments, inbox, replies, timeline, write_backs
from store.planning import lock, replan
from store.replies import Told
from store.standing import presence, standing, vendor_standing
from workers.tally import Tally

CONSENT = frozenset({Reply.OPT_OUT, Reply.OPT_IN})


def run(wiring: Wiring, *, most: int = 50) -> str:
    """Resolve stored texts one by one, each in its own transaction."""
    tally = Tally("replies")
    for _ in range(most):
        with wiring.db.begin() as tx:
            text = replies.claim(tx)
            if text is None:
                break
            outcome = _resolve(wiring, tx, text)
        tally.add(outcome)
    if tally.line():
        wiring.doorbell.ring(names.REPLIES_ANSWER)
        wiring.doorbell.ring(names.STATUSES_WRITE_BACK)
    return tally.line()


@dataclass(frozen=True, slots=True)
class Came:
    """A text with the appointments that it may be about, their rows locked."""

    text: Row[Any]
    rows: Mapping[int, Row[Any]]
    newest: Row[Any] | None
    """The one that this number was texted about last."""
    connection: str
    """Whose staff are told, and in whose name it is answered. Empty: nobody's."""


def _resolve(wiring: Wiring, tx: Connection, text: Row[Any]) -> str:
    """One text, from its words to what it changes. Its appointments are locked in the order of their ids."""
    told = replies.told(tx, text)
    if (said := Reply(text.meaning or Reply.OTHER)) in CONSENT:  # as it took effect when it came
        return _consent(wiring, tx, text, said, max(told, key=lambda each: each.at, default=None))
    rows = {each.appointment_id: lock(tx, each.appointment_id) for each in told}
    rows = {number: row for number, row in rows.items() if row.connection in wiring.settings.connections}
    told = [each for each in told if each.appointment_id in rows]
    last = max(told, key=lambda each: each.at, default=None)
    newest = rows[last.appointment_id] if last else None
    came = Came(text, rows, newest, newest.connection if newest is not None else _connection_of(wiring, text))
    seats = replies.seats(tx, rows, text.from_number)
    theirs = {each.appointment_id for each in seats}
    body = (text.body or b"").decode(errors="replace")
    decision = decide(
        _read(wiring, body, came, {each.language for each in seats}),
        number_said(body),
        [_prompt(wiring, tx, text, rows[each.appointment_id], each, theirs) for each in told],
        answers.question(tx, text),
        answers.said_today(tx, text),
        now=text.received_at,
    )
    _carry_out(wiring, tx, came, decision)
    return decision.outcome


def _read(wiring: Wiring, body: str, came: Came, spoken: set[str | None]) -> Reply:
    """The words, in the language of whoever was texted; before all others a cancel word that all concerned share."""
    concerned = {row.connection for row in came.rows.values()} or ({came.connection} - {""})
    settings = [wiring.connection(name) for name in sorted(concerned)]
    if settings and all(says(body, each.cancel_words) for each in settings):
        return Reply.CANCEL
    spoken = {each or one.language for each in spoken or {None} for one in settings}
    said = meaning(body, next(iter(spoken)) if len(spoken) == 1 else None)
    return Reply.OTHER if said in CONSENT else said


def _prompt(wiring: Wiring, tx: Connection, text: Row[Any], row: Row[Any], told: Told, theirs: set[int]) -> Prompt:
    settings = wiring.connection(row.connection)
    return Prompt(
        appointment_id=row.id,
        told_at=told.at,
        told_start=told.start,
        starts_at=row.starts_at,
        standing=standing(row),
        presence=presence(row),
        answered_at=replies.confirmed_at(tx, row.connection, row.external_id, text.from_number),
        is_theirs=row.id in theirs,
        closes_before=timedelta(minutes=settings.reply_cut_off_minutes),
        writes_cancels=settings.on_decline == "write_back",
    )


def _carry_out(wiring: Wiring, tx: Connection, came: Came, decision: Decision) -> None:
    """Change what is to be changed, owe the answer, tell staff."""
    text, row = came.text, came.rows.get(decision.about or 0)
    if row is not None and decision.act is Act.CONFIRM:
        confirm(wiring, tx, row, source="reply", text=text.id)
    if row is not None and decision.act is Act.CANCEL:
        write_backs.want(tx, row.id, row.connection, Change.CANCEL, row.starts_at, "reply")
        timeline.write(tx, row.connection, row.external_id, [("cancel_asked", {"source": "reply"})])
    _answer(wiring, tx, came, decision)
    if decision.to_staff:
        about = f"A reply to appointment {row.external_id}" if row is not None else "A text that came in"
        message = f"{about} needs a person: read as {decision.wish}, {decision.outcome}."
        name, external_id = (row.connection, row.external_id) if row is not None else (came.connection, "")
        _to_staff(tx, name, text, message, external_id)
    replies.resolve(tx, text, decision.wish, decision.outcome, decision.about)


def _answer(wiring: Wiring, tx: Connection, came: Came, decision: Decision) -> None:
    """A yes is thanked for where it chose from a list, or where the connection has words of its own for it."""
    kind, row = decision.answer, came.rows.get(decision.about or 0)
    name = row.connection if row is not None else came.connection
    if kind is None or not name:
        return
    if kind is AnswerKind.CONFIRMED and not decision.chosen and kind not in wiring.connection(name).answers:
        return
    facts: dict[str, Any] = {"starts": _iso(row.starts_at)} if row is not None else {}
    if decision.choices:
        choices = [came.rows[number] for number in decision.choices]
        facts = {"wish": decision.wish, "choices": [[each.id, _iso(each.starts_at)] for each in choices]}
    # What is about none in particular is said in the language of whoever was texted last.
    spoken_to = row if row is not None else came.newest
    answers.want(tx, came.text, name, kind, spoken_to.id if spoken_to is not None else None, facts)


def confirm(wiring: Wiring, tx: Connection, row: Row[Any], *, source: str, text: int | None = None) -> None:
    """Keep the word for this start, and owe it to the vendor. The row is locked by this transaction."""
    theirs = vendor_standing(row)
    ours = Standing(theirs.status, confirmed=True)
    fresh = appointments.keep_our_word(tx, row, ours)
    if not standing(row).confirmed:
        change = Transition(Kind.CONFIRMED, None, row.starts_at, row.starts_at)
        appointments.write_transitions(tx, fresh, [change])
    write_backs.want(tx, row.id, row.connection, Change.CONFIRM, row.starts_at, source)
    timeline.write(tx, row.connection, row.external_id, [(CONFIRMED, {"source": source, "text": text})])
    replan(tx, fresh, wiring.facts(row.connection))


def _consent(wiring: Wiring, tx: Connection, text: Row[Any], said: Reply, newest: Told | None) -> str:
    """The number was already marked in the transaction that stored the text; its promises follow here."""
    about = appointments.by_id(tx, newest.appointment_id) if newest else None
    connection = about.connection if about is not None else _connection_of(wiring, text)
    for appointment_id in replies.held_by_consent(tx, text.from_number, said):
        row = lock(tx, appointment_id)
        if row.connection in wiring.settings.connections:
            replan(tx, row, wiring.facts(row.connection))
    kind = AnswerKind.STOPPED if said is Reply.OPT_OUT else AnswerKind.STARTED
    if connection:
        answers.want(tx, text, connection, kind, about.id if about is not None else None, {})
    if said is Reply.OPT_OUT:
        _to_staff(tx, connection, text, "A person has opted out of texts from this sender.")
    replies.resolve(tx, text, said, "applied", None)
    return said.value


def _connection_of(wiring: Wiring, text: Row[Any]) -> str:
    """Whose staff to tell: the connection that texts from this number, or nobody's in particular."""
    for name, each in sorted(wiring.settings.connections.items()):
        if each.sender == text.sender and wiring.from_number(each) == text.to_number:
            return name
    return ""


def _to_staff(tx: Connection, connection: str, text: Row[Any], message: str, external_id: str = "") -> None:
    inbox.tell(tx, connection, "reply", f"reply:{text.id}", f"{message} (text {text.id})", external_id=external_id)


def _iso(moment: Any) -> str | None:
    return moment.isoformat() if moment is not None else None
