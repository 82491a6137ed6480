"""Where a host name leads, and whether a stranger may make us go there."""

import ipaddress
import socket
from queue import Empty, SimpleQueue
from threading import Thread

import httpcore

NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: the last 32 bits are a v4 address


def resolve(host: str, port: int, seconds: float) -> list[str]:
    """The addresses of `host` in the system's order, within `seconds`.

    getaddrinfo knows no deadline, so it runs in a thread that is left behind when time is up.
    """
    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        pass  # a name
    box: SimpleQueue[list[str] | OSError | UnicodeError] = SimpleQueue()

    def look() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            box.put(list(dict.fromkeys(str(entry[4][0]) for entry in found)))
        except (OSError, UnicodeError) as error:
            box.put(error)

    Thread(target=look, daemon=True, name="resolve").start()
    try:
        found = box.get(timeout=max(seconds, 0.001))
    except Empty:
        raise httpcore.ConnectTimeout("the name was not resolved in time") from None
    if isinstance(found, list):
        return found
    raise httpcore.ConnectError("the name does not resolve") from found


def is_public(address: str) -> bool:
    """Whether the internet at large would reach this address: nothing private, local, shared, mapped or reserved."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        inner = [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]
        if ip in NAT64:
            inner.append(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
        if any(v4 is not None and not is_public(str(v4)) for v4 in inner):
            return False
        if ip.scope_id is not None or ip.ipv4_mapped is not None:
            return False
    return ip.is_global and not (
        ip.is_private or ip.is_loopback or ip.is_link_local or ip.is_multicast or ip.is_reserved or ip.is_unspecified
    )
