"""Every route proves who is asking, or is listed here as public with its reason."""

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from rules.senders import SenderSettings
from runtime.settings import FlowerSettings, Settings
from store.engine import Database
from tests.web.given import CONNECTIONS, Rung
from web.app import create_app

PUBLIC = {
    "/health/live": "a process that answers says nothing else",
    "/health/ready": "yes or no, for the machines that route to us",
    "/openapi.json": "what may be asked, nothing about anybody",
    "/status/login": "the form itself",
    "/status/static/<path:filename>": "style and icon of the form",
}
SIGNED = ("/hooks/", "/senders/")
KEYED = ("/v1/", "/v2/")
LOCAL = {"/metrics": "this host or a token"}
PAGES = ("/status",)
"""A session; who has none is sent to the form."""
FILL = {
    "connection": "north",
    "sender": "tw",
    "kind": "receipts",
    "config_id": "497f6eca-6276-4993-bfeb-53cbbbba6f08",
    "external_id": "app_1",
}


@pytest.fixture(scope="module")
def client(postgres_url: str) -> Any:
    sender = SenderSettings("tw", "twilio", ("+3197010200000",), "http://127.0.0.1:9", {"auth_token": "t"})
    settings = Settings(
        database_url=postgres_url,
        broker_url="redis://127.0.0.1:9/0",
        home=Path(),
        public_url="https://hooks.example.com",
        secret_key="a key of this test alone, long enough",
        connections=CONNECTIONS,
        senders={"tw": sender},
        flower=FlowerSettings("operator", "a password of this test"),
    )
    database = Database(postgres_url, size=2)
    app = create_app(settings, database=database, doorbell=Rung())
    yield app.test_client()
    app.extensions["punctual"].tallies.close()
    database.dispose()


def routes(client: FlaskClient) -> list[tuple[str, str]]:
    """Method and rule of every route."""
    return [
        (method, rule.rule)
        for rule in client.application.url_map.iter_rules()
        for method in sorted(rule.methods or set())
        if method not in {"HEAD", "OPTIONS"}
    ]


def ask(client: FlaskClient, method: str, rule: str) -> Any:
    path = rule
    for name in [part.split(">")[0] for part in rule.split("<")[1:]]:
        path = path.replace(f"<{name}>", FILL.get(name.rpartition(":")[2], "x"))
    return client.open(path, method=method, data=b"{}", environ_base={"REMOTE_ADDR": "203.0.113.7"})


@pytest.mark.servers
def test_nobody_gets_past_a_route_without_proof(client: FlaskClient) -> None:
    answers = {(method, rule): ask(client, method, rule) for method, rule in routes(client) if rule not in PUBLIC}
    assert len(answers) > 10
    for (method, rule), answer in answers.items():
        if rule.startswith((*SIGNED, *KEYED)):
            assert answer.status_code == 401, (method, rule)
        elif rule in LOCAL:
            assert answer.status_code == 403, (method, rule)
        else:
            assert rule.startswith(PAGES), (method, rule)
            is_sent_away = answer.status_code in {302, 303} and "/status/login" in answer.headers["Location"]
            assert is_sent_away or answer.status_code in {400, 401, 403}, (method, rule)


@pytest.mark.servers
def test_what_is_listed_as_public_exists(client: FlaskClient) -> None:
    assert {rule for _, rule in routes(client)} >= set(PUBLIC) | set(LOCAL)
