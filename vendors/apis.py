"""How each vendor is called, and what it can do. Imports the HTTP client: the receiver stays away from this one."""

from collections.abc import Callable
from importlib import import_module

from outbound.client import Client
from rules.vendors import Capabilities, Connection, VendorApi
from vendors import VENDORS
from vendors.operation import Operation

_MODULES = {name: import_module(f"vendors.{name}.api") for name in VENDORS}

APIS: dict[str, Callable[[Connection, Client], VendorApi]] = {name: each.Api for name, each in _MODULES.items()}

CAPABILITIES: dict[str, Capabilities] = {name: each.CAPABILITIES for name, each in _MODULES.items()}

OPERATIONS: dict[str, dict[str, Operation]] = {
    name: import_module(f"vendors.{name}.operations").OPERATIONS for name in VENDORS
}
"""Every documented call by name, for people (`punctual vendor`)."""
