"""Ids in each vendor's own form, so that a client that assumes another form is found out."""

import secrets
import time
import uuid

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_counter = iter(range(1000, 10**12))


def ulid() -> str:
    """26 Crockford letters: 48 bits of milliseconds, 80 of chance."""
    number = (int(time.time() * 1000) << 80) | secrets.randbits(80)
    return "".join(CROCKFORD[(number >> shift) & 31] for shift in range(125, -1, -5))


def prefixed(prefix: str) -> str:
    """Caspen's form, `app_01HQFQ9QWTNNPY58FZ8CB3FWWK` (document 001)."""
    return f"{prefix}_{ulid()}"


def uuid4() -> str:
    return str(uuid.uuid4())


def digits() -> str:
    """Documents 002 and 004 show "123": a string of digits, unique in this process."""
    return str(next(_counter))


def vonage_id() -> str:
    """Vonage's form: 16 hexadecimal digits, upper case."""
    return secrets.token_hex(8).upper()


def sid(prefix: str) -> str:
    """Twilio's form: two letters and 32 hexadecimal digits."""
    return prefix + secrets.token_hex(16)
