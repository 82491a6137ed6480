"""Everything the sandbox knows, in memory, for as long as it runs."""

import threading
from dataclasses import dataclass, field

from sandbox.callbacks import Sinks
from sandbox.calls import Calls
from sandbox.faults import Faults
from sandbox.limits import Limits
from sandbox.phones import Phones
from sandbox.refusal import no
from sandbox.tenants import Tenant
from sandbox.webhooks import Postman


@dataclass
class World:
    tenants: dict[tuple[str, str], Tenant] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    faults: Faults = field(default_factory=Faults)
    calls: Calls = field(default_factory=Calls)
    postman: Postman = field(default_factory=Postman)
    phones: Phones = field(default_factory=Phones)
    sinks: Sinks = field(default_factory=Sinks)
    stopping: threading.Event = field(default_factory=threading.Event)
    _by_identity: dict[tuple[str, str], Tenant] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def put_tenant(self, wanted: Tenant) -> Tenant:
        """Adds a tenant, or gives the one of that name new credentials; what it holds stays."""
        with self._lock:
            key = (wanted.vendor, wanted.name)
            holder = self._by_identity.get((wanted.vendor, wanted.identity))
            if holder is not None and holder.name != wanted.name:
                raise no(f"{wanted.vendor} tenant {holder.name} has these credentials already", 409)
            known = self.tenants.setdefault(key, wanted)
            if known is not wanted:
                self._by_identity.pop((known.vendor, known.identity), None)
                known.credentials, known.webhook = wanted.credentials, wanted.webhook
                known.numbers, known.options = wanted.numbers, wanted.options
            self._by_identity[known.vendor, known.identity] = known
            return known

    def who(self, vendor: str, identity: str) -> Tenant | None:
        return self._by_identity.get((vendor, identity))

    def tenant(self, vendor: str, name: str) -> Tenant:
        found = self.tenants.get((vendor, name))
        if found is None:
            raise no(f"{vendor} has no tenant {name}", 404)
        return found

    def owner_of(self, number: str) -> Tenant | None:
        """The SMS tenant that a sender number belongs to."""
        return next((each for each in self.tenants.values() if number in each.numbers), None)

    def reset(self, *, tenants: bool) -> None:
        """Forgets appointments, people, texts, calls, faults and limits; the tenants too when asked."""
        with self._lock:
            for each in self.tenants.values():
                each.empty()
            if tenants:
                self.tenants.clear()
                self._by_identity.clear()
        for part in (self.limits, self.faults, self.calls, self.postman, self.phones, self.sinks):
            part.reset() if not isinstance(part, Faults) else part.clear()
