"""One cheap call to each vendor and sender that proves the credentials. What they say of people is not shown."""

from typing import Protocol

from outbound.client import Client
from punctual.doctor.finding import Finding, fail, ok, warn
from rules.errors import Fate, NeedsPerson, NoLeave, Permanent
from rules.senders import SenderSettings
from runtime.settings import ConnectionSettings
from runtime.wiring import Wiring

CALL_SECONDS = 10.0


class Checked(Protocol):
    """A vendor's API or a sender's."""

    def check(self) -> str: ...


def vendor(connection: ConnectionSettings, wiring: Wiring | None) -> Finding:
    """`wiring` None: the database is away, and with it the budget that counts our calls; one more does no harm."""
    from vendors import apis

    if wiring is not None:
        return checked(connection.name, "vendor", wiring.vendor(connection.name), f"connections.{connection.name}")
    client = Client(total_seconds=CALL_SECONDS)
    api = apis.APIS[connection.vendor](connection.adapter, client)
    return checked(connection.name, "vendor", api, f"connections.{connection.name}")


def sender(settings: SenderSettings) -> Finding:
    from senders import apis

    api = apis.APIS[settings.kind](settings, Client(total_seconds=CALL_SECONDS))
    return checked(settings.name, "sender", api, f"senders.{settings.name}")


def checked(about: str, whom: str, api: Checked, block: str) -> Finding:
    """What the call came to, in words of ours."""
    try:
        return ok(about, api.check())
    except NoLeave:
        return warn(about, f"the {whom} was not asked: its budget is used up for the moment", "look again in a minute")
    except NeedsPerson as problem:
        return fail(
            about, f"the {whom} refuses the credentials: {problem}", f"mend credentials of [{block}], start again"
        )
    except Permanent as problem:
        return fail(about, f"the {whom} answered: {problem}", f"look at base_url, the ids and the options of [{block}]")
    except Fate as trouble:
        return warn(about, f"the {whom} does not answer: {trouble}", "look at its status page; we keep asking")
