"""Addresses that take the project's own signed callbacks, check them as a customer would, and keep them."""

import threading
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Response, jsonify, request

from sandbox import times
from sandbox.refusal import Refusal, no
from sandbox.signing import standard_is_good


@dataclass
class Sink:
    """`fail` answers the next n callbacks with `status`; they count as refused and are not kept."""

    name: str
    secret: str
    fail: int = 0
    status: int = 503
    retry_after: str | None = None
    received: list[dict[str, Any]] = field(default_factory=list)
    refused: list[dict[str, Any]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def take(self) -> Response:
        """Keeps a well-signed callback, or refuses it."""
        body = request.get_data()
        headers = {key.lower(): value for key, value in request.headers.items()}
        seen = {
            "at": times.now().isoformat(),
            "id": request.headers.get("webhook-id"),
            "raw": body.decode("utf-8", "replace"),
            "body": request.get_json(silent=True, force=True),
            "headers": headers,
        }
        with self.lock:
            if not standard_is_good(self.secret, headers, body, times.now()):
                self.refused.append({**seen, "status": 401})
                raise no("the signature does not fit", 401)
            if self.fail > 0:
                self.fail -= 1
                self.refused.append({**seen, "status": self.status})
                later = {"Retry-After": self.retry_after} if self.retry_after else None
                raise Refusal(self.status, {"error": "failing as told"}, later)
            self.received.append(seen)
        answer = jsonify({"received": seen["id"]})
        answer.status_code = 202
        return answer

    def shown(self) -> dict[str, Any]:
        with self.lock:
            return {"name": self.name, "received": list(self.received), "refused": list(self.refused)}


@dataclass
class Sinks:
    named: dict[str, Sink] = field(default_factory=dict)

    def put(self, sent: dict[str, Any]) -> Sink:
        """Registers a sink, or sets the secret and failures of one; what it holds stays."""
        if unknown := set(sent) - {"name", "secret", "fail", "status", "retry_after"}:
            raise no(f"callback sink: unknown keys {sorted(unknown)}")
        if not sent.get("name") or not sent.get("secret"):
            raise no("a callback sink needs a name and a secret")
        known = self.named.get(sent["name"])
        sink = Sink(**sent)
        if known is not None:
            sink.received, sink.refused = known.received, known.refused
        self.named[sink.name] = sink
        return sink

    def get(self, name: str) -> Sink:
        if name not in self.named:
            raise no(f"no callback sink {name}", 404)
        return self.named[name]

    def reset(self) -> None:
        for sink in self.named.values():
            sink.received, sink.refused, sink.fail = [], [], 0


def callbacks_blueprint(sinks: Sinks) -> Blueprint:
    blueprint = Blueprint("callbacks", __name__)

    @blueprint.post("/callbacks/<name>")
    def take(name: str) -> Response:
        return sinks.get(name).take()

    return blueprint
