"""Writes one line for each text, without its number and words, and keeps nothing."""

import sys

from outbound.client import Client
from rules.segments import segments
from rules.senders import Accepted, Outcome, Receipt, SenderSettings, Sought, Text


class Api:
    """One configured sender. See `rules.senders.SenderApi`."""

    def __init__(self, settings: SenderSettings, http: Client) -> None:
        """Both are part of the contract; nothing is called."""

    def send(self, text: Text, *, send_by: float, timeout_seconds: float) -> Outcome:  # noqa: ARG002 - part of the contract
        count = segments(text.body).count
        sys.stdout.write(f"text {text.reference}: {count} segment{'' if count == 1 else 's'}\n")
        sys.stdout.flush()
        return Accepted(f"console-{text.reference}", count)

    def look_up(self, sought: Sought) -> Receipt | None:  # noqa: ARG002 - part of the contract
        return None

    def check(self) -> str:
        return "the console needs no credentials; it sends nothing"
