from datetime import timedelta

from tests.vendors.kit import Kit

KIT = Kit(
    vendor="caspen",
    base="/caspen/v1",
    credentials=lambda n: {"token": f"token-{n}"},
    wrong={"token": "nobody"},
    cancelled="status",
    retry_after=timedelta(seconds=8),  # the header says whole seconds, rounded up
    renews_tokens=False,
    naive={"starts_at": "2026-03-02T10:00:00"},
    writable={},
    status_field="status",
)
