"""Whether this process lives, whether it can do its work, and its counters."""

import hmac
import ipaddress
import os
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
import structlog
from flask import Blueprint, Response, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy import exc

from runtime.observe import counters_text
from store import migrate, overview
from store.engine import Database
from web import metrics
from web.answers import refusal
from web.parts import Parts

log = structlog.get_logger(__name__)

LOOK_SECONDS = 1.0
TOKEN = "PUNCTUAL_METRICS_TOKEN"  # noqa: S105 the name of a variable, not its value


def blueprint(parts: Parts) -> Blueprint:
    routes = Blueprint("health", __name__)
    look = Look(parts.database)

    @routes.get("/health/live")
    def live() -> Response:
        return jsonify(status="live")

    @routes.get("/health/ready")
    def ready() -> Response:
        trouble = parts.writer.trouble() or look.trouble()
        return refusal(503, "not_ready", trouble) if trouble else jsonify(status="ready")

    @routes.get("/metrics")
    def read_metrics() -> Response:
        if not may_read_metrics():
            return refusal(403, "forbidden", f"Counters are read from this host, or with the token in {TOKEN}.")
        _count_unconfirmed(parts)
        return Response(counters_text(), content_type=CONTENT_TYPE_LATEST)

    return routes


def _count_unconfirmed(parts: Parts) -> None:
    """The one figure that rows hold and no process counts. Where the database is away it stays as it was."""
    try:
        with parts.database.begin() as tx:
            overview.bound(tx)
            found = overview.unconfirmed(tx, datetime.now(UTC) - timedelta(days=1))
    except exc.SQLAlchemyError as error:
        log.warning("unconfirmed_not_counted", error=type(error).__name__)
        return
    for connection in parts.settings.connections:
        metrics.UNCONFIRMED.labels(connection).set(found.get(connection, 0))


def may_read_metrics() -> bool:
    """With the token from anywhere; without it only from this host itself, not through a proxy on it."""
    token = os.environ.get(TOKEN, "")
    sent = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token and hmac.compare_digest(sent.encode("latin-1", "replace"), token.encode()):
        return True
    if any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "X-Real-Ip")):
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


class Look:
    """Asks the database for a sign of life, and waits for it one second at most however it hangs."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._asking = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None
        self._pid = 0
        self._pending: Future[str] | None = None

    def trouble(self) -> str:
        """Why the database cannot be used, in words without addresses; empty when it can."""
        with self._asking:
            if self._pool is None or self._pid != os.getpid():
                self._pool, self._pid = ThreadPoolExecutor(1, "web-look"), os.getpid()
                self._pending = None
            if self._pending is None or self._pending.done():
                self._pending = self._pool.submit(self._look)
            pending = self._pending
        try:
            return pending.result(timeout=LOOK_SECONDS)
        except TooLate:
            return "the database does not answer within a second"

    def _look(self) -> str:
        try:
            with self._database.begin() as tx:
                tx.execute(sa.text("SELECT 1"))
                migrate.refuse_newer(tx)
                if migrate.current(tx) != migrate.head():
                    return "the database's schema is older than this version; migrate it"
        except migrate.NewerSchema:
            return "the database's schema is newer than this version"
        except exc.SQLAlchemyError as error:
            log.warning("database_away", error=type(error).__name__)
            return "the database cannot be reached"
        return ""
