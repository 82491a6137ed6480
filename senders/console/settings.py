"""The console needs nothing."""

DEFAULT_BASE_URL = ""

CREDENTIALS: dict[str, str] = {}

OPTIONAL_CREDENTIALS: dict[str, str] = {}
