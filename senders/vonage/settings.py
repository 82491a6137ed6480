"""What a Vonage sender needs and may set."""

DEFAULT_BASE_URL = "https://rest.nexmo.com"

CREDENTIALS = {
    "api_key": "the API key",
    "api_secret": "the API secret",
    "signature_secret": "the signature secret of signed webhooks; without it every webhook is refused",
}

OPTIONAL_CREDENTIALS: dict[str, str] = {}

SIGNATURE_METHODS = ("md5hash", "md5", "sha1", "sha256", "sha512")
"""Option `signature_method`, as chosen in Vonage's dashboard."""
