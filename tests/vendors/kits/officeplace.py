from tests.vendors.kit import Kit

KIT = Kit(
    vendor="officeplace",
    base="/officeplace",
    credentials=lambda n: {"tenant_id": f"tenant-{n}", "client_id": "punctual", "client_secret": f"secret-{n}"},
    wrong={"client_secret": "nobody"},
    cancelled="absent",
    retry_after=None,
    renews_tokens=True,
    fields_documented=False,
    naive={"startTime": "2026-03-02T10:00:00"},
    options=lambda _url: {"mailboxes": ["ad-1"]},
)
