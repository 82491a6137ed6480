"""One call to Caspen: the token, and its errors in our fates."""

from typing import Any
from urllib.parse import urlsplit

from outbound.client import Answer, Client
from outbound.fates import check
from rules.errors import Permanent
from rules.vendors import Connection
from schemas.caspen import ERROR
from schemas.fields import read


class Calls:
    def __init__(self, connection: Connection, client: Client) -> None:
        self._client = client
        self._base = connection.base_url.rstrip("/")
        self._token = connection.credentials["token"]

    def call(self, method: str, path: str, *, params: dict[str, str] | None = None, json: Any = None) -> Answer:
        """A 2xx answer."""
        return self._send(method, self._base + path, params, json)

    def follow(self, link: str) -> Answer:
        """A `links.next` exactly as the vendor gave it."""
        return self._send("GET", self.own(link), None, None)

    def own(self, link: str) -> str:
        """A link that stays where the token belongs; every other one would hand it to a stranger."""
        ours, theirs = urlsplit(self._base), urlsplit(link)
        if (theirs.scheme, theirs.netloc.lower()) != (ours.scheme, ours.netloc.lower()):
            raise Permanent("the next link leads to another host")
        return link

    def _send(self, method: str, url: str, params: dict[str, str] | None, json: Any) -> Answer:
        headers = {"Authorization": f"Bearer {self._token}"}
        answer = self._client.call(method, url, headers=headers, params=params, json=json)
        if not 200 <= answer.status < 300:
            check(answer, message=_message(answer))
        return answer


def _message(answer: Answer) -> str:
    """`message`, and what the 422 says of each field."""
    try:
        said = read(ERROR, answer.json())
    except Permanent:
        return ""
    errors = said.get("errors")
    fields = [f"{name}: {_words(text)}" for name, text in errors.items()] if isinstance(errors, dict) else []
    return "; ".join([said.get("message") or "", *fields]).strip("; ")[:1000]


def _words(said: Any) -> str:
    """A field's errors: a list of texts (inference), or whatever else stands there."""
    return " ".join(map(str, said)) if isinstance(said, list) else str(said)
