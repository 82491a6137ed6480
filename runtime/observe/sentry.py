"""Errors go to Sentry, people do not: what leaves holds types, places in our code, and names of ours."""

from collections.abc import Sequence
from typing import Any

import sentry_sdk
from sentry_sdk.integrations import Integration
from sentry_sdk.integrations.logging import LoggingIntegration
from sentry_sdk.transport import Transport
from sentry_sdk.types import Breadcrumb, BreadcrumbHint, Event, Hint

from runtime.observe.scrub import scrub

FATES = "rules.errors"  # the only exceptions that promise to say nothing private
KEPT_CONTEXTS = frozenset({"runtime", "os", "trace"})
KEPT_CRUMB = ("type", "category", "level", "timestamp")


def start_sentry(
    dsn: str,
    *,
    process: str,
    integrations: Sequence[Integration] = (),
    transport: type[Transport] | Transport | None = None,
) -> bool:
    """Start it when there is a DSN. `process` is the name of this one in the Procfile."""
    if not dsn:
        return False
    sentry_sdk.init(
        dsn=dsn,
        transport=transport,
        # Celery's would add arguments, SQLAlchemy's rows' queries: only what is named here is on.
        auto_enabling_integrations=False,
        # A line that was logged is no error of its own, and may quote what an error must not.
        integrations=[LoggingIntegration(level=None, event_level=None), *integrations],
        # `send_default_pii` is off by default, and naming it is deprecated.
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=20,
        before_send=_without_people,
        before_breadcrumb=_without_words,
        before_send_transaction=lambda _event, _hint: None,
        enable_logs=False,
        enable_metrics=False,
        auto_session_tracking=False,
        trace_propagation_targets=[],  # vendors are not to see our trace headers
    )
    sentry_sdk.set_tag("process", process)
    return True


def capture(error: BaseException, **tags: str) -> None:
    """Report one error; nothing happens where Sentry was not started."""
    with sentry_sdk.new_scope() as scope:
        for key, value in tags.items():
            scope.set_tag(key, scrub(value))
        sentry_sdk.capture_exception(error)


def _without_people(event: Event, _hint: Hint) -> Event | None:
    kept: dict[str, Any] = dict(event)
    for key in ("user", "extra", "message", "logentry", "threads"):
        kept.pop(key, None)
    for each in kept.get("exception", {}).get("values", []):
        each["value"] = scrub(each.get("value") or "") if each.get("module") == FATES else ""
        each.pop("mechanism", None)
        for frame in each.get("stacktrace", {}).get("frames", []):
            frame.pop("vars", None)
    if "request" in kept:
        kept["request"] = {"method": kept["request"].get("method", "")}
    kept["contexts"] = {key: value for key, value in kept.get("contexts", {}).items() if key in KEPT_CONTEXTS}
    kept["tags"] = scrub(kept.get("tags", {}))
    crumbs = kept.get("breadcrumbs", {})
    kept["breadcrumbs"] = {"values": [_bare(each) for each in crumbs.get("values", [])]}
    return kept  # type: ignore[return-value]  # the same shape with less in it


def _without_words(crumb: Breadcrumb, _hint: BreadcrumbHint) -> Breadcrumb | None:
    return _bare(crumb)


def _bare(crumb: Breadcrumb) -> Breadcrumb:
    return {key: crumb[key] for key in KEPT_CRUMB if key in crumb}
