"""What the conformance suite must be told about each vendor, one file per vendor."""

from importlib import import_module

from tests.vendors.kit import Kit
from vendors import VENDORS

KITS: dict[str, Kit] = {name: import_module(f"tests.vendors.kits.{name}").KIT for name in VENDORS}
