"""Who may look: one user for the pages, from the environment; a signed cookie remembers for twelve hours."""

import hashlib
import hmac
import ipaddress
import os
import secrets
import threading
import time
from collections import deque
from dataclasses import dataclass

from flask import Flask, Request, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

from runtime.settings import Settings
from runtime.settings_environment import Environment

USER, PASSWORD = "PUNCTUAL_STATUS_USER", "PUNCTUAL_STATUS_PASSWORD"
HOURS = 12


@dataclass(frozen=True, slots=True)
class Credentials:
    """Both empty: nobody can log in."""

    user: str
    password: str

    @property
    def are_there(self) -> bool:
        return bool(self.user and self.password)

    def match(self, user: str, password: str) -> bool:
        """In the same time whatever is wrong."""
        pairs = ((user, self.user), (password, self.password))
        found = [hmac.compare_digest(given.encode(errors="replace"), ours.encode()) for given, ours in pairs]
        return self.are_there and all(found)

    @property
    def mark(self) -> str:
        """What a session carries: another password logs everybody out."""
        return hashlib.sha256(f"{self.user}\n{self.password}".encode()).hexdigest()[:16]


def credentials(settings: Settings) -> Credentials:
    """The pages' own, else Flower's: who may operate may look."""
    environment = Environment(os.environ)
    own = Credentials(environment.text(USER), environment.secret(PASSWORD))
    return own if own.are_there else Credentials(settings.flower.user, settings.flower.password)


def is_logged_in(ours: Credentials) -> bool:
    return ours.are_there and hmac.compare_digest(str(session.get("mark", "")), ours.mark)


def log_in(ours: Credentials) -> None:
    """A new session: nothing of the one before is kept."""
    session.clear()
    session.permanent = True
    session["mark"] = ours.mark


def form_token() -> str:
    """What a form of ours carries and another site's cannot know."""
    if "form" not in session:
        session["form"] = secrets.token_urlsafe(16)
    return str(session["form"])


def form_is_ours() -> bool:
    token = str(session.get("form", ""))
    return bool(token) and hmac.compare_digest(request.form.get("form", "").encode(errors="replace"), token.encode())


class PagesOnly(SecureCookieSessionInterface):
    """Sessions for the pages alone: opening one takes a tenth of a webhook's time."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if not request.path.startswith(app.config["SESSION_COOKIE_PATH"]):
            return self.make_null_session(app)
        return super().open_session(app, request)


class Tries:
    """Failed logins: ten per address and a hundred in all within five minutes, then a pause.

    Each process counts its own.
    """

    WINDOW_SECONDS = 300.0
    PER_ADDRESS = 10
    IN_ALL = 100

    def __init__(self) -> None:
        self._failed: deque[tuple[float, str]] = deque()
        self._lock = threading.Lock()

    def too_many(self, address: str) -> bool:
        with self._lock:
            self._forget()
            mine = sum(1 for _, other in self._failed if other == address)
            return mine >= self.PER_ADDRESS or len(self._failed) >= self.IN_ALL

    def failed(self, address: str) -> None:
        with self._lock:
            self._failed.append((time.monotonic(), address))

    def _forget(self) -> None:
        oldest = time.monotonic() - self.WINDOW_SECONDS
        while self._failed and self._failed[0][0] < oldest:
            self._failed.popleft()


def address() -> str:
    """Who is trying. Behind a proxy of ours (a private address) it is whom that proxy saw, the last entry."""
    peer = request.remote_addr or ""
    try:
        near = ipaddress.ip_address(peer).is_private
    except ValueError:
        return peer
    seen = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return seen if near and seen else peer
