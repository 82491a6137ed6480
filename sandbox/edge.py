"""The way into every emulated API: count the call, know the caller, keep the limits, switch on the faults."""

import select
import socket
import time
from abc import ABC, abstractmethod
from functools import partial
from typing import Any, ClassVar

from flask import Blueprint, Response, g, request

from sandbox.calls import BODY_KEPT, Call
from sandbox.faults import Fault
from sandbox.refusal import Record, Refusal
from sandbox.tenants import Tenant
from sandbox.world import World

LOOK_SECONDS = 0.2  # how often a held request looks whether its caller is still there


class Edge(ABC):
    """One emulated API as its callers meet it."""

    name: ClassVar[str]
    prefixes: ClassVar[tuple[str, ...]]
    per_window: ClassVar[int | None] = None
    at_once: ClassVar[int | None] = None  # calls at one time and caller's address

    def __init__(self, world: World) -> None:
        self.world = world

    @abstractmethod
    def authenticate(self) -> Tenant:
        """The tenant that calls. Raises a Refusal in the vendor's words."""

    def owner(self) -> str:
        """The part of the path that names the tenant."""
        return str(g.owner)

    def caller(self) -> Tenant:
        """The tenant that `authenticate` found for this request."""
        tenant: Tenant = g.tenant
        return tenant

    @abstractmethod
    def words(self, status: int, message: str) -> Record:
        """An error body as this vendor writes them."""

    @abstractmethod
    def blueprints(self) -> list[Blueprint]:
        """The routes, already guarded."""

    def refuse(self, status: int, message: str) -> Refusal:
        return Refusal(status, self.words(status, message))

    def limited(self, wait: float) -> Refusal:
        """The 429; `wait` is in seconds. Vendors that document more say more."""
        return self.refuse(429, f"Too many requests, {wait:.1f} s too early")

    def show_allowance(self, response: Response, left: int) -> None:  # noqa: B027 - most vendors tell nothing
        """For a vendor that tells its callers how many calls are left."""

    def fault(
        self, tenant: Tenant, fault: str, record_id: str | None = None, *, only_by_id: bool = False
    ) -> Fault | None:
        """The fault if it strikes now; it is used up by one and noted on the call."""
        found = self.world.faults.take(
            self.name,
            tenant.name,
            fault,
            only_by_id=only_by_id,
            id=record_id,
            method=request.method,
            path=request.path,
        )
        if found is not None:
            call: Call = g.call
            call.fault = fault
        return found

    def hold(self, seconds: float) -> None:
        """Keeps the caller waiting, until it gives up or the sandbox stops."""
        end = time.monotonic() + seconds
        caller: socket.socket | None = request.environ.get("gunicorn.socket")
        while (left := end - time.monotonic()) > 0 and not self.world.stopping.wait(min(LOOK_SECONDS, left)):
            if caller is not None and select.select([caller], [], [], 0)[0] and not caller.recv(1, socket.MSG_PEEK):
                return

    def guard(self, blueprint: Blueprint, *, limited: bool = True) -> Blueprint:
        """Puts this edge before and behind every route of the blueprint."""

        def note_owner(_endpoint: str | None, parts: dict[str, Any] | None) -> None:
            g.owner = (parts or {}).pop("owner", None)

        blueprint.url_value_preprocessor(note_owner)
        blueprint.before_request(partial(self._enter, limited=limited))
        blueprint.after_request(self._leave)
        blueprint.teardown_request(self._gone)
        return blueprint

    def _enter(self, *, limited: bool) -> None:
        call = self.world.calls.begin(self.name, request.method, request.path, request.query_string.decode("latin-1"))
        call.body = request.get_data(cache=True)[:BODY_KEPT].decode("utf-8", "replace")
        call.correlation_id = request.headers.get("X-Correlation-Id")
        g.call, g.place = call, None
        tenant = g.tenant = self.authenticate()
        self.world.calls.belongs_to(call, tenant.name)
        if limited:
            self._take_place(tenant)
        self._strike(tenant)
        if latency := self.world.limits.settings.latency_seconds:
            self.hold(latency)

    def _leave(self, response: Response) -> Response:
        if "left" in g:
            self.show_allowance(response, g.left)
        g.status = response.status_code
        tenant: Tenant | None = g.get("tenant")
        accepted = response.status_code < 300 and not _asks_for_token()
        if tenant and accepted and (silence := self.fault(tenant, "timeout_after_acceptance")):
            self.hold(silence.seconds)
        return response

    def _gone(self, _error: BaseException | None) -> None:
        if "call" in g:
            if g.place is not None:
                self.world.limits.leave(g.place)
            self.world.calls.end(g.call, g.get("status", 500))

    def _take_place(self, tenant: Tenant) -> None:
        if self.at_once is not None:
            place = f"{self.name} at once from {request.remote_addr}"
            if not self.world.limits.enter(place, self.at_once):
                raise self.limited(0.0)
            g.place = place
        if self.per_window is not None:
            left, wait = self.world.limits.take(f"{self.name}/{tenant.name}", self.per_window)
            g.left = max(left, 0)
            if left < 0:
                raise self.limited(wait)

    def _strike(self, tenant: Tenant) -> None:
        if slow := self.fault(tenant, "slow"):
            self.hold(slow.seconds)
        if self.fault(tenant, "error_500"):
            raise self.refuse(500, "Internal server error")
        if limit := self.fault(tenant, "rate_limited"):
            raise self.limited(limit.seconds or 1.0)
        if not _asks_for_token() and self.fault(tenant, "token_expired"):
            tenant.tokens.clear()
            raise self.refuse(401, "The token has expired")


def _asks_for_token() -> bool:
    return request.path.endswith("/token")
