"""A webhook receiver as in a tutorial: verify, INSERT, `delay()`, 202. With TEXTBOOK_STORES=no it only verifies.

Well configured: a pool of connections, an index that refuses duplicates, a Celery that does not retry publishing for
ever and keeps no results.
"""

import json
import os
from functools import cache

from flask import Flask, Response, jsonify, request
from psycopg_pool import ConnectionPool
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from benchmarks.textbook.tasks import process_event

STORES = os.environ.get("TEXTBOOK_STORES", "yes") == "yes"
INSERT = """
    INSERT INTO textbook_events (connection, key, kind, body) VALUES (%s, %s, %s, %s)
    ON CONFLICT (connection, key) DO NOTHING RETURNING id
"""
CONNECTIONS = {name: Webhook(os.environ["TEXTBOOK_SECRET"]) for name in os.environ["TEXTBOOK_CONNECTIONS"].split(",")}

app = Flask("textbook")


@cache
def pool() -> ConnectionPool:
    """Made at first use: after any fork."""
    size = int(os.environ.get("TEXTBOOK_POOL", "16"))
    return ConnectionPool(os.environ["TEXTBOOK_DATABASE"], min_size=1, max_size=size, open=True)


@app.post("/hooks/<connection>")
def receive(connection: str) -> tuple[Response, int]:
    webhook = CONNECTIONS.get(connection)
    if webhook is None:
        return jsonify(error="unknown connection"), 404
    body = request.get_data()
    try:
        webhook.verify(body, dict(request.headers.items()))
    except WebhookVerificationError:
        return jsonify(error="not proven"), 401
    event = json.loads(body)
    if STORES:
        key, kind = request.headers["webhook-id"], event["type"]
        with pool().connection() as tx:
            row = tx.execute(INSERT, (connection, key, kind, body)).fetchone()
        if row is not None:
            process_event.delay(row[0])
    return jsonify(accepted=1), 202


@app.get("/health")
def health() -> str:
    return "ok"
