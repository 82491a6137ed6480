"""An answer that ends a request early, in the words of whoever was asked."""

from collections.abc import Mapping
from typing import Any

from flask import Response, jsonify, request

Record = dict[str, Any]


class Refusal(Exception):
    """Raised anywhere below a view; the application renders it as JSON."""

    def __init__(self, status: int, body: Record, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = body
        self.headers = dict(headers or {})

    def response(self) -> Response:
        answer = jsonify(self.body)
        answer.status_code = self.status
        answer.headers.update(self.headers)
        return answer


def no(message: str, status: int = 400) -> Refusal:
    """A refusal of the control API."""
    return Refusal(status, {"error": message})


def sent_object() -> Record:
    """The JSON object in the request; nothing sent counts as an empty one. For the control API."""
    if not request.data:
        return {}
    sent = request.get_json(silent=True, force=True)
    if not isinstance(sent, dict):
        raise no("the body must be a JSON object")
    return sent
