"""What can be known of a vendor without calling it: how to read its webhooks and records, what its settings are."""

from collections.abc import Mapping
from importlib import import_module
from types import ModuleType
from typing import Any, Protocol, cast

from rules.vendors import Parse, ToAppointment, WayTo
from vendors import VENDORS


class Settings(Protocol):
    """What a vendor's `settings.py` holds."""

    CREDENTIALS: dict[str, str]
    OPTIONS: dict[str, tuple[type, Any, str]]
    DEFAULT_BASE_URL: str

    def check_options(self, options: Mapping[str, Any]) -> list[str]: ...


def _each(file: str) -> dict[str, ModuleType]:
    return {name: import_module(f"vendors.{name}.{file}") for name in VENDORS}


PARSERS: dict[str, Parse] = {name: each.parse for name, each in _each("webhook").items()}

MAPPINGS: dict[str, tuple[ToAppointment, WayTo]] = {
    name: (each.to_appointment, each.way_to) for name, each in _each("mapping").items()
}

SETTINGS = cast("dict[str, Settings]", _each("settings"))
