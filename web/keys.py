"""What makes two webhooks one event. Keys are digests: no foreign text gets into an index."""

import base64
import hashlib
from datetime import datetime, timedelta

BUCKET = timedelta(minutes=5)  # as long as signatures are valid: a replay within it is the same event


def own(vendor_id: str, kind: str) -> str:
    """From the vendor's own id of the event."""
    return _digest(b"id", vendor_id.encode("utf-8", "surrogatepass"), kind.encode("utf-8", "surrogatepass"))


def of_body(body: bytes, index: int, now: datetime) -> str:
    """From what was sent, within a time bucket: the vendor gives no id. `index` tells several events of one body."""
    bucket = int(now.timestamp() // BUCKET.total_seconds())
    return _digest(b"body", str(bucket).encode(), str(index).encode(), body)


def _digest(*parts: bytes) -> str:
    """22 letters of 128 bits: keys are written to the index over all events at random places, so its size counts."""
    whole = b"".join([len(part).to_bytes(8, "big") + part for part in parts])
    return base64.urlsafe_b64encode(hashlib.blake2b(whole, digest_size=16).digest()).rstrip(b"=").decode()
