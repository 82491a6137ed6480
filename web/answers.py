"""What callers that are machines get to read: one JSON shape for every answer that is not a success."""

import structlog
from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from web import api

log = structlog.get_logger(__name__)

RETRY_SECONDS = 5  # a restarted database is back in less; vendors that obey no header use longer steps anyway

MESSAGES = {
    400: ("bad_request", "The request could not be read."),
    404: ("not_found", "There is nothing here."),
    405: ("method_not_allowed", "This method is not answered here."),
    413: ("too_large", "The body is larger than 1 MiB."),
    429: ("too_many", "Too many tries; wait a minute."),
}


def refusal(status: int, error: str, message: str) -> Response:
    """`error` is one closed word for programs, `message` a sentence for people."""
    answer = jsonify(error=error, message=message)
    answer.status_code = status
    if status == 503:
        answer.headers["Retry-After"] = str(RETRY_SECONDS)
    return answer


def unavailable() -> Response:
    return refusal(503, "unavailable", "It could not be stored just now; send it again.")


def install(app: Flask) -> None:
    """No traceback and no HTML for a machine, whatever happens."""

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Response:
        if request.path.startswith("/v2/"):
            return api.refused_by_server(error)  # documented bodies
        status = error.code or 500
        if isinstance(error, RequestEntityTooLarge):
            status = 413
        word, message = MESSAGES.get(status, ("refused", error.name + "."))
        answer = refusal(status, word, message)
        valid_methods = getattr(error, "valid_methods", None)
        if valid_methods:
            answer.headers["Allow"] = ", ".join(sorted(valid_methods))
        return answer

    @app.errorhandler(Exception)
    def broken(error: Exception) -> Response:
        log.error("request_broke", error=type(error).__name__, exc_info=error)
        return refusal(500, "internal", "This is our fault; it was logged.")
