"""Keeps texts from people. What may be an opt-out takes effect in the transaction that stores it, before the 2xx."""

from collections.abc import Sequence

from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from rules.replies import Reply, meaning
from rules.senders import Inbound
from store import consents
from store.tables import inbound_texts

CONSENTS = {Reply.OPT_OUT: consents.OPT_OUT, Reply.OPT_IN: consents.OPT_IN}


def keep(tx: Connection, sender: str, texts: Sequence[Inbound]) -> int:
    """Store each text once, with STOP and START applied. Returns how many were new; a repeat changes nothing.

    A repeated STOP must not undo a START that came between, hence only new rows count.
    """
    new = 0
    for text in sorted(texts, key=lambda text: text.sender_id):
        said = meaning(text.body)
        row = insert(inbound_texts).values(
            sender=sender,
            sender_id=text.sender_id,
            from_number=text.from_,
            to_number=text.to,
            body=text.body.encode("utf-8", "replace"),
            meaning=said.value,
        )
        stored = tx.execute(row.on_conflict_do_nothing().returning(inbound_texts.c.id)).scalar()
        if stored is None:
            continue
        new += 1
        if said in CONSENTS:
            consents.record(tx, sender, text.from_, CONSENTS[said], "inbound", text.sender_id)
    return new
