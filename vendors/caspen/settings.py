"""What a Caspen connection needs and may set."""

from collections.abc import Mapping
from typing import Any

from rules.statuses import Status

DEFAULT_BASE_URL = "https://api.caspen.com/v1"

CREDENTIALS = {"token": "the API token; sent as `Authorization: Bearer`; it does not expire by itself"}

OPTIONS: dict[str, tuple[type, Any, str]] = {
    "statuses": (
        dict,
        {},
        f"Caspen's status words in ours ({', '.join(Status)}); only `pending` is documented, the others are unknown",
    ),
    "client_path": (
        str,
        "/clients/{id}",
        "where one client is read; an inference from the naming of the documented pages",
    ),
}


def check_options(options: Mapping[str, Any]) -> list[str]:
    """What is wrong with them, in words that name the key and what was expected."""
    problems = [f"options.{name}: unknown; known are {', '.join(OPTIONS)}" for name in options if name not in OPTIONS]
    for name, (kind, _, _) in OPTIONS.items():
        if name in options and not isinstance(options[name], kind):
            problems.append(f"options.{name}: expected a {kind.__name__}")
    statuses = options.get("statuses", {})
    if isinstance(statuses, Mapping):
        problems += [
            f"options.statuses.{word}: expected one of {', '.join(Status)}"
            for word, ours in statuses.items()
            if ours not in set(Status)
        ]
    path = options.get("client_path", "/{id}")
    if isinstance(path, str) and not (path.startswith("/") and path.count("{id}") == 1):
        problems.append("options.client_path: expected a path that starts with / and holds {id} once")
    return problems
