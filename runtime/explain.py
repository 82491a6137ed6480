"""What happened to one appointment, and why, in plain words: for `punctual explain` and the status page.

The timeline holds words of ours, ids and instants; a sentence is made of them here. Names, numbers and texts are not
in it. The texts themselves are shown from the attempts, to whoever may look into the database.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from rules.promises import SENTENCES, SkipReason
from rules.timing import zone_or_none
from store import appointments, timeline
from store.tables import attempts, events, promises


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened. `at` is aware; `text` is for people; `facts` are for machines."""

    at: datetime
    kind: str
    text: str
    facts: dict[str, Any]


def lines(tx: Connection, connection: str, external_id: str) -> list[Line]:
    """The timeline of one appointment, oldest first. Empty when nothing is known of it."""
    row = appointments.find(tx, connection, external_id)
    zone = (zone_or_none(row.zone) if row is not None else None) or ZoneInfo("UTC")
    entries = timeline.of(tx, connection, external_id)
    return [Line(entry.at, entry.kind, sentence(entry, zone), entry.facts) for entry in entries]


def texts(tx: Connection, appointment_id: int) -> list[Any]:
    """The texts that were sent, or would have been: attempts with their bodies, oldest first."""
    query = (
        sa.select(attempts, promises.c.workflow_id)
        .join(promises, promises.c.id == attempts.c.promise_id)
        .where(attempts.c.appointment_id == appointment_id)
        .order_by(attempts.c.created_at)
    )
    return list(tx.execute(query).all())


def events_of(tx: Connection, connection: str) -> int:
    """How many webhooks this connection has had."""
    return tx.execute(
        sa.select(sa.func.count()).select_from(events).where(events.c.connection == connection)
    ).scalar_one()


def sentence(entry: Row[Any], zone: ZoneInfo) -> str:
    """One entry in words. An entry of a kind that this version does not know is shown as it is."""
    facts = {name: str(value) for name, value in entry.facts.items()}
    pattern = SENTENCE.get(f"{entry.kind} {facts.get('kind') or facts.get('state') or ''}") or SENTENCE.get(entry.kind)
    if pattern is None:
        return f"{entry.kind}: {entry.facts}"
    said = pattern.format_map(_Words(facts, zone))
    return f"{said} [correlation id {facts['trace']}]" if "trace" in facts else said


def when(value: str | None, zone: ZoneInfo) -> str:
    """An instant of the timeline as a local date and time with its zone."""
    if not value:
        return "no time"
    return datetime.fromisoformat(value).astimezone(zone).strftime("%a %d %b %Y %H:%M %Z")


def because(reason: str) -> str:
    """The sentence of a skip reason, for staff."""
    try:
        return SENTENCES[SkipReason(reason)]
    except ValueError:
        return reason or "no reason was kept"


class _Words(dict[str, str]):
    """The facts of an entry as a pattern may use them: instants local, reasons as sentences, missing ones empty."""

    def __init__(self, facts: dict[str, str], zone: ZoneInfo) -> None:
        super().__init__(facts)
        self.update({name: when(facts.get(name), zone) for name in ("due_at", "starts_at")})
        self.update({name: when(facts.get(name), zone) for name in ("start_before", "start_after")})
        self["because"] = because(facts.get("reason", ""))
        self["text"] = f"promise {facts.get('promise')} (workflow {facts.get('workflow', '')[:8]})"
        self["late"] = _late(facts.get("delay_seconds", "None"))
        self["age"] = "; its record could not be refreshed before" if facts.get("unverified") else ""

    def __missing__(self, name: str) -> str:
        return ""


def _late(seconds: str) -> str:
    """How long after it had happened; nothing where the vendor does not say when that was."""
    if seconds == "None":
        return ""
    minutes = int(seconds) // 60
    return f", {minutes} min after it had happened" if minutes >= 2 else f", {seconds} s after it had happened"


SENTENCE: dict[str, str] = {
    "event": "webhook: {kind}",
    "first_seen": "record fetched for the first time: {status}, {starts_at}",
    "changed": "record fetched and changed: {status}, {starts_at}",
    "transition": "{kind}",
    "transition booked": "booked for {start_after}",
    "transition rescheduled": "moved from {start_before} to {start_after}",
    "transition gone": "the vendor no longer has it",
    "promised": "{text} will be sent {due_at}",
    "not_promised": "{text} will not be sent ({reason}): {because}",
    "retimed": "{text} will now be sent {due_at}",
    "restamped": "{text} stands, now with the edited workflow",
    "revived": "{text} stands again, for {due_at}",
    "ended": "{text} will not be sent ({reason}): {because}",
    "ended superseded": "{text} is superseded ({reason}): {because}",
    "ended cancelled": "{text} is cancelled ({reason}): {because}",
    "held": "{text} is held inside its deadline ({reason}): {because}",
    "sending": "{text} handed to the sender, {late_seconds} s after it was due{age}",
    "carried_out": "{text} was carried out: {action}",
    "attempt_accepted": "{text}: accepted by the sender",
    "attempt_delivered": "{text}: delivered, says the sender's receipt",
    "attempt_undelivered": "{text}: not delivered, says the sender (code {code})",
    "attempt_refused": "{text}: refused by the sender (code {code})",
    "attempt_unknown": "{text}: may or may not have been sent ({why}); it is not sent again without proof",
    "attempt_not_sent": "{text}: did not leave ({why})",
    "failover": "{text}: {from} has provably not taken it; {to} is tried next",
    "resent": "{text}: still unproven shortly before its deadline, sent again as this connection asks",
    "redone": "{text}: somebody asked that it is told once more, as promise {again}",
    "unconfirmed": "{text}: no final receipt has come; whether it arrived is not known",
    "confirmed": "confirmed ({source})",
    "cancel_asked": "the person asked to cancel ({source}); passed on",
    "answer": "answer to a reply ({answer}): {state}",
    "answer unsaid": "answer to a reply ({answer}) was not given ({why})",
    "answer unknown": "answer to a reply ({answer}) may or may not have been sent; it is not sent again",
    "status_set": "status set: {change} ({source})",
    "write_back": "write-back {change}: {state} ({outcome})",
    "callback_delivered": "the status callback was delivered",
    "doubtful": "the vendor did not have it when asked; its promises are held until a second look",
    "found_unannounced": "found by asking the vendor{late}: no webhook had announced this change ({kind})",
    "paused": "connection paused: {why}",
    "zone_corrected": "its zone is now {zone}, before it was {before}",
    "too_dear": "the month's texts have cost as much as they may ({segments} segments)",
    "resumed": "connection resumed",
    "silent": "no webhook for {hours} h, longer than usual here",
    "vendor_away": "the vendor does not answer",
    "vendor_back": "the vendor answers again",
    "rate_limited": "the vendor asked us to wait {seconds} s",
}
"""By kind, or by kind and the word that matters. `text` is the promise, `because` the reason's sentence."""
