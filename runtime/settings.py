"""Everything that is configured, as values. Read from the file by `runtime.settings_file`; secrets are resolved.

Two sources: `PUNCTUAL_*` environment variables for what belongs to the machine (database, broker, ports), and one TOML
file for connections and senders. Both refuse malformed values at start, with the place and what was expected.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
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
    secrets: tuple[str, ...] = field(default=(), repr=False)
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
    secret: str = field(repr=False)
    allow_private: bool = False
    """Private and link-local addresses are refused unless this is set."""


@dataclass(frozen=True, slots=True)
class WebhookActions:
    """With what the webhooks of workflows are signed that have an address of their own."""

    secret: str = field(repr=False)
    allow_private: bool = False
    """As for a status callback; never taken over from it, because whoever holds an API key chooses these addresses."""


@dataclass(frozen=True, slots=True)
class Staff:
    """Where everything that needs a person goes, beside `punctual inbox`."""

    email: str = ""
    url: str = ""
    secret: str = field(default="", repr=False)
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
    failover_sender: str = ""
    """Tried at once, inside the deadline, where the first sender has provably not taken a text."""
    failover_number: str = ""
    """As `from_number`, at the failover sender."""
    on_unproven: str = "report"
    """What becomes of a text that nobody can prove sent or not, see `store.unproven`: `report` or `resend`."""
    shared_number: str = "separate"
    """Texts to people who share a number: `separate`, or `merge` those within the workflow's `mergeMinutes`."""
    verify_wait_seconds: int = 5
    """How long a due text waits for a record that is asked for anew; then its age alone decides."""
    practice: str = ""
    """The practice's name, for texts."""
    language: str = "en"
    trial_numbers: tuple[str, ...] = ()
    status_callback: StatusCallback | None = None
    webhook_actions: WebhookActions | None = None
    """None: nothing to sign with, so that no workflow's own address is called."""
    staff: Staff = field(default_factory=Staff)
    locations: Mapping[str, Location] = field(default_factory=dict)
    reconcile_minutes: int = 15
    """How often the vendor is asked what we missed."""
    horizon_days: int = 90
    record_max_age_hours: int = 24
    """A due promise uses the last known record while it is younger; see edge case 19."""
    max_texts_per_hour: int = 500
    catch_up_limit: int = 50
    max_cost_per_month: Decimal | None = None
    """Of its texts, in the currency of its sender's `price_per_segment`; above it texts wait and staff are told."""
    contact: str = ""
    """How people reach the practice, for answers to texts, e.g. `call 01 234 5678`."""
    answers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Own words for answers: kind -> language, or "" for every language -> template. See `texts.answers`."""
    cancel_words: tuple[str, ...] = ()
    """Words that cancel an appointment here; never one that carriers take for an opt-out."""
    on_decline: str = "staff"
    """What a cancel word leads to: `staff` decide, or `write_back` tells the vendor."""
    reply_cut_off_minutes: int = 0
    """A reply counts until this long before the start."""
    consent_policy: str = "opt_out"
    """`opt_out`: everybody is texted who has not opted out; `opt_in`: only whose opt-in is in the ledger."""
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
class FlowerSettings:
    """Where Flower listens and who may look. Without user and password it does not start."""

    user: str = ""
    password: str = field(default="", repr=False)
    address: str = "127.0.0.1"
    port: int = 8401
    broker_api: str = field(default="", repr=False)
    """RabbitMQ's management API, ending in `/api/`; unused on Redis and Valkey."""


class SettingsProblem(Exception):
    """What is configured cannot work. Its text has one line for each problem: the place, then what was expected."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class Hidden(dict[str, str]):
    """Secrets by name. Whoever prints them, in a log or a traceback, sees the names alone."""

    def __repr__(self) -> str:
        return f"<hidden: {', '.join(self)}>"


@dataclass(frozen=True, slots=True)
class Settings:
    """All of it."""

    database_url: str = field(repr=False)
    """Empty: the starter embeds a server and tells its children where."""
    broker_url: str = field(repr=False)
    """As above."""
    home: Path
    public_url: str
    """How senders and vendors reach the receiver, e.g. `https://hooks.example.com`; signatures are made over it."""
    secret_key: str = field(repr=False)
    connections: Mapping[str, ConnectionSettings]
    senders: Mapping[str, SenderSettings]
    smtp: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """`host`, `port`, `username`, `password`, `tls` (`starttls`, `tls` or `none`), `sender`; empty: no e-mail."""
    sentry_dsn: str = field(default="", repr=False)
    retention_days: int = 30
    """How long raw bodies are kept."""
    web_port: int = 8400
    egress: str = "default"
    """Names this host's outgoing address: limits per address (Pexip, 4 at a time) are counted by it."""
    flower: FlowerSettings = field(default_factory=FlowerSettings)
