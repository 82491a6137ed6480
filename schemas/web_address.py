"""What is an address that somebody may be told at."""

import ipaddress
import re
from urllib.parse import urlsplit

EXPECTED = "an address such as https://example.com"


def problem(value: str, *, query: bool = False) -> str:
    """What would be expected instead; empty where it is one. https, or http on this machine: secrets travel with it.

    `query`: it may carry one.
    """
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return EXPECTED
    if parts.scheme not in {"https", "http"} or not host or re.search(r"\s", value):
        return EXPECTED
    if parts.username is not None or parts.password is not None:
        return "an address without a user and password in it"
    if parts.fragment or (parts.query and not query):
        return "an address without #" if query else "an address without ? and #"
    if parts.scheme == "http" and not is_loopback(value):
        return "an address that starts with https:// (http:// only on this machine)"
    return ""


def is_loopback(value: str) -> bool:
    """Whether an address leads to this machine by its spelling alone; names are not resolved."""
    try:
        host = urlsplit(value).hostname or ""
    except ValueError:
        return False
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
