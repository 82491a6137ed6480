"""Who may call: one customer of one vendor, with credentials and the address its webhooks go to."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from sandbox.ids import sid
from sandbox.refusal import no
from sandbox.shelf import Shelf

CREDENTIALS = {
    "carecycle": ("api_key",),
    "caspen": ("token",),
    "pexip": ("enterprise", "client_id", "client_secret"),
    "officeplace": ("tenant_id", "client_id", "client_secret"),
    "sms": ("account_sid", "auth_token"),
    "vonage": ("api_key", "api_secret", "signature_secret"),
}
# What a request is recognised by; two tenants of a vendor cannot share it.
IDENTITY = {vendor: names[0] for vendor, names in CREDENTIALS.items()}

SCHEMES: Mapping[str, tuple[str, ...]] = {
    "standard": ("secret",),
    "svix": ("secret",),
    "hmac": ("secret", "header"),
    "shared": ("secret", "header"),
    "basic": ("username", "password"),
}


@dataclass(frozen=True)
class Webhook:
    """Where a vendor posts its events, and how it proves that it was the vendor."""

    url: str
    scheme: str
    secret: str = ""
    header: str = ""
    encoding: str = "hex"
    prefix: str = ""
    timestamp_header: str = ""
    username: str = ""
    password: str = ""
    retries: bool = True

    @classmethod
    def read(cls, sent: Mapping[str, Any]) -> "Webhook":
        known = {each.name for each in fields(cls)}
        if unknown := set(sent) - known:
            raise no(f"webhook: unknown keys {sorted(unknown)}; known are {sorted(known)}")
        if sent.get("scheme") not in SCHEMES:
            raise no(f"webhook.scheme is one of {sorted(SCHEMES)}")
        if missing := [key for key in ("url", *SCHEMES[sent["scheme"]]) if not sent.get(key)]:
            raise no(f"webhook of scheme {sent['scheme']} needs {missing}")
        if sent.get("encoding", "hex") not in {"hex", "base64"}:
            raise no("webhook.encoding is hex or base64")
        return cls(**sent)


@dataclass
class Tenant:
    """One customer of a vendor with everything that vendor keeps for it."""

    vendor: str
    name: str
    credentials: dict[str, Any]
    webhook: Webhook | None = None
    numbers: dict[str, dict[str, Any]] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    appointments: Shelf = field(default_factory=Shelf)
    people: Shelf = field(default_factory=Shelf)
    configs: Shelf = field(default_factory=Shelf)
    tokens: dict[str, float] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    @property
    def identity(self) -> str:
        return str(self.credentials[IDENTITY[self.vendor]])

    def issue_token(self, seconds: int) -> str:
        """An access token that looks like the vendors' JWTs and is as opaque as they are."""
        token = f"eyJ{sid('')}.{sid('')}.{sid('')}"
        with self.lock:
            self.tokens[token] = time.monotonic() + seconds
        return token

    def token_is_good(self, token: str) -> bool:
        return self.tokens.get(token, 0.0) > time.monotonic()

    def empty(self) -> None:
        with self.lock:
            self.appointments, self.people, self.configs = Shelf(), Shelf(), Shelf()
            self.tokens.clear()


OPTIONS = {
    "token_seconds",
    "token_shape",
    "events",
    "receipt_seconds",
    "receipt_statuses",
    "signature_method",
    "webhook_format",
}


def read_tenant(sent: object) -> Tenant:
    """A tenant from the tenants file or from `POST /control/tenants`. Refuses what it does not know."""
    if not isinstance(sent, dict) or sent.get("vendor") not in CREDENTIALS:
        raise no(f"a tenant is an object whose vendor is one of {sorted(CREDENTIALS)}")
    allowed = {"vendor", "name", "credentials", "webhook", "numbers"} | OPTIONS
    if unknown := set(sent) - allowed:
        raise no(f"tenant: unknown keys {sorted(unknown)}; known are {sorted(allowed)}")
    vendor, name, credentials = sent["vendor"], sent.get("name"), sent.get("credentials")
    if not isinstance(name, str) or not name:
        raise no("a tenant needs a name")
    if not isinstance(credentials, dict):
        raise no(f"tenant {name}: credentials must be an object")
    if missing := [key for key in CREDENTIALS[vendor] if not credentials.get(key)]:
        raise no(f"tenant {name}: credentials lack {missing}")
    if vendor == "carecycle" and not str(credentials["api_key"]).startswith("cc_"):
        raise no(f"tenant {name}: CareCycle keys begin with cc_")
    webhook = sent.get("webhook")
    return Tenant(
        vendor=vendor,
        name=name,
        credentials=dict(credentials),
        webhook=Webhook.read(webhook) if webhook else None,
        numbers=dict(sent.get("numbers") or {}),
        options={key: sent[key] for key in OPTIONS & set(sent)},
    )
