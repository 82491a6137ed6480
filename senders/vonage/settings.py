"""What a Vonage sender needs and may set."""

from collections.abc import Mapping
from typing import Any

DEFAULT_BASE_URL = "https://rest.nexmo.com"

CREDENTIALS = {
    "api_key": "the API key",
    "api_secret": "the API secret",
    "signature_secret": "the signature secret of signed webhooks; without it every webhook is refused",
}

OPTIONAL_CREDENTIALS: dict[str, str] = {}

SIGNATURE_METHODS = ("md5hash", "md5", "sha1", "sha256", "sha512")
"""Option `signature_method`, as chosen in Vonage's dashboard."""


def check_options(options: Mapping[str, Any]) -> list[str]:
    """What is wrong with them, in words that name the key and what was expected."""
    method = options.get("signature_method", "sha256")
    if method in SIGNATURE_METHODS:
        return []
    return [f"options.signature_method: expected one of {', '.join(SIGNATURE_METHODS)}"]
