"""What can be known of a vendor without calling it: how to read its webhooks and records, what its settings are."""

from collections.abc import Mapping
from typing import Any, Protocol

from rules.vendors import Parse, ToAppointment, WayTo
from vendors.carecycle import mapping as carecycle_mapping
from vendors.carecycle import settings as carecycle_settings
from vendors.carecycle import webhook as carecycle_webhook
from vendors.caspen import mapping as caspen_mapping
from vendors.caspen import settings as caspen_settings
from vendors.caspen import webhook as caspen_webhook
from vendors.officeplace import mapping as officeplace_mapping
from vendors.officeplace import settings as officeplace_settings
from vendors.officeplace import webhook as officeplace_webhook
from vendors.pexip import mapping as pexip_mapping
from vendors.pexip import settings as pexip_settings
from vendors.pexip import webhook as pexip_webhook


class Settings(Protocol):
    """What a vendor's `settings.py` holds."""

    CREDENTIALS: dict[str, str]
    OPTIONS: dict[str, tuple[type, Any, str]]
    DEFAULT_BASE_URL: str

    def check_options(self, options: Mapping[str, Any]) -> list[str]: ...


PARSERS: dict[str, Parse] = {
    "carecycle": carecycle_webhook.parse,
    "caspen": caspen_webhook.parse,
    "officeplace": officeplace_webhook.parse,
    "pexip": pexip_webhook.parse,
}

MAPPINGS: dict[str, tuple[ToAppointment, WayTo]] = {
    "carecycle": (carecycle_mapping.to_appointment, carecycle_mapping.way_to),
    "caspen": (caspen_mapping.to_appointment, caspen_mapping.way_to),
    "officeplace": (officeplace_mapping.to_appointment, officeplace_mapping.way_to),
    "pexip": (pexip_mapping.to_appointment, pexip_mapping.way_to),
}

SETTINGS: dict[str, Settings] = {
    "carecycle": carecycle_settings,
    "caspen": caspen_settings,
    "officeplace": officeplace_settings,
    "pexip": pexip_settings,
}
