"""What the demo sets up: connections on the sandbox, an appointment config, a directory of people."""

import base64
import json
import secrets
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

SENDER = "demo-texts"
SENDING_NUMBER = "+15005550006"
DAYTIME = (time(9, 30), time(19, 30))
ZONES = (
    "Europe/Dublin",
    "America/New_York",
    "America/Los_Angeles",
    "Pacific/Honolulu",
    "Pacific/Auckland",
    "Australia/Brisbane",
    "Asia/Tokyo",
    "Asia/Kolkata",
    "Asia/Dubai",
    "America/Sao_Paulo",
)
TEMPLATE = (
    "Hi {{ clientCustomer.firstName }}, {{ practice.name }} expects you on {{ appointment.date }} at "
    "{{ appointment.time }} ({{ appointment.zone }}). Reply C to confirm."
)
AFTER_TEMPLATE = "Thank you for your visit, {{ clientCustomer.firstName }}. {{ practice.name }}"
LENGTH_MINUTES = 30
SILENT_PHONE = "+15005550043"
"""The sandbox's number that accepts and never answers; its receipt comes when the caller has long given up."""
QUIET_WORKFLOW = "3f0d3c52-9a54-4f0e-8a3c-1d6f0c1f4a03"


@dataclass(frozen=True)
class Person:
    first_name: str
    last_name: str
    phone: str

    @property
    def email(self) -> str:
        return f"{self.first_name}.{self.last_name}@example.com".lower()


@dataclass
class Part:
    """One connection of the demo."""

    vendor: str
    name: str
    zone: str
    mode: str
    people: list[Person]
    tenant: dict[str, Any] = field(default_factory=dict)
    secret: str = ""
    callback_secret: str = ""
    trial_numbers: list[str] = field(default_factory=list)

    @property
    def tenant_name(self) -> str:
        return self.name


def signing_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def daytime_zones(now: datetime) -> list[str]:
    """Zones where it is day, so that quiet hours do not hold the story back: it passes at 3 a.m. too."""
    return [zone for zone in ZONES if DAYTIME[0] <= now.astimezone(ZoneInfo(zone)).time() <= DAYTIME[1]]


FIRST_NAMES = ("Aoife", "Bertrand", "Chiara", "Dagny", "Eoin", "Femke", "Goran", "Hanae")
LAST_NAMES = ("Quillfeather", "Ravensworth", "Strandberg", "Tollemache", "Underhay", "Vandersteen")


def parts(now: datetime) -> list[Part]:
    """The connections: one live at each vendor, one that only observes, and one on trial."""
    zones = daytime_zones(now) or ["UTC"]
    names = [
        ("caspen", "caspen-north", "live"),
        ("pexip", "pexip-acme", "live"),
        ("carecycle", "carecycle-west", "live"),
        ("officeplace", "officeplace-desk", "live"),
        ("caspen", "caspen-watch", "observe"),
        ("caspen", "caspen-trial", "trial"),
    ]
    made = []
    for index, (vendor, name, mode) in enumerate(names):
        people = [
            Person(FIRST_NAMES[(index + seat) % 8], LAST_NAMES[seat % 6], f"+1415555{index + 1}{seat:03d}")
            for seat in range(8)
        ]
        part = Part(vendor, name, zones[index % len(zones)], mode, people, secret=signing_secret())
        part.callback_secret = signing_secret()
        if mode == "trial":
            people[2] = replace(people[2], phone=SILENT_PHONE)
            part.trial_numbers = [each.phone for each in people if each is not people[1]]
        made.append(part)
    return made


def credentials(part: Part) -> dict[str, Any]:
    """Made for this demo; the sandbox knows them, nobody else does."""
    key = secrets.token_hex(12)
    if part.vendor == "caspen":
        return {"token": key}
    if part.vendor == "carecycle":
        return {"api_key": f"cc_{key}"}
    if part.vendor == "pexip":
        return {"enterprise": "acme", "client_id": "punctual", "client_secret": key}
    return {"tenant_id": "desk", "client_id": "punctual", "client_secret": key}


def tenants(made: list[Part], receiver: str) -> list[dict[str, Any]]:
    """What the sandbox must know of each connection, and of the SMS network."""
    rows: list[dict[str, Any]] = []
    for part in made:
        scheme = "svix" if part.vendor == "carecycle" else "standard"
        known = dict(part.tenant)
        if part.vendor == "officeplace":
            known |= {"domain_id": "domain-1", "ad_ids": ["mailbox-1", "mailbox-2"]}
        rows.append(
            {
                "vendor": part.vendor,
                "name": part.tenant_name,
                "credentials": known,
                "webhook": {"url": f"{receiver}/hooks/{part.name}", "scheme": scheme, "secret": part.secret},
            }
        )
    return rows


def sms_tenant(account: dict[str, str], receiver: str) -> dict[str, Any]:
    inbound = f"{receiver}/senders/{SENDER}/inbound"
    return {
        "vendor": "sms",
        "name": SENDER,
        "credentials": account,
        "numbers": {SENDING_NUMBER: {"inbound_url": inbound}},
    }


