"""The ASGI application: webhooks are awaited by one event loop, everything else is Flask's, in threads.

A thread per webhook costs more than the webhook: 64 threads that wait for one writer fought for the interpreter, and
took 540 microseconds of it per request where this takes 190 (docs/decisions/0010).
"""

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from contextlib import suppress
from typing import Any

from flask import Flask

from runtime.settings import ConnectionSettings, Scheme
from store.events import Arrival
from web import bodies
from web.api import CODES
from web.commit import Answer
from web.parts import Parts
from web.receive import Said, no, take, tell
from web.rest import Rest
from web.writer import WAIT_SECONDS, Entry

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

HOOKS = "/hooks/"


class Gone(Exception):
    """The sender went away in the middle."""


class Door:
    """`app` is the Flask application of `web.app`; its parts are used by both."""

    def __init__(self, app: Flask) -> None:
        self._parts: Parts = app.extensions["punctual"]
        self._rest = Rest(app)
        self._mail: Mail | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        try:
            body = await read(scope, receive)
        except Gone:
            return  # nobody is there to be answered
        settings = self._connection(scope)
        if body is None:
            said = too_large(scope["path"])
        elif settings is None:
            await self._rest(scope, body, send)
            return
        else:
            said = await self._hook(settings, scope, body)
        headers = [(name.lower().encode(), value.encode()) for name, value in said.headers.items()]
        await send({"type": "http.response.start", "status": said.status, "headers": headers})
        await send({"type": "http.response.body", "body": said.body})

    def _connection(self, scope: Scope) -> ConnectionSettings | None:
        """Whose webhook it is; None for what Flask answers, refusals included."""
        path = scope["path"]
        if scope["method"] != "POST" or not path.startswith(HOOKS):
            return None
        found = self._parts.settings.connections.get(path[len(HOOKS) :])
        return found if found is not None and found.webhook.scheme is not Scheme.NONE else None

    async def _hook(self, settings: ConnectionSettings, scope: Scope, body: bytes) -> Said:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        taken = take(self._parts, settings, headers, body)
        if isinstance(taken, Said):
            return taken
        return tell(self._parts, settings.name, await self._stored(taken, len(body)))

    async def _stored(self, arrivals: Sequence[Arrival], size: int) -> list[bool] | Answer:
        if self._mail is None:
            self._mail = Mail(asyncio.get_running_loop())
        entry = Awaited(arrivals, size, self._mail)
        if not self._parts.writer.enter(entry):
            return Answer.UNAVAILABLE
        return await entry.told


def too_large(path: str) -> Said:
    """Below `/v2/` in the documented shape, elsewhere in ours."""
    code, message = CODES[413]
    if path.startswith("/v2/"):
        return Said(413, json.dumps({"message": message, "code": code}).encode())
    return no(413, "too_large", f"{message}.")


async def read(scope: Scope, receive: Receive) -> bytes | None:
    """The whole body; None above 1 MiB, announced or not. Raises `Gone` for a part of one."""
    announced = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    if not announced.isdigit() or int(announced) > bodies.MOST_BYTES:
        return None
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise Gone
        part = message.get("body", b"")
        size += len(part)
        if size > bodies.MOST_BYTES:
            return None
        parts.append(part)
        more = message.get("more_body", False)
    return parts[0] if len(parts) == 1 else b"".join(parts)


class Awaited(Entry):
    """One request that the event loop waits for."""

    __slots__ = ("_mail", "_patience", "told")

    def __init__(self, arrivals: Sequence[Arrival], size: int, mail: "Mail") -> None:
        super().__init__(arrivals, size)
        self._mail = mail
        self.told: asyncio.Future[list[bool] | Answer] = mail.loop.create_future()
        self._patience = mail.loop.call_later(WAIT_SECONDS, self.leave)

    def settle(self, result: list[bool] | Answer) -> None:
        """Called by the writer's thread."""
        self.result = result
        self._mail.put(self)

    def arrive(self) -> None:
        """In the event loop: what was settled is told."""
        self._patience.cancel()
        if not self.told.done() and self.result is not None:
            self.told.set_result(self.result)

    def leave(self) -> None:
        self.left = True
        if not self.told.done():
            self.told.set_result(Answer.UNAVAILABLE)


class Mail:
    """From the writer's thread to the event loop, with one wake-up for a whole batch."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._settled: deque[Awaited] = deque()
        self._called = False

    def put(self, entry: Awaited) -> None:
        self._settled.append(entry)
        if not self._called:
            self._called = True
            with suppress(RuntimeError):  # the loop has ended, and with it all who waited
                self.loop.call_soon_threadsafe(self._bring)

    def _bring(self) -> None:
        self._called = False  # before the deque is emptied: what is put after this calls again
        while self._settled:
            self._settled.popleft().arrive()
