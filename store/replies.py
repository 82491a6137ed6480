"""Texts from people: which are open, and which appointments they may be about."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from store.tables import appointments, attempts, inbound_texts, promises

WINDOW = timedelta(days=14)
"""A reply is matched with texts sent within this time."""


def claim(tx: Connection) -> Row[Any] | None:
    """The oldest unresolved text, locked until this transaction ends."""
    query = (
        sa.select(inbound_texts)
        .where(inbound_texts.c.resolved_at.is_(None))
        .order_by(inbound_texts.c.received_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return tx.execute(query).one_or_none()


def prompts(tx: Connection, text: Row[Any]) -> list[Any]:
    """Texts of ours that this may answer, newest first: one per appointment, from that number to that number."""
    query = (
        sa.select(
            attempts.c.appointment_id,
            sa.func.max(attempts.c.created_at).label("sent_at"),
            (sa.func.array_agg(sa.text("attempts.told_start ORDER BY attempts.created_at DESC"))).label("told_starts"),
        )
        .join(promises, promises.c.id == attempts.c.promise_id)
        .join(appointments, appointments.c.id == attempts.c.appointment_id)
        .where(
            attempts.c.sender == text.sender,
            attempts.c.to_number == text.from_number,
            attempts.c.from_number == text.to_number,
            attempts.c.created_at > text.received_at - WINDOW,
            attempts.c.created_at <= text.received_at,
            attempts.c.state.in_(("accepted", "delivered", "unknown", "sending")),
        )
        .group_by(attempts.c.appointment_id)
        .order_by(sa.text("sent_at DESC"))
        .limit(20)
    )
    return list(tx.execute(query).all())


def resolve(tx: Connection, text: Row[Any], meaning: str, outcome: str, appointment_id: int | None) -> None:
    tx.execute(
        sa.update(inbound_texts)
        .where(inbound_texts.c.id == text.id)
        .values(
            meaning=meaning,
            outcome=outcome,
            appointment_id=appointment_id,
            resolved_at=sa.func.clock_timestamp(),
        )
    )


def open_promises_to(tx: Connection, sender: str, number: str) -> list[int]:
    """Appointments with planned promises to that number."""
    rows = tx.execute(
        sa.text(
            "SELECT DISTINCT p.appointment_id FROM people h "
            "JOIN attendees a ON a.connection = h.connection AND a.person_id = h.person_id "
            "JOIN promises p ON p.appointment_id = a.appointment_id AND p.attendee = a.key "
            "WHERE h.phone = :number AND p.state = 'planned' ORDER BY 1"
        ),
        {"number": number, "sender": sender},
    )
    return [row.appointment_id for row in rows]
