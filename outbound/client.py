"""The one HTTP client. A status is an answer; only the absence of one is an error here (see `fates` for the rest)."""

import base64
import contextlib
import functools
import os
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import httpcore
import httpx

from outbound.answer import Answer
from outbound.clock import boottime
from outbound.wire import Call, Wire
from rules.errors import AnswerLost, NotReached, Permanent

__all__ = ["Answer", "Client"]

MOST_BYTES = 8 * 1024 * 1024
"""No documented answer comes near this; a page of 100 Caspen records has about 100 kB."""

IDLE_SECONDS = 2.0
"""Shorter than any common server's own idle limit (gunicorn's is 2 s, node's 5 s): a connection that the server closes
while we write on it leaves us not knowing, and for a text that means never sent again."""

Primitive = str | int | float | bool | None
Params = Sequence[tuple[str, str]] | Mapping[str, str]

_here = threading.local()  # per thread: {public_only: _Line}. A pool shared by all threads costs CPU.
_making_tls = threading.Lock()


def _forget() -> None:
    """A forked process must not talk on its parent's sockets, nor wait for a thread that it does not have."""
    global _making_tls  # noqa: PLW0603
    _here.__dict__.clear()
    _making_tls = threading.Lock()


os.register_at_fork(after_in_child=_forget)


@functools.cache
def _made_tls() -> ssl.SSLContext:
    return httpx.create_ssl_context()


def _tls() -> ssl.SSLContext:
    """One for the process. Honours SSL_CERT_FILE and SSL_CERT_DIR.

    Loading the certificates takes 20 ms: forty threads that begin at one moment each did it, and the first texts of a
    worker were half a second late.
    """
    with _making_tls:
        return _made_tls()


class _Line:
    """The sockets of one thread."""

    def __init__(self, *, public_only: bool) -> None:
        self.wire = Wire(public_only=public_only)
        self.pool = httpcore.ConnectionPool(
            ssl_context=_tls(), max_connections=8, keepalive_expiry=IDLE_SECONDS, network_backend=self.wire
        )


def _line(*, public_only: bool) -> _Line:
    lines: dict[bool, _Line] = _here.__dict__.setdefault("lines", {})
    if public_only not in lines:
        lines[public_only] = _Line(public_only=public_only)
    return lines[public_only]


class _Body(httpx.SyncByteStream):
    def __init__(self, parts: Any) -> None:
        self._parts = parts

    def __iter__(self) -> Iterator[bytes]:
        yield from self._parts

    def close(self) -> None:
        self._parts.close()


class Client:
    """Calls with a total deadline. Keeps no cookies, follows no redirect, uses no proxy, repeats nothing.

    `before_call` is entered around every single HTTP request (budget and slot); what it raises passes through.
    `after_call` is shown every answer, whatever its status (a 429 concerns more than whoever asked).
    `public_only` refuses private, local and reserved addresses, for addresses that strangers may have chosen.
    """

    def __init__(
        self,
        *,
        total_seconds: float = 10.0,
        before_call: Callable[[], AbstractContextManager[None]] | None = None,
        after_call: Callable[[Answer], None] | None = None,
        public_only: bool = False,
        user_agent: str = "punctual",
    ) -> None:
        self._total_seconds = total_seconds
        self._before_call = before_call or nullcontext
        self._after_call = after_call
        self._public_only = public_only
        self._defaults = {"User-Agent": user_agent, "Accept": "application/json, */*;q=0.1"}

    def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Params | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        content: bytes | None = None,
        auth: tuple[str, str] | None = None,
        total_seconds: float | None = None,
        send_by: float | None = None,
    ) -> Answer:
        """One request, one whole answer of whatever status, within `total_seconds` (waiting for leave not counted).

        `send_by` is a value of `boottime()`; it is checked just before the first byte. Raises `NotReached` (proven not
        to have left), `AnswerLost` (written, no whole answer in time), `Permanent` (cannot be written at all, a
        forbidden address, an answer above 8 MiB).
        """
        request = self._request(method, url, headers, params, json, form, content, auth)
        with self._before_call():
            call = Call(deadline=boottime() + (total_seconds or self._total_seconds), send_by=send_by)
            line = _line(public_only=self._public_only)
            line.wire.call = call
            answer = _exchange(line.pool, request, call)
        if self._after_call is not None:
            self._after_call(answer)
        return answer

    def _request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        params: Params | None,
        json: Any,
        form: Mapping[str, str] | None,
        content: bytes | None,
        auth: tuple[str, str] | None,
    ) -> httpx.Request:
        wanted = {**self._defaults, **(headers or {})}
        if auth is not None:
            wanted["Authorization"] = "Basic " + base64.b64encode(":".join(auth).encode()).decode()
        try:
            # httpx drops the query that is in the address when it is given params.
            address = _parsed(url).copy_merge_params(httpx.QueryParams(_pairs(params))) if params else _parsed(url)
            return httpx.Request(method, address, headers=wanted, json=json, data=form, content=content)
        except (httpx.InvalidURL, UnicodeError):
            # From None: the original error quotes what was to be sent.
            raise Permanent("the request cannot be written: bad address or characters") from None


@functools.lru_cache(maxsize=256)
def _parsed(url: str) -> httpx.URL:
    """Most calls of a process go to a few addresses, and parsing one takes a tenth of a call's time."""
    return httpx.URL(url)


def _pairs(params: Params) -> list[tuple[str, Primitive]]:
    return [*(params.items() if isinstance(params, Mapping) else params)]


def _exchange(pool: httpcore.ConnectionPool, request: httpx.Request, call: Call) -> Answer:
    try:
        raw = pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.stream,
            )
        )
        headers = httpx.Headers(raw.headers)
        return Answer(raw.status, headers, _read(raw, headers, request))
    except (httpcore.UnsupportedProtocol, httpcore.LocalProtocolError) as error:
        raise Permanent(f"the request cannot be written: {type(error).__name__}") from None
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, httpx.DecodingError) as error:
        if call.written:
            raise AnswerLost(f"no whole answer: {type(error).__name__}") from error
        raise NotReached(f"not sent: {type(error).__name__}") from error


def _read(raw: httpcore.Response, headers: httpx.Headers, request: httpx.Request) -> bytes:
    """The whole body, unpacked where it came packed. The connection is let go of however it ends."""
    body = bytearray()
    with contextlib.closing(raw.stream):  # type: ignore[type-var]  # httpcore's streams have close
        parts: Any = raw.stream
        if "content-encoding" in headers:
            parts = httpx.Response(raw.status, headers=headers, stream=_Body(parts), request=request).iter_bytes()
        for part in parts:
            body += part
            if len(body) > MOST_BYTES:
                raise Permanent("the answer is larger than 8 MiB")
    return bytes(body)
