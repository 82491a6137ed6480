"""What every route of the API has in common: a key, a limit per key, bodies read whole, errors in the documented shape.

Source: vendor-docs 000 and 003. Status codes are not documented; which of ours stands for which body is an assumption.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from flask import Blueprint, Response, g, jsonify, request
from marshmallow import Schema, ValidationError
from sqlalchemy import exc
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from rules.vendors import Budget
from schemas.complaints import Complaint, complaints
from store import api_keys, budgets
from web import bodies
from web.parts import Parts

log = structlog.get_logger(__name__)

CALLS = 60
PER = timedelta(seconds=60)
"""Documented: 60 requests per minute."""
DEEPEST = 50  # levels of a body; the deepest documented place is the sixth

CODES = {
    400: ("BAD_REQUEST", "The request could not be read"),
    401: ("UNAUTHORIZED", "An API key is needed in the header x-api-key; `punctual keys create` makes one"),
    403: ("FORBIDDEN", "This API key may not do that"),
    404: ("NOT_FOUND", "There is nothing here"),
    405: ("METHOD_NOT_ALLOWED", "This method is not answered here"),
    409: ("CONFLICT", "It stands otherwise by now"),
    413: ("PAYLOAD_TOO_LARGE", "The body is larger than 1 MiB"),
    500: ("INTERNAL_ERROR", "This is our fault; it was logged"),
    503: ("SERVICE_UNAVAILABLE", "It cannot be answered just now; ask again"),
}
RETRY_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose key it is. `connection` None: all of them."""

    digest: str
    name: str
    connection: str | None

    @property
    def mark(self) -> str:
        """What is kept of a key beside what it did."""
        return f"key:{self.digest[:16]}"


class Refused(Exception):
    """An answer that is no success, on its way out."""

    def __init__(self, answer: Response) -> None:
        super().__init__(answer.status)
        self.answer = answer


def problem(status: int, message: str = "", **more: Any) -> Response:
    """The documented body of every error: message and code."""
    code, usual = CODES.get(status, ("REFUSED", "It was refused"))
    answer = jsonify({"message": message or usual, "code": code, **more})
    answer.status_code = status
    if status == 503:
        answer.headers["Retry-After"] = str(RETRY_SECONDS)
    return answer


def refuse(status: int, message: str = "") -> Refused:
    return Refused(problem(status, message))


def invalid(errors: list[Complaint], **more: Any) -> Refused:
    """422 with what is wrong, place by place."""
    answer = jsonify(
        {"message": "Request validation failed", "code": "VALIDATION_ERROR", "errors": errors, **more},
    )
    answer.status_code = 422
    return Refused(answer)


def refused_by_server(error: HTTPException) -> Response:
    """What the framework itself refuses below /v2/: no such path, no such method, a body cut off."""
    status = 413 if isinstance(error, RequestEntityTooLarge) else error.code or 500
    answer = problem(status)
    if methods := getattr(error, "valid_methods", None):
        answer.headers["Allow"] = ", ".join(sorted(methods))
    return answer


def blueprint(name: str, parts: Parts, prefix: str = "/v2") -> Blueprint:
    """Routes that nobody reaches without a key. `/v2` is the documented API, `/v1` what is ours alone."""
    routes = Blueprint(name, __name__, url_prefix=prefix)

    @routes.before_request
    def _admit() -> None:
        g.caller = admit(parts)

    @routes.errorhandler(Refused)
    def _refused(refused: Refused) -> Response:
        return refused.answer

    @routes.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response:
        return refused_by_server(error)

    @routes.errorhandler(exc.OperationalError)
    @routes.errorhandler(exc.TimeoutError)
    def _away(error: Exception) -> Response:
        log.warning("database_away", error=type(error).__name__)
        return problem(503)

    @routes.errorhandler(Exception)
    def _broken(error: Exception) -> Response:
        log.error("request_broke", error=type(error).__name__, exc_info=error)
        return problem(500)

    return routes


def admit(parts: Parts) -> Caller:
    """Whose key this is, and whether it may ask once more in this minute."""
    key = request.headers.get("x-api-key", "")
    with parts.database.begin() as tx:
        row = api_keys.find(tx, key)
    if row is None:
        raise refuse(
            401, "This API key is not known, or it was revoked; `punctual keys create` makes one" if key else ""
        )
    if row.connection is not None and row.connection not in parts.settings.connections:
        raise refuse(403, "The connection of this API key is no longer configured")
    with parts.database.begin() as tx:
        granted, wait = budgets.take_share(tx, f"api/{row.digest[:16]}", Budget(CALLS, PER), CALLS)
    if not granted:
        raise Refused(_too_many(math.ceil(wait)))
    return Caller(row.digest, row.name, row.connection)


def _too_many(seconds: int) -> Response:
    answer = jsonify({"message": "Rate limit exceeded", "code": "RATE_LIMIT_EXCEEDED", "retryAfter": seconds})
    answer.status_code = 429
    answer.headers["Retry-After"] = str(seconds)
    return answer


def caller() -> Caller:
    """Who is asking this request."""
    found: Caller = g.caller
    return found


def read_body() -> Any:
    """The JSON of the body, whatever its content type says."""
    raw = bodies.read(request)
    try:
        said = json.loads(raw, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise refuse(400, _no_json(raw, error)) from None
    if _is_too_deep(said):
        raise refuse(400, f"The body is nested more than {DEEPEST} levels deep")
    return said


def _no_json(raw: bytes, error: Exception) -> str:
    """With the place, and without a word of what was sent."""
    if not raw.strip():
        return "The body is empty: a JSON object is expected, {} at least"
    if isinstance(error, json.JSONDecodeError):
        return f"The body is not JSON: line {error.lineno}, column {error.colno}: {error.msg}"
    return "The body is not JSON"


def _no_constant(word: str) -> None:
    raise ValueError(word)  # Infinity and NaN are no JSON


def _is_too_deep(said: Any) -> bool:
    level = [said]
    for _ in range(DEEPEST):
        level = [
            inner
            for each in level
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return False
    return True


def load(schema: Schema, said: Any, **more: Any) -> dict[str, Any]:
    """What was sent, held to its schema; `more` are further keys of the error's body."""
    try:
        loaded: dict[str, Any] = schema.load(said)
    except ValidationError as error:
        raise invalid(complaints(schema, said, error.messages), **more) from None
    return loaded


def query(schema: Schema) -> Mapping[str, Any]:
    """The query, held to its schema. A name given twice counts with its first value."""
    return load(schema, request.args.to_dict(flat=True))
