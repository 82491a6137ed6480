"""A clinic whose vendor and SMS network reach it: the receiver runs on a port, webhooks and texts come over HTTP."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from flask import Flask
from werkzeug.serving import make_server

from runtime.settings import Scheme, StatusCallback, WebhookSettings
from store.engine import Database
from tests.senders.given import Network
from tests.steps.given import Clinic
from tests.vendors.conftest import SECRET, Tenant
from web.app import create_app

HOOK = WebhookSettings(Scheme.STANDARD, (SECRET,))


class Receiver:
    """Its address is known before the app that answers there is made."""

    def __init__(self) -> None:
        self._app: Flask | None = None
        self._server = make_server("127.0.0.1", 0, self._answer, threaded=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def _answer(self, environ: Any, start_response: Any) -> Any:
        assert self._app is not None, "nobody calls before there is an app"
        return self._app(environ, start_response)

    @contextmanager
    def serving(self, app: Flask) -> Iterator[None]:
        self._app = app
        self._thread.start()
        try:
            yield
        finally:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
            app.extensions["punctual"].tallies.close()


@contextmanager
def hooked(
    database: Database, tenant: Callable[..., Tenant], network: Network, vendor: str, **more: Any
) -> Iterator[Clinic]:
    """A live connection `north` at that vendor. Its status callback is one of the sandbox's own."""
    receiver = Receiver()
    hook = {"url": f"{receiver.url}/hooks/north", "scheme": "standard", "secret": SECRET, "retries": False}
    sms = {"vendor": "sms", "name": network.name, "credentials": dict(network.settings.credentials)}
    inbound = {network.number: {"inbound_url": f"{receiver.url}/senders/texts/inbound"}}
    told = {"name": network.name, "secret": SECRET}
    for path, sent in (("tenants", {**sms, "numbers": inbound}), ("callbacks", told)):
        httpx.post(f"{network.url}/control/{path}", json=sent).raise_for_status()
    callback = StatusCallback(f"{network.url}/callbacks/{network.name}", SECRET, allow_private=True)
    given = {"webhook": HOOK, "status_callback": callback, **more}
    clinic = Clinic(database, tenant(vendor, webhook=hook), network, given, public_url=receiver.url)
    app = create_app(clinic.wiring.settings, database=database, doorbell=clinic.bell)
    with receiver.serving(app):
        yield clinic


def posted(clinic: Clinic) -> list[dict[str, Any]]:
    """What the vendor has posted, oldest first, once nothing more is on its way."""
    url = f"{clinic.tenant.url}/control/deliveries"
    found = httpx.get(url, params={"tenant": clinic.tenant.name}).json()["deliveries"]
    settled = [httpx.get(f"{url}/{each['id']}", params={"wait": 10}, timeout=20).json() for each in found]
    return [each for each in settled if each["kind"] == "webhook"]


def told_back(clinic: Clinic) -> list[dict[str, Any]]:
    """What the status callback took, each with a signature that held."""
    found = httpx.get(f"{clinic.network.url}/control/callbacks/{clinic.network.name}").json()
    assert found["refused"] == []
    return [each["body"] for each in found["received"]]
