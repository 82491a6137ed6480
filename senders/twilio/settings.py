"""What a Twilio sender needs and may set."""

from collections.abc import Mapping
from typing import Any

DEFAULT_BASE_URL = "https://api.twilio.com"

CREDENTIALS = {
    "account_sid": "the Account SID, beginning AC",
    "auth_token": "the Auth Token; it signs Twilio's webhooks too",
}

OPTIONAL_CREDENTIALS = {
    "auth_token_secondary": "the other Auth Token while one is being rotated; accepted in webhooks",
}


def check_options(options: Mapping[str, Any]) -> list[str]:  # noqa: ARG001 - one contract for all senders
    """There are none."""
    return []
