"""Faults by switch. Each is told what it hits and how often; a used-up fault goes away by itself."""

import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sandbox.refusal import Record, no

# fault -> (what it does, seconds when none are given)
KINDS: Mapping[str, tuple[str, float]] = {
    "duplicate": ("the webhook is posted twice, with one id", 0.0),
    "out_of_order": ("the webhook is held back until the next one has gone", 10.0),
    "delayed": ("the webhook goes late", 5.0),
    "lost": ("the webhook is never posted", 0.0),
    "wrong_signature": ("the webhook is signed with another secret", 0.0),
    "deleted_after_event": ("the record is gone once its webhook is on its way", 0.0),
    "rate_limited": ("429 in the vendor's words", 0.0),
    "error_500": ("500 in the vendor's words", 0.0),
    "slow": ("the answer takes its time", 2.0),
    "timeout_after_acceptance": (
        "the call takes effect and is never answered (writes, unless a method is given)",
        60.0,
    ),
    "omit_record": ("a list leaves out the record `id`, or its first one", 0.0),
    "stale_read": ("a read answers with the version before", 0.0),
    "not_found": ("404 for a record that exists", 0.0),
    "token_expired": ("401 as for an expired token; issued tokens die", 0.0),
}


@dataclass
class Fault:
    """`count` None means until deleted. `id`, `method` and `path` (a part of it) narrow what it hits."""

    number: int
    vendor: str
    fault: str
    tenant: str | None = None
    count: int | None = 1
    seconds: float = 0.0
    id: str | None = None
    method: str | None = None
    path: str | None = None
    hits: int = 0

    def meets(self, vendor: str, tenant: str, fault: str, call: Mapping[str, str | None]) -> bool:
        return (
            (self.vendor, self.fault) == (vendor, fault)
            and self.tenant in {None, tenant}
            and self.id in {None, call.get("id")}
            and self._method_fits(call.get("method"))
            and (self.path is None or self.path in (call.get("path") or ""))
        )

    def _method_fits(self, method: str | None) -> bool:
        if self.method is None:  # a read has nothing to accept
            return not (self.fault == "timeout_after_acceptance" and method == "GET")
        return self.method == method


@dataclass
class Faults:
    _switched_on: list[Fault] = field(default_factory=list)
    _last: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, sent: Record) -> Fault:
        known = {"vendor", "fault", "tenant", "count", "seconds", "id", "method", "path"}
        if unknown := set(sent) - known:
            raise no(f"fault: unknown keys {sorted(unknown)}; known are {sorted(known)}")
        if not sent.get("vendor"):
            raise no("a fault needs a vendor")
        if sent.get("fault") not in KINDS:
            raise no(f"fault is one of {sorted(KINDS)}")
        with self._lock:
            self._last += 1
            fault = Fault(number=self._last, **{"seconds": KINDS[sent["fault"]][1], **sent})
            self._switched_on.append(fault)
            return fault

    def take(
        self, vendor: str, tenant: str, fault: str, *, only_by_id: bool = False, **call: str | None
    ) -> Fault | None:
        """The oldest fault that meets this call, used up by one; None when all is well."""
        if not self._switched_on:  # the usual case costs no lock
            return None
        with self._lock:
            for each in self._switched_on:
                if each.meets(vendor, tenant, fault, call) and not (only_by_id and each.id is None):
                    each.hits += 1
                    if each.count is not None:
                        each.count -= 1
                        if each.count <= 0:
                            self._switched_on.remove(each)
                    return each
        return None

    def all(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(each) for each in self._switched_on]

    def clear(self, number: int | None = None) -> None:
        with self._lock:
            self._switched_on = [each for each in self._switched_on if number not in {None, each.number}]
