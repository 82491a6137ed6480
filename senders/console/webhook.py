"""Nobody calls back for the console: whatever comes is a stranger's."""

from collections.abc import Mapping

from rules.senders import Inbound, Receipt, SenderSettings


def read(headers: Mapping[str, str], query: Mapping[str, str], body: bytes) -> dict[str, str]:  # noqa: ARG001 - one contract for all senders
    return {}


def verify(settings: SenderSettings, url: str, headers: Mapping[str, str], fields: Mapping[str, str]) -> bool:  # noqa: ARG001 - one contract for all senders
    return False


def receipts(query: Mapping[str, str], fields: Mapping[str, str]) -> list[Receipt]:  # noqa: ARG001 - one contract for all senders
    return []


def inbound(query: Mapping[str, str], fields: Mapping[str, str]) -> list[Inbound]:  # noqa: ARG001 - one contract for all senders
    return []
