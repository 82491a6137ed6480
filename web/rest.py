"""Calls the Flask application from an event loop: whole bodies in, whole answers out, each in a thread of a few."""

import asyncio
import io
import sys
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from flask import Flask

THREADS = 16  # pages, receipts and the API; each waits for the database

Answer = tuple[int, list[tuple[bytes, bytes]], bytes]


class Rest:
    """What is not a webhook. Its threads start with the first such request."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._pool = ThreadPoolExecutor(THREADS, "web-rest")

    async def __call__(
        self,
        scope: MutableMapping[str, Any],
        body: bytes,
        send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ) -> None:
        loop = asyncio.get_running_loop()
        status, headers, said = await loop.run_in_executor(self._pool, self._call, environ(scope, body))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": said})

    def _call(self, environ: dict[str, Any]) -> Answer:
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start(status: str, headers: list[tuple[str, str]], _error: object = None) -> Callable[[bytes], object]:
            started[:] = [(status, headers)]
            return lambda _: None  # PEP 3333's `write`, which Flask never calls

        parts: Iterable[bytes] = self._app(environ, start)
        try:
            said = b"".join(parts)
        finally:
            if hasattr(parts, "close"):
                parts.close()
        status, headers = started[0]
        raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        return int(status[:3]), raw, said


def environ(scope: MutableMapping[str, Any], body: bytes) -> dict[str, Any]:
    """The scope of ASGI as the environment of PEP 3333. Repeated headers are joined, cookies with their own sign."""
    host, port = scope.get("server") or ("localhost", 80)
    client = scope.get("client") or ("", 0)
    found: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode("utf-8", "surrogateescape").decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": client[0],
        "REMOTE_PORT": str(client[1]),
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").upper().replace("-", "_"), raw_value.decode("latin-1")
        if name in {"CONTENT_LENGTH", "TRANSFER_ENCODING"}:
            continue  # the body is whole, and counted above
        key = name if name == "CONTENT_TYPE" else f"HTTP_{name}"
        joined = "; " if key == "HTTP_COOKIE" else ","
        found[key] = f"{found[key]}{joined}{value}" if key in found else value
    return found
