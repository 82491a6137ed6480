"""How each sender is called. Imports the HTTP client: the receiver stays away from this one."""

from collections.abc import Callable

from outbound.client import Client
from rules.senders import SenderApi, SenderSettings
from senders.console import api as console
from senders.twilio import api as twilio
from senders.vonage import api as vonage

APIS: dict[str, Callable[[SenderSettings, Client], SenderApi]] = {
    "twilio": twilio.Api,
    "vonage": vonage.Api,
    "console": console.Api,
}
