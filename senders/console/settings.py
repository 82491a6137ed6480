"""The console needs nothing."""

from collections.abc import Mapping
from typing import Any

DEFAULT_BASE_URL = ""

CREDENTIALS: dict[str, str] = {}

OPTIONAL_CREDENTIALS: dict[str, str] = {}


def check_options(options: Mapping[str, Any]) -> list[str]:  # noqa: ARG001 - one contract for all senders
    """There are none."""
    return []
