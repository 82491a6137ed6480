"""Calls Vonage's SMS API: POST /sms/json. The answer is HTTP 200 for success and refusal alike; each part has a status.

https://developer.vonage.com/api/sms
"""

from contextlib import suppress
from typing import Any

from outbound import fates
from outbound.client import Answer, Client
from rules.errors import Fate, NotReached, Permanent, RateLimited
from rules.segments import segments
from rules.senders import Accepted, NotSent, Outcome, Receipt, SenderSettings, Sought, Text, Unknown
from schemas import vonage
from schemas.fields import read
from senders.meanings import by_status, is_refusal
from senders.vonage.mapping import PROVES_NOTHING, STATUSES
from senders.vonage.settings import DEFAULT_BASE_URL


class Api:
    """One configured sender. See `rules.senders.SenderApi`."""

    def __init__(self, settings: SenderSettings, http: Client) -> None:
        self._http = http
        self._base = (settings.base_url or DEFAULT_BASE_URL).rstrip("/")
        self._key = settings.credentials["api_key"]
        self._secret = settings.credentials["api_secret"]

    def send(self, text: Text, *, send_by: float, timeout_seconds: float) -> Outcome:
        form = {
            "api_key": self._key,
            "api_secret": self._secret,
            "from": text.from_.removeprefix("+"),
            "to": text.to.removeprefix("+"),
            "text": text.body,
            "type": "unicode" if segments(text.body).encoding == "ucs2" else "text",
            "client-ref": text.reference,
        }
        if text.receipt_url:
            form["callback"] = text.receipt_url
        try:
            answer = self._http.call(
                "POST", f"{self._base}/sms/json", form=form, total_seconds=timeout_seconds, send_by=send_by
            )
        except (NotReached, RateLimited) as proof:  # our own budget says RateLimited before anything is written
            return NotSent(str(proof))
        except Fate as doubt:
            return Unknown(str(doubt))
        return _outcome(answer)

    def look_up(self, sought: Sought) -> Receipt | None:  # noqa: ARG002 - part of the contract
        """Nothing can be found by what was sent; the receipt, which carries our reference, settles it."""
        return None

    def check(self) -> str:
        """Asks for the balance. Raises a fate."""
        answer = self._http.call("GET", f"{self._base}/account/get-balance", auth=(self._key, self._secret))
        fates.check(answer)
        return "Vonage accepts the credentials"


def _outcome(answer: Answer) -> Outcome:
    if is_refusal(answer.status):
        wait = fates.after(answer)
        return by_status(answer.status).refused(f"http_{answer.status}", wait.total_seconds() if wait else None)
    if not 200 <= answer.status < 300:
        return Unknown(f"HTTP {answer.status}")
    said: Any = None
    with suppress(Permanent):
        said = answer.json()
    parts = read(vonage.SENT, said).get("messages", [])
    taken = [part for part in parts if part["status"] == "0" and part["message_id"]]
    if parts and len(taken) == len(parts):
        return Accepted(taken[0]["message_id"], len(parts))
    codes = [part["status"] or "" for part in parts]
    if taken or not codes or not all(codes) or PROVES_NOTHING & set(codes) or "0" in codes:
        return Unknown(f"no clear answer, statuses {', '.join(codes) or 'none'}")
    return (STATUSES.get(codes[0]) or by_status(400)).refused(codes[0])
