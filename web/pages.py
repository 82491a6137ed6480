"""What all pages for people share: login before anything else, headers that let a browser do nothing more, times."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, make_response, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from rules.timing import zone_or_none
from web import login
from web.login import Credentials, Tries
from web.parts import Parts

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}

View = Callable[..., AnyResponse]


def blueprint(parts: Parts) -> tuple[Blueprint, Callable[[View], View]]:
    """The blueprint with login and logout, and the decorator for views that need a login."""
    pages = Blueprint("pages", __name__, url_prefix="/status", static_folder="static", static_url_path="/static")
    ours = login.credentials(parts.settings)
    tries = Tries()

    @pages.after_request
    def harden(answer: AnyResponse) -> AnyResponse:
        answer.headers.update(HEADERS)
        return answer

    def behind_login(view: View) -> View:
        @wraps(view)
        def guarded(**values: str) -> AnyResponse:
            if closed := _closed(parts, ours):
                return closed
            if not login.is_logged_in(ours):
                return redirect(url_for("pages.show_login", next=request.full_path.rstrip("?")), 303)
            return view(**values)

        return guarded

    @pages.get("/login")
    def show_login() -> AnyResponse:
        return _closed(parts, ours) or _form()

    @pages.post("/login")
    def log_in() -> AnyResponse:
        return _closed(parts, ours) or _log_in(ours, tries)

    @pages.post("/logout")
    def log_out() -> AnyResponse:
        if login.form_is_ours():
            session.clear()
        return redirect(url_for("pages.show_login"), 303)

    pages.add_app_template_filter(local)
    pages.add_app_template_filter(span)
    pages.app_context_processor(lambda: {"form_token": login.form_token})
    return pages, behind_login


def page(name: str, status: int = 200, **values: Any) -> Response:
    return make_response(render_template(name, **values), status)


def local(at: datetime | None, zone: str | None = None) -> str:
    """An instant as people of that zone write it, with the zone's abbreviation."""
    if at is None:
        return "never"
    return at.astimezone(zone_or_none(zone) or ZoneInfo("UTC")).strftime("%a %d %b %Y %H:%M %Z")


def span(seconds: float | None) -> str:
    """A length of time in the unit that people would use."""
    if seconds is None:
        return "not known"
    for size, name in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {name}"
    return f"{seconds:.0f} seconds"


def now() -> datetime:
    return datetime.now(UTC)


def _closed(parts: Parts, ours: Credentials) -> Response | None:
    """Why nobody can log in here, said to whoever set it up."""
    missing = [] if ours.are_there else [f"{login.USER} and {login.PASSWORD}"]
    if not parts.settings.secret_key:
        missing.append("PUNCTUAL_SECRET_KEY")
    return page("closed.html", 503, missing=missing) if missing else None


def _form(status: int = 200, problem: str = "") -> Response:
    return page("login.html", status, problem=problem, next=request.values.get("next", ""))


def _log_in(ours: Credentials, tries: Tries) -> AnyResponse:
    address = login.address()
    if tries.too_many(address):
        answer = _form(429, "Too many failed tries. Wait five minutes.")
        answer.headers["Retry-After"] = str(int(Tries.WINDOW_SECONDS))
        return answer
    if not login.form_is_ours():
        return _form(400, "This form was too old. Try again.")
    if not ours.match(request.form.get("user", ""), request.form.get("password", "")):
        tries.failed(address)
        return _form(401, "User or password is wrong.")
    login.log_in(ours)
    return redirect(_only_ours(request.form.get("next", "")), 303)


def _only_ours(target: str) -> str:
    """Where to go after the login: a page of ours, never another site."""
    inside = target == "/status" or target.startswith(("/status?", "/status/"))
    plain = target.isprintable() and "\\" not in target
    return target if inside and plain else url_for("pages.overview")
