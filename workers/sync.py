"""From "look at this" to promises: claim, fetch, apply, plan. One connection at a time, coalesced."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import Connection

from rules.errors import (
    AnswerLost,
    NeedsPerson,
    NotFound,
    NotReached,
    Permanent,
    RateLimited,
    Transient,
)
from rules.retries import back_off
from rules.vendors import Wanted
from runtime import names
from runtime.calling import calls_for
from runtime.wiring import Wiring
from store import (
    appointments,
    budgets,
    connections,
    contacts,
    inbox,
    people,
    presence,
    sync_requests,
)
from store.appointments import Applied
from store.engine import now as database_now
from store.leave import Hand
from store.presence import Absence
from store.sync_requests import Claim
from workers import closing, meter, outages, plan
from workers.closing import UNSEEN_FOR
from workers.records import apply_records
from workers.tally import Tally
from workers.turn import LEASE, Turn, most_urgent

AT_ONCE = 4
"""Most threads that one connection's sync may take; others wait their turn elsewhere."""
MOST_ATTEMPTS = 8
SECOND_ABSENCE = timedelta(seconds=61)
ANSWERS_WITHIN = timedelta(minutes=5)


def run(wiring: Wiring, name: str, *, rounds: int = 5) -> str:
    """Look at what is wanted of one connection until nothing is due. Returns a line without private facts."""
    tally = Tally(name)
    with wiring.db.begin() as tx:
        if connections.is_paused(tx, name):
            return f"{name}: paused"
        place = budgets.take_slot(tx, f"sync {name}", AT_ONCE, LEASE)
    if place is None:
        return f"{name}: {AT_ONCE} at it already"
    try:
        for _ in range(rounds):
            if not _round(wiring, name, tally):
                break
        else:
            wiring.doorbell.ring(names.APPOINTMENTS_SYNC, args=(name,), expires_seconds=10)  # others had their turn
    finally:
        with wiring.db.begin() as tx:
            budgets.give_back_slot(tx, f"sync {name}", place)
    return tally.line()


def _round(wiring: Wiring, name: str, tally: Tally) -> bool:
    """One claim and what it leads to. False when nothing is due, or the connection must wait."""
    claimed = Turn(wiring, name, tally).take()
    if claimed is None or not claimed.claims:
        return False
    try:
        return _looked(wiring, name, _unspent(wiring, claimed.claims), tally, claimed.hand)
    finally:
        if claimed.hand is not None and claimed.hand.is_open:
            with wiring.db.begin() as tx:
                claimed.hand.put_back(tx)


def _looked(wiring: Wiring, name: str, claims: Sequence[Claim], tally: Tally, hand: Hand | None) -> bool:
    """Fetch and apply; whatever comes of it, every claim is closed or given back. False when all must wait."""
    if not claims:
        return True
    try:
        with calls_for(most_urgent(claims), hand):
            Look(wiring, name, claims, tally).go()
    except RateLimited as limited:
        _wait(wiring, claims, limited)
        tally.add("wait for leave", len(claims))
        return False
    except NeedsPerson as problem:
        _needs_person(wiring, name, claims, problem)
        return False
    except Transient as trouble:
        _later(wiring, name, claims, trouble)
        return False
    except Permanent as refusal:
        _refused(wiring, claims, refusal)
    return True


def _unspent(wiring: Wiring, claims: Sequence[Claim]) -> Sequence[Claim]:
    """Those that are not given up for having been tried too often."""
    if all(claim.attempts <= MOST_ATTEMPTS for claim in claims):
        return claims
    with wiring.db.begin() as tx:
        return [claim for claim in claims if not _is_spent(tx, claim)]


def _is_spent(tx: Connection, claim: Claim) -> bool:
    """Tried too often, and none of the tries came to an end of its own: it ends its worker. A dead letter, then."""
    if claim.attempts <= MOST_ATTEMPTS:
        return False
    _bury(tx, claim, claim.last_error or f"{MOST_ATTEMPTS} tries, and none of them came to an end")
    return True


