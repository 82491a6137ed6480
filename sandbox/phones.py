"""The phones at the other end: what each got and sent, who wrote STOP, and how each number behaves."""

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox import times
from sandbox.refusal import no

# behaviour -> what the network does with a text to such a number
BEHAVIOURS: Mapping[str, str] = {
    "delivers": "accepted, sent and delivered within 0.3 s",
    "invalid": "refused at once: 400, code 21211",
    "unroutable": "refused at once: 400, code 21612",
    "no_permission": "refused at once: 400, code 21408",
    "opted_out": "refused at once: 400, code 21610",
    "landline": "refused at once: 400, code 21614",
    "undelivered": "accepted, then undelivered with 30003 (unreachable)",
    "blocked": "accepted, then undelivered with 30007 (carrier filter)",
    "failed": "accepted, then failed with 30008 (unknown)",
    "unregistered": "accepted, then undelivered with 30034 (the sender number may not send)",
    "never_answers": "not accepted, and the request is held open for up to 60 s",
    "accepts_then_silent": "accepted and delivered, but the request is held open for up to 60 s",
    "answers_late": "accepted and delivered, and answered after 2 s",
    "silent_then_receipt": "accepts, never answers; its receipts come after 20 s, no list shows it for 2 minutes",
    "delivers_late": "accepted, delivered after 10 s",
    "no_receipt": "accepted, and nothing more is ever said",
}

# The numbers that behave by themselves. The first five are Twilio's own test numbers; +1 500 555 is nobody's.
MAGIC: Mapping[str, str] = {
    "+15005550001": "invalid",
    "+15005550002": "unroutable",
    "+15005550003": "no_permission",
    "+15005550004": "opted_out",
    "+15005550009": "landline",
    "+15005550020": "delivers",
    "+15005550030": "undelivered",
    "+15005550031": "blocked",
    "+15005550032": "failed",
    "+15005550033": "unregistered",
    "+15005550040": "never_answers",
    "+15005550041": "accepts_then_silent",
    "+15005550042": "answers_late",
    "+15005550043": "silent_then_receipt",
    "+15005550050": "delivers_late",
    "+15005550060": "no_receipt",
}

LATE_SECONDS: Mapping[str, float] = {"delivers_late": 10.0, "silent_then_receipt": 20.0}
"""From acceptance to delivery, where that takes longer than a tenant's receipts do."""
LIST_LAGS_SECONDS = 120.0

E164 = re.compile(r"\+[1-9]\d{6,14}")
STOP_WORDS = {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"}
START_WORDS = {"START", "UNSTOP", "YES"}


@dataclass
class Message:
    """A text. Its status follows from the time: `stages` says from when on it is what."""

    sid: str
    account_sid: str
    sender: str
    recipient: str
    body: str
    direction: str
    at: datetime
    segments: int
    stages: list[tuple[datetime, str, int | None]]
    listed_at: datetime | None = None
    """From when on a list shows it; None: at once."""

    def stage(self) -> tuple[datetime, str, int | None]:
        moment = times.now()
        return next((each for each in reversed(self.stages) if each[0] <= moment), self.stages[0])

    def shown(self) -> dict[str, Any]:
        """As the control API lists it."""
        at, status, code = self.stage()
        return {
            "sid": self.sid,
            "from": self.sender,
            "to": self.recipient,
            "body": self.body,
            "at": self.at.isoformat(),
            "status": status,
            "status_at": at.isoformat(),
            "error_code": code,
            "direction": self.direction,
        }


@dataclass
class Phones:
    by_sid: dict[str, Message] = field(default_factory=dict)
    by_number: dict[str, list[Message]] = field(default_factory=dict)
    stopped: set[tuple[str, str]] = field(default_factory=set)
    behaviours: dict[str, str] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def keep(self, message: Message) -> None:
        """Under both numbers: the phone's and the sender's."""
        with self.lock:
            self.by_sid[message.sid] = message
            for number in {message.sender, message.recipient}:
                self.by_number.setdefault(number, []).append(message)

    def of(self, number: str) -> list[Message]:
        with self.lock:
            return list(self.by_number.get(number, ()))

    def behaviour(self, number: str) -> str:
        return self.behaviours.get(number) or MAGIC.get(number, "delivers")

    def behave(self, number: str, behaviour: str) -> None:
        if behaviour not in BEHAVIOURS:
            raise no(f"behaviour is one of {sorted(BEHAVIOURS)}")
        self.behaviours[number] = behaviour

    def heed(self, phone: str, sender: str, body: str) -> None:
        """STOP and START words, as Twilio's default opt-out handling takes them."""
        word = body.strip().upper()
        with self.lock:
            if word in STOP_WORDS:
                self.stopped.add((phone, sender))
            elif word in START_WORDS:
                self.stopped.discard((phone, sender))

    def has_stopped(self, phone: str, sender: str) -> bool:
        return (phone, sender) in self.stopped

    def reset(self) -> None:
        with self.lock:
            self.by_sid.clear()
            self.by_number.clear()
            self.stopped.clear()
            self.behaviours.clear()
