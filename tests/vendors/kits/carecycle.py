from datetime import timedelta

from tests.vendors.kit import Kit

KIT = Kit(
    vendor="carecycle",
    base="/carecycle",
    credentials=lambda n: {"api_key": f"cc_{n}"},
    wrong={"api_key": "cc_nobody"},
    cancelled="absent",
    retry_after=timedelta(seconds=8),  # the body says whole seconds, rounded up
    renews_tokens=False,
    naive={"appointmentDateTime": "2026-03-02T10:00:00"},
)
