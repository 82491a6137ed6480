"""A caller of the API with a key of its own."""

from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from store import api_keys
from store.engine import Database

PATH = "/v2/campaigns/appointment-configs"
ID = "497f6eca-6276-4993-bfeb-53cbbbba6f08"


@dataclass(frozen=True)
class Caller:
    """Who holds a key."""

    client: FlaskClient
    key: str

    def ask(self, method: str, path: str = PATH, **more: Any) -> TestResponse:
        return self.client.open(path, method=method, headers={"x-api-key": self.key}, **more)

    def create(self, body: Any) -> TestResponse:
        return self.ask("POST", json=body)

    def made(self, body: Any) -> dict[str, Any]:
        answer = self.create(body)
        assert answer.status_code == 200, answer.get_json()
        config: dict[str, Any] = answer.get_json()["appointmentConfig"]
        return config


def caller(client: FlaskClient, database: Database, connection: str | None = None) -> Caller:
    with database.begin() as tx:
        return Caller(client, api_keys.create(tx, "test", connection))


def reminder(**parts: Any) -> dict[str, Any]:
    return {
        "id": ID,
        "enabled": True,
        "trigger": {"anchor": "event_starts", "offsetMinutes": -1440},
        "action": {"type": "sms", "template": "See you, {{clientCustomer.firstName}}"},
    } | parts
