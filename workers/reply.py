"""What a person answered, matched with what we told them, and what follows."""

from typing import Any

from sqlalchemy import Connection, Row

from rules.replies import Reply, meaning
from rules.statuses import Presence, Standing, Status
from rules.transitions import Kind, Transition
from rules.vendors import Change
from runtime import names
from runtime.wiring import Wiring
from store import appointments, inbox, replies, timeline, write_backs
from store.planning import lock, replan
from store.standing import standing, vendor_standing
from workers.tally import Tally

CONFIRMED = "confirmed"
OPEN = {Status.SCHEDULED, Status.REQUESTED}


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
        if outcome == CONFIRMED:
            wiring.doorbell.ring(names.STATUSES_WRITE_BACK)
    return tally.line()


def _resolve(wiring: Wiring, tx: Connection, text: Row[Any]) -> str:
    word = meaning((text.body or b"").decode(errors="replace"))
    if word in {Reply.OPT_OUT, Reply.OPT_IN}:
        return _consent(wiring, tx, text, word)
    prompts = sorted(replies.prompts(tx, text), key=lambda prompt: prompt.appointment_id)  # locked in one order
    candidates = [found for prompt in prompts if (found := _candidate(wiring, tx, prompt))]
    if not candidates:
        _to_staff(tx, _connection_of(wiring, text), text, "A text came in that belongs to no open appointment.")
        replies.resolve(tx, text, word, "no open appointment", None)
        return "unmatched"
    if len(candidates) > 1:
        row, _ = candidates[0]
        _to_staff(tx, row.connection, text, f"A reply ({word}) may be about {len(candidates)} open appointments.")
        replies.resolve(tx, text, word, "several open appointments", None)
        return "ambiguous"
    row, told_start = candidates[0]
    if word is not Reply.CONFIRM:
        message = f"A reply to appointment {row.external_id} needs a person (read as: {word})."
        _to_staff(tx, row.connection, text, message, row.external_id)
        replies.resolve(tx, text, word, "to staff", row.id)
        return "to staff"
    if told_start != row.starts_at:
        message = f"Appointment {row.external_id} was confirmed for a time that no longer holds; it has moved since."
        _to_staff(tx, row.connection, text, message, row.external_id)
        replies.resolve(tx, text, word, "confirmed an old time", row.id)
        return "confirmed an old time"
    confirm(wiring, tx, row, source="reply")
    replies.resolve(tx, text, word, CONFIRMED, row.id)
    return CONFIRMED


def _candidate(wiring: Wiring, tx: Connection, prompt: Any) -> tuple[Row[Any], Any] | None:
    """The appointment that a text was about, if it is still open; its row locked."""
    row = lock(tx, prompt.appointment_id)
    if row.connection not in wiring.settings.connections or row.presence == Presence.GONE:
        return None
    if standing(row).status not in OPEN or not appointments.lies_ahead(tx, row):
        return None
    return row, prompt.told_starts[0]


def confirm(wiring: Wiring, tx: Connection, row: Row[Any], *, source: str) -> None:
    """Keep the word for this start, and owe it to the vendor. The row is locked by this transaction."""
    theirs = vendor_standing(row)
    ours = Standing(theirs.status, confirmed=True)
    fresh = appointments.keep_our_word(tx, row, ours)
    if not standing(row).confirmed:
        change = Transition(Kind.CONFIRMED, None, row.starts_at, row.starts_at)
        appointments.write_transitions(tx, fresh, [change])
    write_backs.want(tx, row.id, row.connection, Change.CONFIRM, row.starts_at, source)
    timeline.write(tx, row.connection, row.external_id, [("confirmed", {"source": source})])
    replan(tx, fresh, wiring.facts(row.connection))


def _consent(wiring: Wiring, tx: Connection, text: Row[Any], word: Reply) -> str:
    """The number was already marked in the transaction that stored the text; the open promises follow here."""
    for appointment_id in replies.open_promises_to(tx, text.sender, text.from_number):
        row = lock(tx, appointment_id)
        if row.connection in wiring.settings.connections:
            replan(tx, row, wiring.facts(row.connection))
    if word is Reply.OPT_OUT:
        _to_staff(tx, _connection_of(wiring, text), text, "A person has opted out of texts from this sender.")
    replies.resolve(tx, text, word, "applied", None)
    return word.value


def _connection_of(wiring: Wiring, text: Row[Any]) -> str:
    """Whose staff to tell: the connection that texts from this number, or nobody's in particular."""
    for name, each in sorted(wiring.settings.connections.items()):
        if each.sender == text.sender and wiring.from_number(each) == text.to_number:
            return name
    return ""


def _to_staff(tx: Connection, connection: str, text: Row[Any], message: str, external_id: str = "") -> None:
    inbox.tell(tx, connection, "reply", f"reply:{text.id}", f"{message} (text {text.id})", external_id=external_id)
