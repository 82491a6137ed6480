"""What came back, whole and in memory."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rules.errors import Permanent


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP response. `headers` ignores case; `body` is decoded from its transfer and content encodings."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON. Raises `Permanent` for anything else, however hostile (depth, digits, encoding)."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise Permanent(f"HTTP {self.status}: the answer is not JSON") from None
