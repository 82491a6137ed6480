"""What a Pexip Engage connection needs and may set."""

from collections.abc import Mapping
from typing import Any

DEFAULT_BASE_URL = "https://api.pexipengage.com"

CREDENTIALS = {
    "enterprise": "the enterprise's name in the address, e.g. `acme`",
    "client_id": "OAuth2 client id",
    "client_secret": "OAuth2 client secret (client credentials)",
}

OPTIONS: dict[str, tuple[type, Any, str]] = {
    "auth_url": (str, "https://auth.pexipengage.com", "where tokens come from; without `/realms/...`"),
    "scope": (str, "", "OAuth2 scopes to ask for, separated by spaces; empty: whatever the client has"),
    "accept_language": (str, "en *", "Accept-Language of every call"),
    "accept_invites": (bool, False, "a patient's yes accepts an OUTGOING_INVITE at Pexip"),
    "page_size": (int, 25, "records per call, 1 to 100; 25 is documented as the default, no maximum is documented"),
}

MOST_PER_PAGE = 100


def check_options(options: Mapping[str, Any]) -> list[str]:
    """What is wrong with them, in words that name the key and what was expected."""
    problems = [f"options.{name}: unknown; known are {', '.join(OPTIONS)}" for name in options if name not in OPTIONS]
    for name, (kind, _, _) in OPTIONS.items():
        if name in options and type(options[name]) is not kind:
            problems.append(f"options.{name}: expected a {kind.__name__}")
    size = options.get("page_size", 1)
    if type(size) is int and not 1 <= size <= MOST_PER_PAGE:
        problems.append(f"options.page_size: expected 1 to {MOST_PER_PAGE}")
    address = options.get("auth_url", "https://")
    if isinstance(address, str) and not address.startswith(("https://", "http://")):
        problems.append("options.auth_url: expected an address that starts with https://")
    return problems


def option(options: Mapping[str, Any], name: str) -> Any:
    """The connection's own value, else the default."""
    return options.get(name, OPTIONS[name][1])
