"""Ports of this machine's loopback: the usual one, the next free one, or the one that was asked for."""

import contextlib
import socket
import sys
from collections.abc import Mapping

USUAL = {"PUNCTUAL_WEB_PORT": 8400, "PUNCTUAL_FLOWER_PORT": 8401, "PUNCTUAL_SANDBOX_PORT": 8900}
TRIED = 100  # ports above the usual one


class PortTaken(Exception):
    """Somebody listens where we were told to."""


def is_free(port: int) -> bool:
    """True when a server could listen there now."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def any_free() -> int:
    """One that the system picks."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class Ports:
    """The ports of one start, kept from other starts of ours until it ends.

    Seconds pass between choosing a port and the moment when a process listens there; two starts at the same time would
    choose the same. A name in Linux's abstract socket namespace is exclusive, has no file and is gone with its holder.
    """

    def __init__(self) -> None:
        self._kept: list[socket.socket] = []

    def choose(self, name: str, environ: Mapping[str, str]) -> int:
        """The port for one of USUAL.

        Raises:
            PortTaken: the environment names one that is in use, or no port.
        """
        asked = environ.get(name)
        if asked:
            if not asked.isdecimal() or not 0 < int(asked) < 65536:
                raise PortTaken(f"{name} is {asked!r}: expected a port, 1 to 65535")
            if not self._take(int(asked)):
                raise PortTaken(f"{name} is {asked}, and another program listens there; name another port or none")
            return int(asked)
        usual = USUAL[name]
        return next((port for port in range(usual, usual + TRIED) if self._take(port)), 0) or any_free()

    def close(self) -> None:
        """Let others have them."""
        while self._kept:
            self._kept.pop().close()

    def _take(self, port: int) -> bool:
        if not is_free(port):
            return False
        if sys.platform != "linux":
            return True
        with contextlib.ExitStack() as unless_kept:
            claim = unless_kept.enter_context(socket.socket(socket.AF_UNIX))
            try:
                claim.bind(f"\0punctual-port-{port}")
            except OSError:
                return False
            unless_kept.pop_all()
            self._kept.append(claim)
        return True
