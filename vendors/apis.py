"""How each vendor is called, and what it can do. Imports the HTTP client: the receiver stays away from this one."""

from collections.abc import Callable

from outbound.client import Client
from rules.vendors import Capabilities, Connection, VendorApi
from vendors.carecycle import api as carecycle
from vendors.caspen import api as caspen
from vendors.officeplace import api as officeplace
from vendors.pexip import api as pexip

APIS: dict[str, Callable[[Connection, Client], VendorApi]] = {
    "carecycle": carecycle.Api,
    "caspen": caspen.Api,
    "officeplace": officeplace.Api,
    "pexip": pexip.Api,
}

CAPABILITIES: dict[str, Capabilities] = {
    "carecycle": carecycle.CAPABILITIES,
    "caspen": caspen.CAPABILITIES,
    "officeplace": officeplace.CAPABILITIES,
    "pexip": pexip.CAPABILITIES,
}