def addresses(vendor: str, sandbox: str) -> dict[str, str]:
    """Where each vendor's API is on the sandbox."""
    return {
        "caspen": {"base_url": f"{sandbox}/caspen/v1"},
        "carecycle": {"base_url": f"{sandbox}/carecycle"},
        "pexip": {"base_url": f"{sandbox}/pexip", "auth_url": f"{sandbox}/pexip-auth"},
        "officeplace": {"base_url": f"{sandbox}/officeplace"},
    }[vendor]


def config_file(made: list[Part], account: dict[str, str], sandbox: str) -> str:
    """The TOML file: literal secrets are accepted in it only because every address is the sandbox's."""
    out = [
        f"[senders.{SENDER}]",
        'kind = "twilio"',
        f"numbers = [{_quoted(SENDING_NUMBER)}]",
        f"base_url = {_quoted(f'{sandbox}/sms')}",
        f"credentials = {_inline(account)}",
        "",
    ]
    for part in made:
        where = addresses(part.vendor, sandbox)
        options: dict[str, Any] = {key: value for key, value in where.items() if key != "base_url"}
        if part.vendor == "pexip":
            options["accept_invites"] = True
        if part.vendor == "officeplace":
            options |= {"domain_id": "domain-1", "mailboxes": ["mailbox-1", "mailbox-2"]}
        out += [
            f"[connections.{part.name}]",
            f"vendor = {_quoted(part.vendor)}",
            f"zone = {_quoted(part.zone)}",
            f"mode = {_quoted(part.mode)}",
            f"base_url = {_quoted(where['base_url'])}",
            f"credentials = {_inline(part.tenant)}",
            f"webhook = {_inline({'scheme': 'standard', 'secret': part.secret})}",
            f"sender = {_quoted(SENDER)}",
            f"practice = {_quoted('Demo Practice')}",
            "horizon_days = 7",  # a whole scan within the demo's time and the vendors' limits
            f"options = {_inline(options)}",
            f"status_callback = {_inline(callback(part, sandbox))}",
            *([f"trial_numbers = {json.dumps(part.trial_numbers)}"] if part.trial_numbers else []),
            "",
        ]
    return "\n".join(out)


def callback(part: Part, sandbox: str) -> dict[str, Any]:
    return {"url": f"{sandbox}/callbacks/{part.name}", "secret": part.callback_secret, "allow_private": True}


def _quoted(value: Any) -> str:
    return json.dumps(value)


def _inline(values: dict[str, Any]) -> str:
    return "{ " + ", ".join(f"{key} = {_quoted(value)}" for key, value in values.items()) + " }"


def appointment_config() -> dict[str, Any]:
    """In CareCycle's documented shape: two SMS workflows, before the start and after the end."""
    statuses = {"kind": "appointment_status", "statuses": ["scheduled", "requested"]}

    def workflow(identity: str, name: str, anchor: str, offset: int, template: str) -> dict[str, Any]:
        return {
            "id": identity,
            "name": name,
            "enabled": True,
            "trigger": {"anchor": anchor, "offsetMinutes": offset},
            "condition": statuses,
            "action": {"type": "sms", "senderId": SENDER, "template": template},
        }

    before, after = "3f0d3c52-9a54-4f0e-8a3c-1d6f0c1f4a01", "3f0d3c52-9a54-4f0e-8a3c-1d6f0c1f4a02"
    return {
        "name": "Demo reminders",
        "appointmentLength": LENGTH_MINUTES,
        "workflows": [
            workflow(before, "Before the start", "event_starts", -1, TEMPLATE),
            workflow(after, "After the end", "event_ends", 1, AFTER_TEMPLATE),
        ],
    }


def quiet_config(starts: datetime, ends: datetime) -> dict[str, Any]:
    """Two hours before the start, but not between these wall times."""
    return {
        "name": "Demo quiet hours",
        "workflows": [
            {
                "id": QUIET_WORKFLOW,
                "enabled": True,
                "trigger": {"anchor": "event_starts", "offsetMinutes": -120},
                "action": {"type": "sms", "senderId": SENDER, "template": TEMPLATE},
                "quietHours": {"start": f"{starts:%H:%M}", "end": f"{ends:%H:%M}"},
                "graceMinutes": 100,
            }
        ],
    }


def directory(part: Part) -> str:
    """The contact directory as CSV: OfficePlace documents no phone numbers."""
    rows = ["person_id,first_name,last_name,phone,zone,language"]
    rows += [f"{each.email},{each.first_name},{each.last_name},{each.phone},{part.zone},en" for each in part.people]
    return "\n".join(rows) + "\n"


def write_all(folder: Path, made: list[Part], sandbox: str, receiver: str) -> None:
    """Everything that `punctual up` and the sandbox read, into the demo's own folder."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    account = {"account_sid": "AC" + secrets.token_hex(16), "auth_token": secrets.token_hex(16)}
    for part in made:
        part.tenant = credentials(part)
    rows = [*tenants(made, receiver), sms_tenant(account, receiver)]
    (folder / "sandbox.json").write_text(json.dumps(rows, indent=1))
    (folder / "punctual.toml").write_text(config_file(made, account, sandbox))
    (folder / "config.json").write_text(json.dumps(appointment_config(), indent=1))
    for part in made:
        if part.vendor == "officeplace":
            (folder / f"{part.name}.csv").write_text(directory(part))


def now() -> datetime:
    return datetime.now(UTC)
