"""The `[connections.NAME]` tables."""

import functools
from typing import Any

from rules.vendors import Connection
from runtime import checks, settings_replies, settings_senders
from runtime.reading import Table
from runtime.settings import (
    ConnectionSettings,
    Location,
    Mode,
    Scheme,
    Staff,
    StatusCallback,
    WebhookActions,
    WebhookSettings,
)
from schemas import web_address
from vendors.signatures import secret_problem
from vendors.webhooks import SETTINGS as VENDORS
from vendors.webhooks import Settings as VendorSettings

SCHEME_KEYS = {
    Scheme.HMAC: ("header", "encoding", "prefix", "timestamp_header"),
    Scheme.SHARED: ("header", "prefix"),
}
"""What may stand beside the secrets. The others have nothing to choose."""


def read(name: str, table: Table) -> ConnectionSettings | None:
    """One connection; None where not even its vendor is known."""
    if problem := checks.name(name):
        table.source.complain(table.place, f"expected a name of {problem}")
    vendor_name = table.choice("vendor", sorted(VENDORS))
    vendor = VENDORS.get(vendor_name)
    if vendor is None:
        return None
    base_url = table.text("base_url", vendor.DEFAULT_BASE_URL, check=checks.address).rstrip("/")
    sandbox = web_address.is_loopback(base_url)
    adapter = Connection(
        name=name,
        vendor=vendor_name,
        zone=table.text("zone", None, check=checks.zone),
        base_url=base_url,
        credentials=settings_senders.credentials(table, vendor.CREDENTIALS, literal=sandbox),
        options=_options(table, vendor, sandbox=sandbox),
        country=table.text("country", check=_if_any(checks.country)),
    )
    found = ConnectionSettings(
        adapter=adapter,
        mode=Mode(table.choice("mode", tuple(Mode), "observe") or "observe"),
        webhook=_webhook(table, literal=sandbox),
        sender=table.text("sender"),
        from_number=table.text("from_number", check=_if_any(checks.sending_number)),
        failover_sender=table.text("failover_sender"),
        failover_number=table.text("failover_number", check=_if_any(checks.sending_number)),
        on_unproven=table.choice("on_unproven", ("report", "resend"), "report") or "report",
        shared_number=table.choice("shared_number", ("separate", "merge"), "separate") or "separate",
        verify_wait_seconds=table.whole("verify_wait_seconds", 5, 0, 300),
        practice=table.text("practice"),
        language=table.text("language", "en", check=checks.language),
        trial_numbers=table.texts("trial_numbers", check=checks.number),
        status_callback=(callback := _status_callback(table, literal=sandbox)),
        webhook_actions=_webhook_actions(table, callback, literal=sandbox),
        staff=_staff(table, literal=sandbox),
        locations=dict(_location(key, each) for key, each in table.tables("locations")),
        reconcile_minutes=table.whole("reconcile_minutes", 15, 1, 24 * 60),
        horizon_days=table.whole("horizon_days", 90, 1, 730),
        record_max_age_hours=table.whole("record_max_age_hours", 24, 1, 24 * 30),
        max_texts_per_hour=table.whole("max_texts_per_hour", 500, 1, 1_000_000),
        catch_up_limit=table.whole("catch_up_limit", 50, 0, 1_000_000),
        max_cost_per_month=table.amount("max_cost_per_month", 10_000_000),
        contact=table.text("contact"),
        answers=settings_replies.answers(table),
        cancel_words=settings_replies.cancel_words(table),
        on_decline=table.choice("on_decline", ("staff", "write_back"), "staff") or "staff",
        reply_cut_off_minutes=table.whole("reply_cut_off_minutes", 0, 0, 7 * 24 * 60),
        consent_policy=table.choice("consent_policy", ("opt_out", "opt_in"), "opt_out") or "opt_out",
        sandbox=sandbox,
    )
    table.close()
    return found


def _options(table: Table, vendor: VendorSettings, *, sandbox: bool) -> dict[str, Any]:
    inner = table.table("options")
    options: dict[str, Any] = {key: inner.raw(key) for key in inner.names()} if inner else {}
    for problem in vendor.check_options(options):
        where, _, what = problem.partition(": ")
        table.complain(where, what)
    for key, (_, default, _) in vendor.OPTIONS.items():
        # Credentials go there too: all of a connection's addresses are the sandbox's, or none.
        address = options.get(key, default)
        if key.endswith("_url") and isinstance(address, str) and web_address.is_loopback(address) != sandbox:
            wanted = (
                "an address on this machine, as base_url is"
                if sandbox
                else "no address on this machine: base_url is real"
            )
            table.complain(f"options.{key}", f"expected {wanted}")
    return options


