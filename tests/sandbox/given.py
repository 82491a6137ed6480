"""What the tests of the sandbox begin with: names, a booking, an address that takes posts, and patience."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SID, TOKEN = "AC" + "0" * 32, "twilio-token"
SENDER = "+15005550006"
ADA = {
    "starts_at": "2030-05-01T10:00:00Z",
    "first_name": "Ada",
    "last_name": "Byron",
    "phone": "+13125550142",
    "zone": "America/Chicago",
}


@dataclass
class Receiver:
    """Takes whatever is posted to it and answers as told."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.got]


def until(condition: Callable[[], Any], seconds: float = 5.0) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.01)
    raise AssertionError("it did not come to pass in time")
