"""The WSGI application: parts are chosen here, views only use them."""

from collections.abc import Callable
from datetime import timedelta

from flask import Flask

from runtime.doorbell import Doorbell
from runtime.settings import Settings
from store.engine import Database
from web import (
    answers,
    appointment_status,
    appointments,
    bodies,
    configs,
    health,
    login,
    openapi,
    receipts,
    receive,
    status,
)
from web.bell import Bell
from web.bell import Doorbell as Rings
from web.parts import Parts
from web.tallies import Tallies
from web.writer import Writer, end_process


def create_app(
    settings: Settings,
    *,
    database: Database | None = None,
    doorbell: Rings | None = None,
    on_death: Callable[[], None] = end_process,
) -> Flask:
    """Make the app. Opens no connection: that happens at first use, after any fork of the server.

    `on_death` is what happens when this process can no longer store webhooks.
    """
    pages = database or Database(settings.database_url, size=4)
    receiver = database or Database(settings.database_url, size=2)
    parts = Parts(
        settings=settings,
        database=pages,
        writer=Writer(receiver, on_death),
        tallies=Tallies(receiver),
        bell=Bell(doorbell or Doorbell(settings.broker_url)),
    )
    app = Flask("web", static_folder=None)  # the pages have their own
    app.extensions["punctual"] = parts
    app.session_interface = login.PagesOnly()
    app.secret_key = settings.secret_key or None
    app.config.update(
        SESSION_COOKIE_NAME="punctual",
        SESSION_COOKIE_PATH="/status",
        SESSION_COOKIE_SAMESITE="Lax",  # a link from an e-mail to staff may open a page
        SESSION_COOKIE_SECURE=settings.public_url.startswith("https://"),
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=login.HOURS),
    )
    app.config["MAX_CONTENT_LENGTH"] = bodies.MOST_BYTES
    app.json.sort_keys = False  # type: ignore[attr-defined]  # the default provider has it; the base class does not say
    app.register_blueprint(receive.blueprint(parts))
    app.register_blueprint(receipts.blueprint(parts))
    app.register_blueprint(health.blueprint(parts))
    app.register_blueprint(status.blueprint(parts))
    app.register_blueprint(configs.blueprint(parts))
    app.register_blueprint(appointments.blueprint(parts))
    app.register_blueprint(appointment_status.blueprint(parts))
    app.register_blueprint(openapi.blueprint())
    answers.install(app)
    return app
