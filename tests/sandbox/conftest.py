"""A sandbox per test, with one tenant of each kind, and a real address that takes what it posts."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask, Response, request
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from sandbox.app import create_app
from sandbox.tenants import read_tenant
from sandbox.world import World
from tests.sandbox.given import ADA, SECRET, SENDER, SID, TOKEN, Receiver


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    taken, app = Receiver(), Flask("receiver")

    @app.post("/<path:anywhere>")
    def take(anywhere: str) -> Response:
        taken.got.append((dict(request.headers.items()), request.get_data()))
        return Response("taken", taken.answers.pop(0) if taken.answers else 202)

    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    taken.url = f"http://127.0.0.1:{server.server_port}"
    yield taken
    server.shutdown()
    server.server_close()


@pytest.fixture
def world(receiver: Receiver) -> World:
    world = World()
    webhook = {"scheme": "standard", "secret": SECRET}
    for each in (
        {"vendor": "carecycle", "name": "care", "credentials": {"api_key": "cc_key"},
         "webhook": {**webhook, "scheme": "svix", "url": f"{receiver.url}/hooks/care"}},
        {"vendor": "caspen", "name": "north", "credentials": {"token": "north-token"},
         "webhook": {**webhook, "url": f"{receiver.url}/hooks/north"}},
        {"vendor": "pexip", "name": "acme",
         "credentials": {"enterprise": "acme", "client_id": "i", "client_secret": "s"},
         "webhook": {"scheme": "shared", "header": "X-Secret", "secret": "s3", "url": f"{receiver.url}/hooks/acme"}},
        {"vendor": "officeplace", "name": "desk", "credentials": {"tenant_id": "t-1", "client_id": "i",
         "client_secret": "s", "domain_id": "dom", "ad_ids": ["ad-1", "ad-2"]},
         "webhook": {**webhook, "url": f"{receiver.url}/hooks/desk"}},
        {"vendor": "sms", "name": "texts", "credentials": {"account_sid": SID, "auth_token": TOKEN},
         "numbers": {SENDER: {"inbound_url": f"{receiver.url}/senders/texts/inbound"}}},
    ):  # fmt: skip
        world.put_tenant(read_tenant(each))
    return world


@pytest.fixture
def client(world: World) -> FlaskClient:
    return create_app(world).test_client()


@pytest.fixture
def book(client: FlaskClient) -> Callable[..., dict[str, Any]]:
    def book(where: str, **changes: Any) -> dict[str, Any]:
        answer = client.post(f"/control/{where}/appointments", json={**ADA, **changes})
        assert answer.status_code == 201, answer.json
        return answer.json

    return book


@pytest.fixture
def pexip_auth(client: FlaskClient) -> dict[str, str]:
    form = {"grant_type": "client_credentials", "client_id": "i", "client_secret": "s"}
    answer = client.post("/pexip-auth/realms/acme/protocol/openid-connect/token", data=form)
    return {"Authorization": f"Bearer {answer.json['access_token']}"}


@pytest.fixture
def office_auth(client: FlaskClient) -> dict[str, str]:
    answer = client.post("/officeplace/t-1/authentication/token", json={"clientId": "i", "clientSecret": "s"})
    return {"Authorization": f"Bearer {answer.json['token']}", "tenantId": "t-1"}
