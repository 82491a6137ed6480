"""Calls Twilio: hands a text over, looks one up, proves the credentials.

POST /2010-04-01/Accounts/{sid}/Messages.json with a form; Basic auth. Twilio has no key of ours to find a text by, so
a lost answer is looked up by what was sent.
"""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from outbound import fates
from outbound.client import Answer, Client
from rules.errors import Fate, NotReached, Permanent, RateLimited
from rules.senders import Accepted, NotSent, Outcome, Receipt, SenderSettings, Sought, Text, Unknown
from schemas import twilio
from schemas.fields import read
from senders.meanings import by_status, is_refusal
from senders.twilio.mapping import CODES, state_of
from senders.twilio.settings import DEFAULT_BASE_URL

PAGE_SIZE = "100"
MOST_PAGES = 5  # 500 texts to one number since the attempt: then nothing is proven anyway

SLACK = timedelta(seconds=5)
"""Twilio's `date_created` has whole seconds and Twilio's clock. Too early by this much is still ours: another text with
the same body between the same numbers, owned by no attempt, would have to be less than 5 s older."""


class Api:
    """One configured sender. See `rules.senders.SenderApi`."""

    def __init__(self, settings: SenderSettings, http: Client) -> None:
        sid, token = settings.credentials["account_sid"], settings.credentials["auth_token"]
        base = (settings.base_url or DEFAULT_BASE_URL).rstrip("/")
        self._http = http
        self._auth = (sid, token)
        self._url = f"{base}/2010-04-01/Accounts/{sid}/Messages.json"

    def send(self, text: Text, *, send_by: float, timeout_seconds: float) -> Outcome:
        form = {"To": text.to, "From": text.from_, "Body": text.body}
        if text.receipt_url:
            form["StatusCallback"] = text.receipt_url
        try:
            answer = self._http.call(
                "POST", self._url, form=form, auth=self._auth, total_seconds=timeout_seconds, send_by=send_by
            )
        except (NotReached, RateLimited) as proof:  # our own budget says RateLimited before anything is written
            return NotSent(str(proof))
        except Fate as doubt:
            return Unknown(str(doubt))
        return _outcome(answer)

    def look_up(self, sought: Sought) -> Receipt | None:
        """The one text that fits. A filter by date would miss what is not sent yet, so there is none."""
        since = sought.created_after - SLACK
        fitting: list[dict[str, Any]] = []
        page: dict[str, str] = {}
        for _ in range(MOST_PAGES):
            answer = self._http.call(
                "GET", self._url, params={"To": sought.to, "PageSize": PAGE_SIZE, **page}, auth=self._auth
            )
            listed = _checked(answer)
            fitting += [message for message in listed["messages"] if _fits(message, sought, since)]
            is_past = any(_created(message) < since for message in listed["messages"])
            page = _next(listed["next_page_uri"])
            if is_past or not page:
                return _receipt(fitting[0]) if len(fitting) == 1 else None
        return None

    def check(self) -> str:
        """Lists one text: the same right that a look-up needs. Raises a fate."""
        _checked(self._http.call("GET", self._url, params={"PageSize": "1"}, auth=self._auth))
        return "Twilio accepts the credentials"


def _outcome(answer: Answer) -> Outcome:
    said = _said(answer)
    if 200 <= answer.status < 300:
        message = read(twilio.MESSAGE, said)
        if not message.get("sid"):
            return Unknown("accepted without a readable sid")
        return Accepted(message["sid"], _whole(message["num_segments"]))
    if not is_refusal(answer.status):
        return Unknown(f"HTTP {answer.status}")
    code = read(twilio.ERROR, said).get("code") or ""
    meaning = CODES.get(code) or by_status(answer.status)
    wait = fates.after(answer)
    return meaning.refused(code or f"http_{answer.status}", wait.total_seconds() if wait else None)


def _checked(answer: Answer) -> dict[str, Any]:
    """The listing, or a fate."""
    error = read(twilio.ERROR, _said(answer)) if answer.status >= 300 else {}
    fates.check(answer, code=error.get("code") or "", message=error.get("message") or "")
    listed = read(twilio.LIST, answer.json())
    return listed or {"messages": [], "next_page_uri": None}


def _said(answer: Answer) -> Any:
    with suppress(Permanent):
        return answer.json()
    return None


def _fits(message: dict[str, Any], sought: Sought, since: datetime) -> bool:
    return (
        (message["direction"] or "").startswith("outbound")
        and message["to"] == sought.to
        and message["from_"] == sought.from_
        and message["body"] == sought.body
        and _created(message) >= since
        and bool(message["sid"])
        and message["sid"] not in sought.owned
    )


def _created(message: dict[str, Any]) -> datetime:
    """RFC 2822; one that cannot be read counts as long ago, and settles nothing."""
    try:
        return parsedate_to_datetime(message["date_created"] or "").astimezone(UTC)
    except (ValueError, OverflowError):
        return datetime.min.replace(tzinfo=UTC)


def _next(uri: str | None) -> dict[str, str]:
    """The next page's own parameters; the address stays ours, whatever the answer says."""
    return dict(parse_qsl(urlsplit(uri or "").query))


def _receipt(message: dict[str, Any]) -> Receipt:
    word = message["status"] or ""
    return Receipt(message["sid"], state_of(word), code=message["error_code"] or "", word=word)


def _whole(count: str | None) -> int | None:
    return int(count) if count and count.isascii() and count.isdigit() and int(count) else None