@dataclass(slots=True)
class Look:
    """One batch of claims, fetched and applied."""

    wiring: Wiring
    name: str
    claims: Sequence[Claim]
    tally: Tally
    open: dict[int, Claim] = field(default_factory=dict)

    def go(self) -> None:
        self.open = {claim.id: claim for claim in self.claims}
        wanted = [claim for claim in self.claims if claim.ref.kind == "appointment"]
        if wanted:
            self._appointments(wanted)
        for claim in self.claims:
            if claim.ref.kind == "customer":
                self._customer(claim)
            elif claim.ref.kind == "contact":
                self._contact(claim)
            elif claim.ref.kind == "plan":
                self._plan(claim)

    def _appointments(self, wanted: Sequence[Claim]) -> None:
        ids = [claim.ref.key for claim in wanted]
        windowed = self.wiring.facts(self.name).lists_windows
        with self.wiring.db.begin() as tx:
            now = database_now(tx)
            noted = appointments.noted(tx, self.name, None if windowed else ids)
            known = appointments.starts(tx, self.name, ids)
        hints = {claim.ref.key: known.get(claim.ref.key) or claim.starts_at_hint for claim in wanted}
        api = self.wiring.vendor(self.name)
        fetched = api.fetch([Wanted(each, hints[each]) for each in ids], now=now)
        self._answered()
        by_id = {claim.ref.key: claim for claim in wanted}
        results = apply_records(self.wiring, self.name, fetched.records, noted, now, self.tally)
        beside = {external_id: seen for external_id, seen in results.items() if external_id not in by_id}
        if beside:
            with self.wiring.db.begin() as tx:
                meter.found(tx, self.wiring, self.name, beside)
        closing.close(self.wiring, self.name, [(by_id[each], results[each]) for each in results.keys() & by_id.keys()])
        for external_id in results.keys() & by_id.keys():
            self.open.pop(by_id[external_id].id, None)
        for external_id in sorted(fetched.absent & by_id.keys()):
            self._absent(by_id[external_id], noted.get(external_id), fetched.trace)
        for claim in wanted:
            if claim.id in self.open:
                self._give_back(claim, timedelta(seconds=10), "the answer did not hold it")

    def _customer(self, claim: Claim) -> None:
        with self.wiring.db.begin() as tx:
            now = database_now(tx)
            noted = appointments.noted(tx, self.name, None)
        fetched = self.wiring.vendor(self.name).customer(claim.ref.key, now=now)
        self._answered()
        results = apply_records(self.wiring, self.name, fetched.records, noted, now, self.tally)
        outcomes = {seen.outcome for seen in results.values()}
        with self.wiring.db.begin() as tx:
            # Their known appointments that the windows lack are looked at one by one: absent is not gone.
            missing = people.present_in(tx, self.name, claim.ref.key, fetched.windows) - results.keys()
            sync_requests.ask(tx, self.name, sync_requests.refs(missing), "webhook")
            meter.looked(tx, self.wiring, claim, results)
            if Applied.LOST in outcomes:
                sync_requests.again(tx, claim, sync_requests.SPACING, "another look won", counts=False)
            else:
                changed = bool({Applied.NEW, Applied.CHANGED} & outcomes)
                sync_requests.finish(tx, claim, look_again=closing.wants_second_look(claim, changed=changed))
        self.open.pop(claim.id, None)

    def _contact(self, claim: Claim) -> None:
        """Whom a scan could not ask for: their number, and the plans that wait for it."""
        try:
            contact = self.wiring.vendor(self.name).contact(claim.ref.key)
        except NotFound:  # the vendor has forgotten them: their promises say `no_contact`
            contact = None
        self._answered()
        with self.wiring.db.begin() as tx:
            if contact is not None:
                contacts.change(tx, self.wiring.facts(self.name), contact, "call")
                self.tally.add("contacts")
            sync_requests.finish(tx, claim)
        self.open.pop(claim.id, None)

    def _plan(self, claim: Claim) -> None:
        """A config, its assignment or the connection's settings changed: no vendor is asked."""
        key = claim.ref.key  # empty: all of them
        count = plan.one(self.wiring, self.name, key) if key else plan.every(self.wiring, self.name)
        self.tally.add("appointments planned anew", count)
        with self.wiring.db.begin() as tx:
            sync_requests.finish(tx, claim)
        self.open.pop(claim.id, None)

    def _answered(self) -> None:
        with self.wiring.db.begin() as tx:
            outages.answered(tx, self.name)

    def _absent(self, claim: Claim, revision: int | None, trace: str) -> None:
        facts = self.wiring.facts(self.name)
        with self.wiring.db.begin() as tx:
            absence = presence.absent(tx, facts, claim.ref.key, revision, trace=trace)
            waited = database_now(tx) - claim.wanted_at
            self.tally.add(f"absent {absence.value}")
            if absence is Absence.GONE:
                meter.gone(tx, self.wiring, claim)
                sync_requests.finish(tx, claim)
            elif absence is Absence.NEVER_SEEN and waited > UNSEEN_FOR:
                _bury(tx, claim, "record_unseen")
            elif absence is Absence.NEVER_SEEN:  # about twenty looks in half an hour, most of them at its beginning
                pause = max(back_off(1), waited / 2)
                sync_requests.again(tx, claim, pause, "not readable yet", counts=False)
            else:
                pause = sync_requests.SPACING if absence is Absence.LOST else SECOND_ABSENCE
                sync_requests.again(tx, claim, pause, f"absent: {absence.value}", counts=False)
            if absence is Absence.DOUBTFUL and presence.suddenly_doubtful(tx, self.name):
                message = "Many known records vanished at once. Nothing was buried; look at the vendor, then resume."
                connections.pause(tx, self.name, "many records vanished", None)
                inbox.tell(tx, self.name, "vanished", "vanished", message)
        self.open.pop(claim.id, None)

    def _give_back(self, claim: Claim, pause: timedelta, why: str) -> None:
        with self.wiring.db.begin() as tx:
            sync_requests.again(tx, claim, pause, why)
        self.open.pop(claim.id, None)


