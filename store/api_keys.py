"""Keys of the API. Only a digest is stored: the key itself is shown once, when it is made."""

import hashlib
import secrets
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from store.tables import api_keys

PREFIX = "cc_"
"""Documented: keys begin with it."""
SECRET_BYTES = 32
"""256 random bits: nobody guesses one, so that one fast hash is enough to hide it."""


def digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def create(tx: Connection, name: str, connection: str | None = None) -> str:
    """Make a key, for one connection or for all. Returns it; nobody can read it again."""
    key = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    tx.execute(sa.insert(api_keys).values(digest=digest(key), name=name, connection=connection))
    return key


def find(tx: Connection, key: str) -> Row[Any] | None:
    """The key that is shown and not revoked, or None."""
    if not key.startswith(PREFIX):
        return None
    query = sa.select(api_keys).where(api_keys.c.digest == digest(key), api_keys.c.revoked_at.is_(None))
    return tx.execute(query).one_or_none()


def listed(tx: Connection) -> list[Row[Any]]:
    return list(tx.execute(sa.select(api_keys).order_by(api_keys.c.created_at, api_keys.c.digest)).all())


def revoke(tx: Connection, beginning: str) -> list[str]:
    """Revoke the key whose digest begins so. Returns the digests that match; only a single match is revoked.

    The digest's beginning is what `punctual keys list` shows: no key has to be kept to be revoked.
    """
    matches = sorted(row.digest for row in listed(tx) if row.digest.startswith(beginning) and row.revoked_at is None)
    if len(matches) == 1:
        changed = sa.update(api_keys).where(api_keys.c.digest == matches[0])
        tx.execute(changed.values(revoked_at=sa.func.clock_timestamp()))
    return matches
