"""Everything that is configured, as values. Read from the file by `runtime.settings_file`; secrets are resolved.

Two sources: `PUNCTUAL_*` environment variables for what belongs to the machine (database, broker, ports), and one TOML
file for connections and senders. Both refuse malformed values at start, with the place and what was expected.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from rules.senders import SenderSettings
from rules.vendors import Connection


class Mode(StrEnum):
    """How far a connection may go. Ordered: the more cautious of file and confirmation counts."""

    OBSERVE = "observe"
    TRIAL = "trial"
    LIVE = "live"


class Scheme(StrEnum):
    """How a connection's webhooks are proven."""

    STANDARD = "standard"
    """Standard Webhooks; `webhook-*` and `svix-*` headers are both read."""
    HMAC = "hmac"
    SHARED = "shared"
    BASIC = "basic"
    NONE = "none"
    """No webhook: the connection is polled."""


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    scheme: Scheme
    secrets: tuple[str, ...] = ()
    """Several are active at once while one is rotated. For `basic` each is `username:password`."""
    header: str = ""
    encoding: str = "hex"
    """`hex` or `base64`, for `hmac`."""
    prefix: str = ""
    timestamp_header: str = ""
    """With it the signed content is `{timestamp}.{body}` and five minutes of drift are allowed."""


@dataclass(frozen=True, slots=True)
class StatusCallback:
    url: str
    secret: str
    allow_private: bool = False
    """Private and link-local addresses are refused unless this is set."""


@dataclass(frozen=True, slots=True)
class Staff:
    """Where everything that needs a person goes, beside `punctual inbox`."""

    email: str = ""
    url: str = ""
    secret: str = ""
    allow_private: bool = False


@dataclass(frozen=True, slots=True)
class Location:
    name: str
    address: str = ""
    zone: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """One connection of the file."""

    adapter: Connection
    """What the vendor's folder sees: name, vendor, zone, credentials, options."""
    mode: Mode
    webhook: WebhookSettings
    sender: str = ""
    """Name of a sender; empty only in `observe`."""
    from_number: str = ""
    """E.164; empty: the sender's first number."""
    practice: str = ""
    """The practice's name, for texts."""
    language: str = "en"
    trial_numbers: tuple[str, ...] = ()
    status_callback: StatusCallback | None = None
    staff: Staff = field(default_factory=Staff)
    locations: Mapping[str, Location] = field(default_factory=dict)
    reconcile_minutes: int = 15
    """How often the vendor is asked what we missed."""
    horizon_days: int = 90
    record_max_age_hours: int = 24
    """A due promise uses the last known record while it is younger; see edge case 19."""
    max_texts_per_hour: int = 500
    catch_up_limit: int = 50
    sandbox: bool = False
    """Its base address is the sandbox: a real sender is refused."""

    @property
    def name(self) -> str:
        return self.adapter.name

    @property
    def vendor(self) -> str:
        return self.adapter.vendor

    @property
    def zone(self) -> str:
        return self.adapter.zone


@dataclass(frozen=True, slots=True)
class Settings:
    """All of it."""

    database_url: str
    broker_url: str
    home: Path
    public_url: str
    """How senders and vendors reach the receiver, e.g. `https://hooks.example.com`; signatures are made over it."""
    secret_key: str
    connections: Mapping[str, ConnectionSettings]
    senders: Mapping[str, SenderSettings]
    smtp: Mapping[str, Any] = field(default_factory=dict)
    sentry_dsn: str = ""
    retention_days: int = 30
    """How long raw bodies are kept."""
    web_port: int = 8400
    egress: str = "default"
    """Names this host's outgoing address: limits per address (Pexip, 4 at a time) are counted by it."""
