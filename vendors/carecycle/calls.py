"""One call to CareCycle: the key, and its errors in our fates."""

from typing import Any

from outbound.client import Answer, Client
from outbound.fates import check
from rules.errors import CredentialsRejected, Permanent
from rules.vendors import Connection
from schemas.carecycle import ERROR
from schemas.fields import read
from vendors.carecycle.settings import KEY_PREFIX


class Calls:
    def __init__(self, connection: Connection, client: Client) -> None:
        self._client = client
        self._base = connection.base_url.rstrip("/")
        self._key = connection.credentials["api_key"]

    def call(self, method: str, path: str, *, params: dict[str, str] | None = None, json: Any = None) -> Any:
        """The JSON of a 2xx answer. A key of another shape is refused before it is shown to anybody."""
        if not self._key.startswith(KEY_PREFIX):
            raise CredentialsRejected(f"the API key does not begin with {KEY_PREFIX}")
        headers = {"x-api-key": self._key}
        answer = self._client.call(method, self._base + path, headers=headers, params=params, json=json)
        if not 200 <= answer.status < 300:
            code, message = _said(answer)
            check(answer, code=code, message=message)
        return answer.json()


def _said(answer: Answer) -> tuple[str, str]:
    """Code, and message with what each of `errors` says. Failed records are counted: they hold names and numbers."""
    try:
        said = read(ERROR, answer.json())
    except Permanent:
        return "", ""
    items = [f"{_path(item['path'])}: {item['message'] or item['code'] or ''}" for item in said.get("errors", ())]
    failed = [f"{len(said['failedRecords'])} failed records"] if said.get("failedRecords") else []
    return said.get("code") or "", "; ".join(filter(None, [said.get("message") or "", *items, *failed]))[:1000]


def _path(path: Any) -> str:
    return ".".join(str(step) for step in path) if isinstance(path, list) else ""
