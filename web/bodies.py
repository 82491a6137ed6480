"""Reads a request's body whole, or not at all: a part of it must not pass as the whole where nothing signs it."""

from flask import Request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

MOST_BYTES = 1024 * 1024


def read(request: Request) -> bytes:
    """The raw bytes.

    Werkzeug ends a chunked body that is too long at its limit without a word; hence the limit of one byte more.

    Raises:
        RequestEntityTooLarge: above 1 MiB, announced or not.
        BadRequest: the sender went away in the middle.
    """
    request.max_content_length = MOST_BYTES + 1
    body = request.get_data(cache=False)
    if len(body) > MOST_BYTES:
        raise RequestEntityTooLarge
    if request.content_length is not None and len(body) != request.content_length:
        raise BadRequest
    return body
