"""What an OfficePlace connection needs and may set."""

from collections.abc import Mapping
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError

DEFAULT_BASE_URL = "https://publicapi.officeplace.global"

CREDENTIALS = {
    "tenant_id": "the tenant's id; goes into the path and the tenantId header",
    "client_id": "client id for the token",
    "client_secret": "client secret for the token",
}

OPTIONS: dict[str, tuple[type, Any, str]] = {
    "domain_id": (
        str,
        "",
        "AD tenant id, sent as domainId where it is set (the reference asks for it, the guide does not)",
    ),
    "mailboxes": (
        list,
        [],
        "AD user ids (adId), one per calendar; all are asked. Empty: adId is left out, as in the guide",
    ),
    "contact_path": (
        str,
        "attendees[0].email",
        "JMESPath from the record to the id of its contact in the directory; a list gives a seat each (inference)",
    ),
    "naive_in_time_zone": (
        bool,
        False,
        "read a time without an offset in the record's own timeZone instead of refusing it (inference)",
    ),
}


def option(options: Mapping[str, Any], name: str) -> Any:
    """The connection's own value, else the default."""
    return options.get(name, OPTIONS[name][1])


def check_options(options: Mapping[str, Any]) -> list[str]:
    """What is wrong with them, in words that name the key and what was expected."""
    problems = [f"options.{name}: unknown; known are {', '.join(OPTIONS)}" for name in options if name not in OPTIONS]
    for name, (kind, _, _) in OPTIONS.items():
        if name in options and type(options[name]) is not kind:
            problems.append(f"options.{name}: expected a {kind.__name__}")
    mailboxes = option(options, "mailboxes")
    if isinstance(mailboxes, list):
        if not all(isinstance(one, str) and one for one in mailboxes):
            problems.append("options.mailboxes: expected AD user ids, each a text")
        elif len(set(mailboxes)) != len(mailboxes):
            problems.append("options.mailboxes: one is listed twice")
    path = option(options, "contact_path")
    if isinstance(path, str):
        try:
            jmespath.compile(path)
        except JMESPathError:
            problems.append("options.contact_path: expected a JMESPath expression, such as attendees[0].email")
    return problems