def _wait(wiring: Wiring, claims: Sequence[Claim], limited: RateLimited) -> None:
    """No budget now, or a 429, which has already paused the credential for all workers of all hosts."""
    pause = limited.retry_after or back_off(1)
    with wiring.db.begin() as tx:
        for claim in claims:
            sync_requests.again(tx, claim, pause, "waits for the budget", counts=False)


def _needs_person(wiring: Wiring, name: str, claims: Sequence[Claim], problem: NeedsPerson) -> None:
    """Only a person can mend it; nothing is lost meanwhile."""
    with wiring.db.begin() as tx:
        what = outages.pause_for_person(tx, name, problem)
        for claim in claims:
            sync_requests.again(tx, claim, timedelta(0), what, counts=False)


def _later(wiring: Wiring, name: str, claims: Sequence[Claim], trouble: Transient) -> None:
    """The vendor is away or in trouble: the connection pauses with growing back-off; said once.

    Silence and an outage count against nobody. An error answer while the vendor answers others counts against the
    request: one that keeps getting it is given up, so that a poison record ends somewhere.
    """
    silent = isinstance(trouble, NotReached | AnswerLost)
    with wiring.db.begin() as tx:
        last = connections.get(tx, name).last_answer_at
        others = last is not None and database_now(tx) - last < ANSWERS_WITHIN
        pause = outages.away(tx, name, trouble)
        for claim in claims:
            counts = others and not silent
            if counts and claim.attempts >= MOST_ATTEMPTS:
                _bury(tx, claim, str(trouble))
            else:
                sync_requests.again(tx, claim, pause, str(trouble), counts=counts)


def _refused(wiring: Wiring, claims: Sequence[Claim], refusal: Permanent) -> None:
    """The vendor will never answer this as asked. Alone and tried often enough it is a dead letter."""
    with wiring.db.begin() as tx:
        for claim in claims:
            if claim.attempts < MOST_ATTEMPTS:
                sync_requests.again(tx, claim, back_off(claim.attempts), str(refusal))
            else:
                _bury(tx, claim, str(refusal))


def _bury(tx: Connection, claim: Claim, reason: str) -> None:
    """A dead letter with its reason, visible in the inbox; an event or `punctual retry` wakes it."""
    sync_requests.bury(tx, claim, reason)
    external = claim.ref.key if claim.ref.kind == "appointment" else ""
    message = f"Gave up looking at {claim.ref.kind} {claim.ref.key}: {reason}"
    key = f"dead:{claim.ref.kind}:{claim.ref.key}"
    inbox.tell(tx, claim.connection, "dead_letter", key, message, external_id=external)
