"""One call to Pexip: token, correlation id, language, and its errors in our fates."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from outbound.client import Answer, Client
from outbound.clock import boottime
from outbound.fates import check
from rules.errors import CredentialsRejected, Fate, Permanent
from rules.vendors import Connection
from schemas.fields import clean_text, read
from schemas.pexip import ERRORS, PAGE, TOKEN, TOKEN_ERROR
from vendors.pexip.settings import option
from vendors.tokens import Token, Tokens

TOKENS = Tokens()

UNSTATED_SECONDS = 60  # RFC 6749 only recommends `expires_in`


@dataclass(frozen=True, slots=True)
class Reply:
    """What stood in a 2xx answer. `trace` is the correlation id of the call that it answers."""

    data: Any
    total: int | None
    trace: str


class Calls:
    def __init__(self, connection: Connection, client: Client) -> None:
        self._connection = connection
        self._client = client
        self._enterprise = connection.credentials["enterprise"]
        self._base = f"{connection.base_url.rstrip('/')}/enterprises/{quote(self._enterprise, safe='')}"

    def call(self, method: str, path: str, params: list[tuple[str, str]] | None = None, json: Any = None) -> Reply:
        """A 2xx answer; the token is renewed once if it is refused. Raises the fates, with the call's `trace`."""
        token = self._token()
        trace = str(uuid4())  # 1 to 36 characters; a fresh one for every call, also the repeated one
        try:
            answer = self._send(token, trace, method, path, params, json)
            if answer.status == 401:
                token = self._token(refused=token)
                trace = str(uuid4())
                answer = self._send(token, trace, method, path, params, json)
            if not 200 <= answer.status < 300:
                code, message = _words(answer)
                check(answer, code=code, message=message)
            said = read(PAGE, answer.json())
        except Fate as fate:
            fate.trace = trace
            raise
        return Reply(said.get("data"), (said.get("meta") or {}).get("totalCount"), trace)

    def _send(
        self, token: str, trace: str, method: str, path: str, params: list[tuple[str, str]] | None, json: Any
    ) -> Answer:
        headers = {
            "Authorization": f"Bearer {token}",
            "X-Correlation-Id": trace,
            "Accept-Language": option(self._connection.options, "accept_language"),
        }
        return self._client.call(method, self._base + path, headers=headers, params=params, json=json)

    def _token(self, refused: str | None = None) -> str:
        secrets = self._connection.credentials
        key = (self._auth_url(), self._enterprise, secrets["client_id"], secrets["client_secret"])
        return TOKENS.get(key, self._ask, refused=refused)

    def _auth_url(self) -> str:
        realm = quote(self._enterprise, safe="")
        base = option(self._connection.options, "auth_url").rstrip("/")
        return f"{base}/realms/{realm}/protocol/openid-connect/token"

    def _ask(self) -> Token:
        secrets = self._connection.credentials
        form = {
            "grant_type": "client_credentials",
            "client_id": secrets["client_id"],
            "client_secret": secrets["client_secret"],
        }
        if scope := option(self._connection.options, "scope"):
            form["scope"] = scope
        asked_at = boottime()
        answer = self._client.call("POST", self._auth_url(), form=form)
        if not 200 <= answer.status < 300:
            code, message = _token_words(answer)
            if answer.status in {400, 401, 403, 404}:  # Keycloak: wrong grant, client or scope; 404 is a wrong realm
                raise CredentialsRejected("the token request was refused", vendor_code=code, vendor_message=message)
            check(answer, code=code, message=message)
        said = read(TOKEN, answer.json())
        value = said.get("access_token")
        if not value:
            raise Permanent("the token answer holds no token")
        seconds = said.get("expires_in")
        return Token.lasting(value, UNSTATED_SECONDS if seconds is None else max(seconds, 1), asked_at=asked_at)


def _words(answer: Answer) -> tuple[str, str]:
    """`errors[].code` and `.message`, the first of each and how many there are."""
    try:
        errors = read(ERRORS, answer.json()).get("errors") or []
    except Permanent:
        return "", ""
    first = errors[0] if errors else {}
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return (first.get("code") or "")[:100], (first.get("message") or "")[:1000] + more


def _token_words(answer: Answer) -> tuple[str, str]:
    try:
        said = read(TOKEN_ERROR, answer.json())
    except Permanent:
        return "", ""
    return clean_text(said.get("error") or "")[:100], (said.get("error_description") or "")[:1000]
