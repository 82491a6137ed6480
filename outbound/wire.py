"""The socket under the client: every wait is clipped to what is left of the call, and the first byte is noticed.

httpx and httpcore have timeouts per read and per write only, so a peer that drips one byte at a time holds a thread for
as long as it likes. Here connect, TLS, each write and each read share one deadline.
"""

import select
import socket
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import httpcore

from outbound.addresses import is_public, resolve
from outbound.clock import boottime
from rules.errors import Permanent

MOST_HELD = 64 * 1024
"""Bytes of a request that wait for the rest of it. Hardly any is longer."""


@dataclass(slots=True)
class Call:
    """One request on its way. Instants are `boottime()` seconds."""

    deadline: float
    send_by: float | None = None
    written: bool = False
    """Whether the kernel has taken any byte of the request: before that it is proven not to have left."""

    def left(self) -> float:
        return self.deadline - boottime()


class Wire(httpcore.NetworkBackend):
    """The network of one thread: it has at most one call at a time."""

    def __init__(self, *, public_only: bool) -> None:
        self.public_only = public_only
        self.call = Call(deadline=0.0)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 the call's own deadline is the only one
        local_address: str | None = None,  # noqa: ARG002 part of the base class, never set by us
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002 same
    ) -> httpcore.NetworkStream:
        """Connect to an address that was looked at, so that a name cannot lead elsewhere a moment later."""
        addresses = resolve(host, port, self.call.left())
        if self.public_only and not all(map(is_public, addresses)):
            raise Permanent("the address is not a public one")
        problem: OSError | None = None
        for place, address in enumerate(addresses):
            left = self.call.left()
            if left <= 0:
                break
            try:
                # Shared out, so that one dead address (often v6) leaves time for the others.
                sock = socket.create_connection((address, port), timeout=left / (len(addresses) - place))
            except OSError as error:
                problem = error
                continue
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return Stream(sock, self)
        raise httpcore.ConnectError("no connection") from problem


class Stream(httpcore.NetworkStream):
    """One connection. It may outlive the call that opened it; the deadline is always the present call's."""

    def __init__(self, sock: socket.socket, wire: Wire) -> None:
        self._sock = sock
        self._wire = wire
        self._held = bytearray()

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 see connect_tcp
        self._flush()
        left = self._wire.call.left()
        if left <= 0:
            raise httpcore.ReadTimeout("the call's time is up")
        try:
            self._sock.settimeout(left)
            return self._sock.recv(max_bytes)
        except TimeoutError as error:
            raise httpcore.ReadTimeout("the call's time is up") from error
        except OSError as error:
            raise httpcore.ReadError("the connection broke") from error

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 see connect_tcp
        """Held until the answer is waited for: httpcore writes head and body apart, and each would be a packet."""
        self._held += buffer
        if len(self._held) > MOST_HELD:
            self._flush()

    def _flush(self) -> None:
        call = self._wire.call
        rest = memoryview(bytes(self._held))
        self._held.clear()
        while rest:
            now = boottime()
            if now >= call.deadline or (not call.written and call.send_by is not None and now > call.send_by):
                raise httpcore.WriteTimeout("too late to write")
            try:
                self._sock.settimeout(call.deadline - now)
                rest = rest[self._sock.send(rest) :]
            except TimeoutError as error:
                raise httpcore.WriteTimeout("the call's time is up") from error
            except OSError as error:
                if call.written:
                    return  # who has read enough may have answered before it hung up
                raise httpcore.WriteError("the connection broke") from error
            call.written = True  # after the send: one that failed at once has put nothing whole on the network

    def close(self) -> None:
        self._sock.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002 see connect_tcp
    ) -> httpcore.NetworkStream:
        left = self._wire.call.left()
        try:
            if left <= 0:
                raise httpcore.ConnectTimeout("the call's time is up")
            # The socket's timeout bounds the handshake as a whole: CPython keeps one deadline over it.
            self._sock.settimeout(left)
            return Stream(ssl_context.wrap_socket(self._sock, server_hostname=server_hostname), self._wire)
        except TimeoutError as error:
            self.close()
            raise httpcore.ConnectTimeout("the call's time is up") from error
        except OSError as error:
            self.close()
            raise httpcore.ConnectError("no TLS connection") from error

    def get_extra_info(self, info: str) -> Any:
        """What httpcore asks before it uses an idle connection again: has the peer hung up (or spoken unasked)?"""
        if info == "ssl_object" and isinstance(self._sock, ssl.SSLSocket):
            return self._sock
        if info == "socket":
            return self._sock
        if info == "is_readable":
            if self._sock.fileno() < 0:
                return True
            poll = select.poll()
            poll.register(self._sock, select.POLLIN)
            return bool(poll.poll(0))
        return None
