"""How each webhook proves where it comes from, and the one check the callback sink makes.

Standard Webhooks 1.0.0 (Svix uses it with its own header names), HMAC over the body, a shared secret, Basic, and
Twilio's signature over address and parameters.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

from sandbox.tenants import Webhook

TOLERANCE_SECONDS = 300  # the reference libraries of Standard Webhooks use five minutes both ways


def standard_signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """`v1,` and base64 of HMAC-SHA256 over `{id}.{timestamp}.{body}`, keyed by what follows `whsec_`."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def standard_is_good(secret: str, headers: Mapping[str, str], body: bytes, at: datetime) -> bool:
    """True when one of the listed signatures fits and the timestamp is near `at`."""
    message_id, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not message_id or not stamp.isdecimal() or abs(at.timestamp() - int(stamp)) > TOLERANCE_SECONDS:
        return False
    wanted = standard_signature(secret, message_id, int(stamp), body)
    listed = headers.get("webhook-signature", "").split()
    return any(hmac.compare_digest(wanted.encode(), each.encode()) for each in listed)


def twilio_signature(auth_token: str, url: str, parameters: Mapping[str, str]) -> str:
    """base64 of HMAC-SHA1 over the full address and every parameter, name and value, sorted by name."""
    signed = url + "".join(name + parameters[name] for name in sorted(parameters))
    return base64.b64encode(hmac.new(auth_token.encode(), signed.encode(), hashlib.sha1).digest()).decode()


def webhook_headers(webhook: Webhook, message_id: str, at: datetime, body: bytes, quality: str) -> dict[str, str]:
    """The headers of one attempt; `quality` is good, wrong (another secret) or none."""
    stamp = int(at.timestamp())
    if webhook.scheme in {"standard", "svix"}:
        prefix = "svix" if webhook.scheme == "svix" else "webhook"
        headers = {f"{prefix}-id": message_id, f"{prefix}-timestamp": str(stamp)}
        if quality != "none":
            secret = webhook.secret if quality == "good" else base64.b64encode(b"somebody else's secret").decode()
            headers[f"{prefix}-signature"] = standard_signature(secret, message_id, stamp, body)
        return headers
    if quality == "none":
        return {}
    secret = webhook.secret if quality == "good" else f"not {webhook.secret}"
    if webhook.scheme == "shared":
        return {webhook.header: secret}
    if webhook.scheme == "basic":
        password = webhook.password if quality == "good" else f"not {webhook.password}"
        pair = base64.b64encode(f"{webhook.username}:{password}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}
    return _hmac_headers(webhook, secret, stamp, body)


def _hmac_headers(webhook: Webhook, secret: str, stamp: int, body: bytes) -> dict[str, str]:
    signed = f"{stamp}.".encode() + body if webhook.timestamp_header else body
    digest = hmac.new(secret.encode(), signed, hashlib.sha256).digest()
    written = digest.hex() if webhook.encoding == "hex" else base64.b64encode(digest).decode()
    headers = {webhook.header: webhook.prefix + written}
    if webhook.timestamp_header:
        headers[webhook.timestamp_header] = str(stamp)
    return headers
