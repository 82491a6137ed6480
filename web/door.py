"""The ASGI application: webhooks are awaited by one event loop, everything else is Flask's, in threads.

A thread per webhook costs more than the webhook: 64 threads that wait for one writer fought for the interpreter, and
took 540 microseconds of it per request where this takes a third of that (docs/decisions/0010).
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
from vendors.headers import Lowered
from web import bodies
from web.api import CODES
from web.commit import Answer
from web.parts import Parts
from web.receive import JSON, LATER, Said, no, take, tell
from web.rest import Rest
from web.writer import WAIT_SECONDS, Entry

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

HOOKS = "/hooks/"
RAW = [[(name.lower().encode(), value.encode()) for name, value in each.items()] for each in (JSON, LATER)]
PATIENCE_SECONDS = WAIT_SECONDS / 16
"""How exactly a sender's wait is ended: one timer for all costs less than one for each."""


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
        await send({"type": "http.response.start", "status": said.status, "headers": RAW[said.status == 503]})
        await send({"type": "http.response.body", "body": said.body})

    def _connection(self, scope: Scope) -> ConnectionSettings | None:
        """Whose webhook it is; None for what Flask answers, refusals included."""
        path = scope["path"]
        if scope["method"] != "POST" or not path.startswith(HOOKS):
            return None
        found = self._parts.settings.connections.get(path[len(HOOKS) :])
        return found if found is not None and found.webhook.scheme is not Scheme.NONE else None

    async def _hook(self, settings: ConnectionSettings, scope: Scope, body: bytes) -> Said:
        headers = Lowered([(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]])
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

    __slots__ = ("_mail", "told", "until")

    def __init__(self, arrivals: Sequence[Arrival], size: int, mail: "Mail") -> None:
        super().__init__(arrivals, size)
        self._mail = mail
        self.told: asyncio.Future[list[bool] | Answer] = mail.loop.create_future()
        self.until = mail.loop.time() + WAIT_SECONDS
        mail.expect(self)

    def settle(self, result: list[bool] | Answer) -> None:
        """Called by the writer's thread."""
        self.result = result
        self._mail.put(self)

    def arrive(self) -> None:
        """In the event loop: what was settled is told."""
        if not self.told.done() and self.result is not None:
            self.told.set_result(self.result)

    def leave(self) -> None:
        """In the event loop: its time is up, unless it was told."""
        if not self.told.done():
            self.left = True
            self.told.set_result(Answer.UNAVAILABLE)


class Mail:
    """From the writer's thread to the event loop, with one wake-up for a whole batch."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._settled: deque[Awaited] = deque()
        self._called = False
        self._expected: deque[Awaited] = deque()
        self._looks = False

    def expect(self, entry: Awaited) -> None:
        """In the event loop: it is told something before its time is up."""
        self._expected.append(entry)
        if not self._looks:
            self._looks = True
            self.loop.call_later(PATIENCE_SECONDS, self._look)

    def _look(self) -> None:
        """Those came first whose time is up first."""
        soon = self.loop.time() + PATIENCE_SECONDS
        while self._expected and (self._expected[0].told.done() or self._expected[0].until < soon):
            self._expected.popleft().leave()
        self._looks = bool(self._expected)
        if self._looks:
            self.loop.call_later(PATIENCE_SECONDS, self._look)

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
