from tests.vendors.kit import Kit

KIT = Kit(
    vendor="pexip",
    base="/pexip",
    credentials=lambda n: {"enterprise": f"acme-{n}", "client_id": "punctual", "client_secret": f"secret-{n}"},
    wrong={"client_secret": "nobody"},
    cancelled="status",
    retry_after=None,
    renews_tokens=True,
    naive={"start": "2026-03-02T10:00:00"},
    writable={"status": "OUTGOING_INVITE"},
    dated=True,
    status_field="status",
    options=lambda url: {"auth_url": f"{url}/pexip-auth", "accept_invites": True},
)
