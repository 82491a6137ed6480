"""One call to OfficePlace: the token, the two places of the tenant's id, the vendor's words on an error."""

from typing import Any

from outbound.client import Answer, Client
from outbound.clock import boottime
from outbound.fates import check
from rules.errors import CredentialsRejected, Permanent
from rules.vendors import Connection
from schemas.fields import read
from schemas.officeplace import ERROR, TOKEN
from vendors.officeplace.settings import option
from vendors.paths import segment
from vendors.tokens import Token, Tokens

TOKEN_SECONDS = 3600  # the documented `expiresIn`, where an answer leaves it out

TOKENS = Tokens()


class Calls:
    def __init__(self, connection: Connection, client: Client, tokens: Tokens = TOKENS) -> None:
        self._connection = connection
        self._client = client
        self._tokens = tokens
        self._tenant = connection.credentials["tenant_id"]
        self._base = f"{connection.base_url.rstrip('/')}/{segment(self._tenant)}"

    def call(self, method: str, path: str, *, params: dict[str, str] | None = None, json: Any = None) -> Answer:
        """One answer with a 2xx status. A 401 is met once with a new token; a second one is a person's matter."""
        token = self._token()
        answer = self._send(method, path, token, params, json)
        if answer.status == 401:
            answer = self._send(method, path, self._token(refused=token), params, json)
        if not 200 <= answer.status < 300:
            check(answer, **_said(answer))
        return answer

    def named(self, mailbox: str | None) -> dict[str, str]:
        """`adId` and `domainId`, which only the reference asks for: sent whenever they are known."""
        domain = option(self._connection.options, "domain_id")
        return {name: value for name, value in (("adId", mailbox), ("domainId", domain)) if value}

    def _send(self, method: str, path: str, token: str, params: dict[str, str] | None, json: Any) -> Answer:
        headers = {"Authorization": f"Bearer {token}", "tenantId": self._tenant}
        return self._client.call(method, f"{self._base}{path}", headers=headers, params=params, json=json)

    def token_seconds(self) -> int:
        """Ask for a token, whatever there is, and return for how long it would be used; it is not kept."""
        return round(self._ask().renew_at - boottime())

    def _token(self, *, refused: str | None = None) -> str:
        return self._tokens.get(self._key, self._ask, refused=refused)

    @property
    def _key(self) -> tuple[str, ...]:
        names = ("tenant_id", "client_id", "client_secret")
        return (self._base, *(self._connection.credentials[name] for name in names))

    def _ask(self) -> Token:
        asked_at = boottime()
        secret = {
            "clientId": self._connection.credentials["client_id"],
            "clientSecret": self._connection.credentials["client_secret"],
        }
        # The tenant's header is documented for appointments only; more of it does no harm.
        headers = {"tenantId": self._tenant}
        answer = self._client.call("POST", f"{self._base}/authentication/token", headers=headers, json=secret)
        if not 200 <= answer.status < 300:
            words = _said(answer)
            # 400 is documented for invalid credentials; a 404 here is an unknown tenant and nobody's missing record.
            if answer.status in {400, 401, 403, 404}:
                raise CredentialsRejected(
                    f"HTTP {answer.status}: the token request was refused",
                    vendor_code=words["code"],
                    vendor_message=words["message"],
                )
            check(answer, **words)
        said = read(TOKEN, answer.json())
        value = said.get("token") or said.get("accessToken")
        if not value:
            raise Permanent("the answer to the token request holds no token")
        seconds = said["expiresIn"]
        return Token.lasting(value, TOKEN_SECONDS if seconds is None else max(seconds, 0), asked_at=asked_at)


def _said(answer: Answer) -> dict[str, str]:
    try:
        said = read(ERROR, answer.json())
    except Permanent:
        return {"code": "", "message": ""}
    message = said.get("message") or said.get("error") or said.get("title") or ""
    return {"code": said.get("code") or "", "message": message[:1000]}
