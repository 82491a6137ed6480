"""The console refuses nothing and reports nothing."""

from collections.abc import Mapping

from senders.meanings import Meaning

CODES: Mapping[str, Meaning] = {}
