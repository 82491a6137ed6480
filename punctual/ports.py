"""Ports of this machine's loopback: the usual one, the next free one, or the one that was asked for."""

import socket
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


def choose(name: str, environ: Mapping[str, str]) -> int:
    """The port for one of USUAL.

    Raises:
        PortTaken: the environment names one that is in use, or no port.
    """
    asked = environ.get(name)
    if asked:
        if not asked.isdecimal() or not 0 < int(asked) < 65536:
            raise PortTaken(f"{name} is {asked!r}: expected a port, 1 to 65535")
        if not is_free(int(asked)):
            raise PortTaken(f"{name} is {asked}, and another program listens there; name another port or none")
        return int(asked)
    usual = USUAL[name]
    return next((port for port in range(usual, usual + TRIED) if is_free(port)), 0) or any_free()
