"""`/senders/<sender>/receipts` and `/senders/<sender>/inbound`: what senders report and what people answer.

A STOP is in force before the sender has its 2xx. Everything else is settled by workers; the doorbell only hurries them.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from urllib.parse import quote

import structlog
from flask import Blueprint, Response, request
from sqlalchemy import Connection, exc

from rules.senders import SenderSettings
from runtime import names
from schemas.fields import clean_text
from senders.webhooks import WEBHOOKS, SenderWebhook
from store import inbound, receipts
from web import bodies, metrics
from web.answers import refusal, unavailable
from web.commit import is_bad_row
from web.parts import Parts

log = structlog.get_logger(__name__)

Keep = Callable[[Connection, SenderSettings, SenderWebhook, Mapping[str, str]], int]


def blueprint(parts: Parts) -> Blueprint:
    """Both routes. GET too: Vonage's dashboard may be set to it."""
    routes = Blueprint("senders", __name__)

    @routes.route("/senders/<sender>/receipts", methods=["GET", "POST"], provide_automatic_options=False)
    def receive_receipts(sender: str) -> Response:
        return _receive(parts, sender, "receipt", _keep_receipts, names.ATTEMPTS_SETTLE)

    @routes.route("/senders/<sender>/inbound", methods=["GET", "POST"], provide_automatic_options=False)
    def receive_inbound(sender: str) -> Response:
        return _receive(parts, sender, "inbound", _keep_inbound, names.REPLIES_RESOLVE)

    return routes


def _receive(parts: Parts, name: str, kind: str, keep: Keep, task: str) -> Response:
    settings = parts.settings.senders.get(name)
    if settings is None or settings.kind not in WEBHOOKS:
        return refusal(404, "unknown_sender", "No sender has this name.")
    webhook = WEBHOOKS[settings.kind]
    headers, query = dict(request.headers.items()), request.args.to_dict()
    fields = webhook.read(headers, query, bodies.read(request))
    if not webhook.verify(settings, public_address(parts.settings.public_url), headers, fields):
        metrics.CALLBACKS.labels(name, kind, "rejected").inc()
        return refusal(401, "not_proven", "The signature is missing or wrong.")
    try:
        with parts.database.begin() as tx:
            new = keep(tx, settings, webhook, fields)
    except exc.SQLAlchemyError as error:
        return _not_kept(name, kind, error)
    metrics.CALLBACKS.labels(name, kind, "stored" if new else "duplicate").inc()
    parts.bell.ring(task)
    return Response(webhook.answer, status=200, content_type=webhook.answer_type)


def _not_kept(name: str, kind: str, error: exc.SQLAlchemyError) -> Response:
    if is_bad_row(error):
        metrics.CALLBACKS.labels(name, kind, "unstorable").inc()
        return refusal(400, "unstorable", "It names something that cannot be stored.")
    log.warning("callback_not_stored", sender=name, kind=kind, error=type(error).__name__)
    metrics.CALLBACKS.labels(name, kind, "unavailable").inc()
    return unavailable()


def public_address(public_url: str) -> str:
    """The address as the sender called it, which is what it signed. What a proxy says of the host proves nothing."""
    query = request.query_string.decode("latin-1")
    return public_url.rstrip("/") + quote(request.path) + (f"?{query}" if query else "")


def _keep_receipts(tx: Connection, settings: SenderSettings, webhook: SenderWebhook, fields: Mapping[str, str]) -> int:
    told = webhook.receipts(request.args.to_dict(), fields)
    clean = [replace(each, reference=clean_text(each.reference), code=clean_text(each.code)) for each in told]
    return receipts.keep(tx, settings.name, clean)


def _keep_inbound(tx: Connection, settings: SenderSettings, webhook: SenderWebhook, fields: Mapping[str, str]) -> int:
    return inbound.keep(tx, settings.name, webhook.inbound(request.args.to_dict(), fields))
