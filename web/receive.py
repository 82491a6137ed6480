"""`POST /hooks/<connection>`: prove it, find out where to look, store it, answer, ring. Nothing in it is believed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Blueprint, Response, request

from rules.vendors import Notice
from runtime import names
from runtime.settings import ConnectionSettings, Scheme
from store.events import Arrival
from vendors import signatures
from vendors.headers import Lowered, lowered
from vendors.signatures import Proof
from vendors.webhooks import PARSERS
from web import bodies, keys, metrics
from web.answers import RETRY_SECONDS
from web.commit import Answer
from web.parts import Parts

JSON = {"Content-Type": "application/json"}
LATER = {**JSON, "Retry-After": str(RETRY_SECONDS)}


@dataclass(frozen=True, slots=True)
class Said:
    """What is answered. `body` is JSON."""

    status: int
    body: bytes

    @property
    def headers(self) -> dict[str, str]:
        return LATER if self.status == 503 else JSON


def no(status: int, error: str, message: str) -> Said:
    """`error` is one closed word for programs, `message` a sentence for people."""
    return Said(status, json.dumps({"error": error, "message": message}).encode())


def blueprint(parts: Parts) -> Blueprint:
    """The receiver's one route, on these parts. `web.door` serves it without a thread per request."""
    routes = Blueprint("receive", __name__)

    @routes.post("/hooks/<connection>", provide_automatic_options=False)
    def receive(connection: str) -> Response:
        said = closed(parts, connection) or _store(parts, parts.settings.connections[connection])
        return Response(said.body, said.status, headers=said.headers)

    return routes


def closed(parts: Parts, connection: str) -> Said | None:
    """Why nothing is received under this name; None when something is."""
    settings = parts.settings.connections.get(connection)
    if settings is None:
        metrics.webhooks("", "unknown_connection").inc()
        return no(404, "unknown_connection", "No connection has this name.")
    if settings.webhook.scheme is Scheme.NONE:
        return no(404, "no_webhook", "This connection takes no webhooks; its vendor is polled.")
    return None


def _store(parts: Parts, settings: ConnectionSettings) -> Said:
    body = bodies.read(request)
    taken = take(parts, settings, lowered(dict(request.headers.items())), body)
    return taken if isinstance(taken, Said) else tell(parts, settings.name, parts.writer.store(taken, len(body)))


def take(parts: Parts, settings: ConnectionSettings, headers: Lowered, body: bytes) -> list[Arrival] | Said:
    """What to store of one request, or why nothing. Never waits."""
    now = datetime.now(UTC)
    proof = prove(settings, headers, body, now)
    if not proof.ok:
        return _refuse(parts, settings.name, proof)
    _count_proof(parts, settings.name, proof)
    return read(settings, headers, body, now)


def tell(parts: Parts, connection: str, told: list[bool] | Answer) -> Said:
    """Once the writer has spoken: the answer, and the doorbell. Never waits."""
    if isinstance(told, Answer):
        metrics.webhooks(connection, told.value).inc()
        if told is Answer.UNSTORABLE:
            return no(400, "unstorable", "It names something that cannot be stored.")
        return no(503, "unavailable", "It could not be stored just now; send it again.")
    parts.bell.ring(names.APPOINTMENTS_SYNC, connection)
    accepted = sum(told)
    metrics.webhooks(connection, "accepted" if accepted else "duplicate").inc()
    return Said(202, b'{"accepted": %d, "duplicates": %d}\n' % (accepted, len(told) - accepted))


def prove(settings: ConnectionSettings, headers: Mapping[str, str], body: bytes, now: datetime) -> Proof:
    """Check the signature by the connection's scheme. `now` is this host's clock, as the sender's is its own."""
    webhook = settings.webhook
    return signatures.verify(
        webhook.scheme.value,
        webhook.secrets,
        headers,
        body,
        now=now,
        header=webhook.header,
        encoding=webhook.encoding,
        prefix=webhook.prefix,
        timestamp_header=webhook.timestamp_header,
    )


def read(settings: ConnectionSettings, headers: Mapping[str, str], body: bytes, now: datetime) -> list[Arrival]:
    """What to store: one event per notice. The body is stored once, with the first."""
    notices: Sequence[Notice] = PARSERS[settings.vendor](headers, body)
    if not notices:
        notices = [Notice(kind="empty", recognised=False)]
    return [
        Arrival(
            connection=settings.name,
            key=keys.own(notice.key, notice.kind) if notice.key else keys.of_body(body, index, now),
            has_own_id=bool(notice.key),
            kind=notice.kind,
            recognised=notice.recognised,
            body=body if index == 0 else None,
            refs=tuple(notice.refs),
            version=notice.version,
            starts_at=notice.starts_at,
        )
        for index, notice in enumerate(notices)
    ]


def _refuse(parts: Parts, connection: str, proof: Proof) -> Said:
    metrics.webhooks(connection, "rejected").inc()
    # Skew counts only where a secret matched: otherwise anybody could set it.
    parts.tallies.rejected(connection, proof.skew_seconds if proof.which is not None else None)
    return no(401, "not_proven", "The signature is missing, wrong or too old.")


def _count_proof(parts: Parts, connection: str, proof: Proof) -> None:
    parts.tallies.arrived(connection, proof.skew_seconds)
    if proof.which is not None:
        metrics.secret(connection, proof.which).inc()
    if proof.skew_seconds is not None:
        metrics.skew(connection).set(proof.skew_seconds)
