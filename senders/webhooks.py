"""What can be known of a sender without calling it: its webhooks, its codes, its settings. No HTTP client here.

A receiver does, for `/senders/<name>/receipts` and `/senders/<name>/inbound`:

    sender = WEBHOOKS[settings.kind]
    fields = sender.read(headers, query, body)
    if not sender.verify(settings, url, headers, fields): 401
    store sender.receipts(query, fields), or sender.inbound(query, fields)
    answer 200 with sender.answer_type and sender.answer
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from rules.senders import Inbound, Receipt, SenderSettings, Verdict
from senders.console import mapping as console_mapping
from senders.console import settings as console_settings
from senders.console import webhook as console_webhook
from senders.meanings import Meaning
from senders.twilio import mapping as twilio_mapping
from senders.twilio import settings as twilio_settings
from senders.twilio import webhook as twilio_webhook
from senders.vonage import mapping as vonage_mapping
from senders.vonage import settings as vonage_settings
from senders.vonage import webhook as vonage_webhook

Fields = Mapping[str, str]

TWIML = b'<?xml version="1.0" encoding="UTF-8"?><Response></Response>'
"""Twilio's way of saying "nothing to answer"; anything but XML is logged there as error 12300."""


@dataclass(frozen=True, slots=True)
class SenderWebhook:
    read: Callable[[Fields, Fields, bytes], dict[str, str]]
    """(headers, query, body) -> the fields of the request."""
    verify: Callable[[SenderSettings, str, Fields, Fields], bool]
    """(settings, public url with query, headers, fields) -> whether the sender sent it."""
    receipts: Callable[[Fields, Fields], list[Receipt]]
    """(query, fields)."""
    inbound: Callable[[Fields, Fields], list[Inbound]]
    """(query, fields)."""
    codes: Mapping[str, Meaning] = field(default_factory=dict)
    """Codes that come with receipts."""
    answer_type: str = "text/plain; charset=utf-8"
    answer: bytes = b""
    confirms_stop: bool = False
    """The sender itself answers a STOP; then we do not."""
    reports: bool = True
    """It sends receipts; where it never does, a text without one is nothing to tell of."""

    def verdict(self, code: str) -> Verdict:
        """What the code of a failed receipt means for the number and the sender. Unknown: only this text failed."""
        return self.codes[code].verdict if code in self.codes else Verdict.FAILED

    def reason(self, code: str) -> str:
        """The same for people, in our words."""
        return self.codes[code].words if code in self.codes else ""

    def may_try_elsewhere(self, code: str) -> bool:
        """Whether the code proves that nothing reached the phone and another sender may help."""
        return code in self.codes and self.codes[code].elsewhere


class Settings(Protocol):
    """What a sender's `settings.py` holds."""

    CREDENTIALS: dict[str, str]
    OPTIONAL_CREDENTIALS: dict[str, str]
    DEFAULT_BASE_URL: str

    def check_options(self, options: Mapping[str, Any]) -> list[str]: ...


WEBHOOKS: dict[str, SenderWebhook] = {
    "twilio": SenderWebhook(
        twilio_webhook.read,
        twilio_webhook.verify,
        twilio_webhook.receipts,
        twilio_webhook.inbound,
        codes=twilio_mapping.CODES,
        answer_type="text/xml; charset=utf-8",
        answer=TWIML,
        confirms_stop=True,
    ),
    "vonage": SenderWebhook(
        vonage_webhook.read,
        vonage_webhook.verify,
        vonage_webhook.receipts,
        vonage_webhook.inbound,
        codes=vonage_mapping.RECEIPT_CODES,
    ),
    "console": SenderWebhook(
        console_webhook.read,
        console_webhook.verify,
        console_webhook.receipts,
        console_webhook.inbound,
        codes=console_mapping.CODES,
        reports=False,
    ),
}

SETTINGS: dict[str, Settings] = {
    "twilio": twilio_settings,
    "vonage": vonage_settings,
    "console": console_settings,
}
