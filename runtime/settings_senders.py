"""The `[senders.NAME]` tables."""

from typing import NamedTuple

from rules.senders import SenderSettings
from runtime import checks
from runtime.reading import Table
from runtime.settings import Hidden


class Kind(NamedTuple):
    """What a kind of sender needs."""

    base_url: str
    credentials: tuple[str, ...]
    options: tuple[str, ...] = ()


KINDS = {
    "twilio": Kind("https://api.twilio.com", ("account_sid", "auth_token")),
    "vonage": Kind("https://rest.nexmo.com", ("api_key", "api_secret", "signature_secret")),
    "console": Kind("", ()),
}

SECRET_WORDS = ("key", "token", "secret", "password")


def is_secret(credential: str) -> bool:
    """An id may stand in the file, what proves it may not."""
    return any(word in credential for word in SECRET_WORDS)


def read(name: str, table: Table) -> SenderSettings | None:
    """One sender; None where not even its kind is known."""
    if problem := checks.name(name):
        table.source.complain(table.place, f"expected a name of {problem}")
    kind_name = table.choice("kind", tuple(KINDS))
    kind = KINDS.get(kind_name)
    if kind is None:
        return None
    numbers = table.texts("numbers", check=checks.sending_number)
    base_url = table.text("base_url", kind.base_url, check=checks.address if kind.base_url else None).rstrip("/")
    sandbox = checks.is_loopback(base_url) or not kind.base_url
    if not numbers:
        table.complain("numbers", "missing: expected a list with the numbers that texts come from")
    found = credentials(table, kind.credentials, literal=sandbox)
    options = table.table("options")
    chosen = {key: options.raw(key) for key in kind.options if key in options} if options else {}
    if options:
        options.close()
    table.close()
    return SenderSettings(
        name=name,
        kind=kind_name,
        numbers=numbers,
        base_url=base_url,
        credentials=found,
        options={**chosen, **({"sandbox": True} if sandbox else {})},
    )


def credentials(table: Table, names: tuple[str, ...], *, literal: bool) -> Hidden:
    """All of them, each by reference unless it is an id or for the sandbox."""
    given = table.table("credentials") or Table(table.source, f"{table.place}.credentials", {})
    found = {name: given.secret(name, literal=literal or not is_secret(name)) for name in names}
    given.close()
    return Hidden(found)