def _webhook(table: Table, *, literal: bool) -> WebhookSettings:
    """A table with a scheme, or the one word `none`."""
    if table.raw("webhook") in (None, "none"):
        if table.raw("webhook") is None:
            table.complain("webhook", f'missing: expected {{scheme = ...}} with one of {", ".join(Scheme)}, or "none"')
        return WebhookSettings(Scheme.NONE)
    inner = table.table("webhook") or Table(table.source, f"{table.place}.webhook", {})
    word = inner.choice("scheme", tuple(Scheme))
    scheme = Scheme(word or "none")
    keys = SCHEME_KEYS.get(scheme, ())
    found = WebhookSettings(
        scheme=scheme,
        secrets=_webhook_secrets(inner, scheme, literal=literal) if scheme is not Scheme.NONE else (),
        header=inner.text("header", None, expected="the name of a header") if "header" in keys else "",
        encoding=inner.choice("encoding", ("hex", "base64"), "hex") or "hex" if "encoding" in keys else "hex",
        prefix=inner.text("prefix") if "prefix" in keys else "",
        timestamp_header=inner.text("timestamp_header") if "timestamp_header" in keys else "",
    )
    if word:  # with a misspelt scheme nobody can say what else is wrong
        inner.close()
    return found


def _webhook_secrets(inner: Table, scheme: Scheme, *, literal: bool) -> tuple[str, ...]:
    key = "secret" if "secret" in inner else "secrets"
    if "secret" in inner and "secrets" in inner:
        inner.complain("secrets", "set together with secret; expected one of them")
    if key not in inner:
        inner.raw("secrets"), inner.raw("secret")
        inner.complain("secret", f"missing: {scheme} proves nothing without it; expected env:NAME or file:PATH")
        return ()
    found = inner.secrets(key, literal=literal) if key == "secrets" else (inner.secret(key, literal=literal),)
    for secret in found:
        if secret and (problem := secret_problem(scheme, secret)):
            inner.complain(key, f"expected a secret for {scheme}: it {problem}")
    if key == "secrets" and not inner.raw("secrets"):
        inner.complain("secrets", "expected at least one secret")
    return found


def _status_callback(table: Table, *, literal: bool) -> StatusCallback | None:
    inner = table.table("status_callback")
    if inner is None:
        return None
    private = inner.yes("allow_private")
    check = functools.partial(checks.callback, private=private)
    found = StatusCallback(inner.text("url", None, check=check), _signing_secret(inner, literal=literal), private)
    inner.close()
    return found


def _webhook_actions(table: Table, callback: StatusCallback | None, *, literal: bool) -> WebhookActions | None:
    """What it says, else the secret of the status callback: one secret is enough for most."""
    inner = table.table("webhook_actions")
    if inner is None:
        return WebhookActions(callback.secret) if callback else None
    found = WebhookActions(_signing_secret(inner, literal=literal), inner.yes("allow_private"))
    inner.close()
    return found


def _staff(table: Table, *, literal: bool) -> Staff:
    inner = table.table("staff")
    if inner is None:
        return Staff()
    private = inner.yes("allow_private")
    check = functools.partial(checks.callback, private=private)
    found = Staff(
        email=inner.text("email", check=_if_any(checks.email)),
        url=inner.text("url", check=_if_any(check)),
        secret=_signing_secret(inner, literal=literal) if "url" in inner or "secret" in inner else "",
        allow_private=private,
    )
    if not found.email and not found.url:
        inner.complain("email", "missing: expected email or url")
    inner.close()
    return found


def _signing_secret(inner: Table, *, literal: bool) -> str:
    """What we sign our own posts with, in Standard Webhooks' form."""
    secret = inner.secret("secret", literal=literal)
    if secret and (problem := secret_problem("standard", secret)):
        inner.complain("secret", f"expected a secret of Standard Webhooks such as whsec_...: it {problem}")
    return secret


def _location(key: str, table: Table) -> tuple[str, Location]:
    found = Location(
        name=table.text("name", None, expected="the name that texts may use"),
        address=table.text("address"),
        zone=table.text("zone", check=_if_any(checks.zone)),
        phone=table.text("phone", check=_if_any(checks.number)),
    )
    table.close()
    return key, found


def _if_any(check: Any) -> Any:
    """The check for a value that may be empty."""
    return lambda value: check(value) if value else ""
