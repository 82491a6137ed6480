"""The `[senders.NAME]` tables."""

from collections.abc import Iterable
from typing import Any

from rules.senders import SenderSettings
from runtime import checks
from runtime.reading import Table
from runtime.settings import Hidden
from schemas import web_address
from senders.webhooks import SETTINGS as KINDS
from senders.webhooks import Settings

BUDGETS = {"per_second": 1000, "per_minute": 60_000}
"""Options of every sender, with their largest value: what each of its numbers may hand over. 0 or none: no limit."""
OPTIONS = {"vonage": ("signature_method",)}
"""Further ones by kind. `sandbox` is none of them: the address says it, or a real sender could claim to be one."""

PRICE = "price_per_segment"
"""What one segment costs, for rehearsals and `max_cost_per_month`; in `currency`."""

SECRET_WORDS = ("key", "token", "secret", "password")


def is_secret(credential: str) -> bool:
    """An id may stand in the file, what proves it may not."""
    return any(word in credential for word in SECRET_WORDS)


def read(name: str, table: Table) -> SenderSettings | None:
    """One sender; None where not even its kind is known."""
    if problem := checks.name(name):
        table.source.complain(table.place, f"expected a name of {problem}")
    kind = table.choice("kind", sorted(KINDS))
    needs = KINDS.get(kind)
    if needs is None:
        return None
    default = needs.DEFAULT_BASE_URL
    numbers = table.texts("numbers", check=checks.sending_number)
    base_url = table.text("base_url", default, check=checks.address if default else None).rstrip("/")
    sandbox = web_address.is_loopback(base_url) or not default  # the console texts nobody either
    if not numbers:
        table.complain("numbers", "missing: expected a list with the numbers that texts come from")
    found = credentials(table, needs.CREDENTIALS, needs.OPTIONAL_CREDENTIALS, literal=sandbox)
    options = _options(table, kind, needs)
    table.close()
    return SenderSettings(
        name=name,
        kind=kind,
        numbers=numbers,
        base_url=base_url,
        credentials=found,
        options={**options, **({"sandbox": True} if sandbox else {})},
    )


def _options(table: Table, kind: str, needs: Settings) -> dict[str, Any]:
    inner = table.table("options")
    if inner is None:
        return {}
    options = {key: inner.raw(key) for key in OPTIONS.get(kind, ()) if key in inner}
    options |= {key: inner.whole(key, 0, 0, most) for key, most in BUDGETS.items() if key in inner}
    price = inner.amount(PRICE, most=100)
    currency = inner.text("currency", "USD", check=_currency)
    inner.close()
    if price is not None:
        return {**_checked(table, options, needs), PRICE: price, "currency": currency}
    return _checked(table, options, needs)


def _currency(value: str) -> str:
    return "" if len(value) == 3 and value.isascii() and value.isupper() else "a currency such as USD or EUR"


def _checked(table: Table, options: dict[str, Any], needs: Settings) -> dict[str, Any]:
    for problem in needs.check_options(options):
        where, _, what = problem.partition(": ")
        table.complain(where, what)
    return options


def credentials(table: Table, needed: Iterable[str], optional: Iterable[str] = (), *, literal: bool) -> Hidden:
    """All of them, each by reference unless it is an id or for the sandbox."""
    given = table.table("credentials") or Table(table.source, f"{table.place}.credentials", {})
    names = [*needed, *(name for name in optional if name in given)]
    found = {name: given.secret(name, literal=literal or not is_secret(name)) for name in names}
    for name in optional:
        given.raw(name)  # known, though not given
    given.close()
    return Hidden(found)
