"""Posts what vendors and the SMS network have to say, from a thread of its own, and keeps a log of it.

Retries follow the documents: Pexip three attempts in about a minute (topic-webhooks, production page), Svix's default
schedule for CareCycle, the example schedule of Standard Webhooks for the two contracts that are the project's own,
and for Twilio's network one more attempt when nobody could be reached (its default). Assumption: Vonage's tries again
five times, a minute apart.
"""

import heapq
import itertools
import queue
import ssl
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

import httpx

from sandbox import times

KEPT = 20_000  # postings in the log
ANSWER_KEPT = 2_000  # characters of an answer
POSTERS = 16
HELD_BEHIND = 0.5  # seconds by which an out-of-order posting follows the one it let pass


@dataclass(frozen=True)
class Policy:
    """Seconds an attempt may take, then (seconds of waiting, seconds it may take) for each further one."""

    timeout: float
    retries: tuple[tuple[float, float], ...] = ()
    only_if_unreached: bool = False


USUAL = Policy(15, ((5, 15), (300, 15), (1800, 15), (7200, 15), (18000, 15), (36000, 15)))
POLICIES: Mapping[str, Policy] = {
    "pexip": Policy(3, ((2, 5), (10, 30))),
    "sms": Policy(15, ((1, 15),), only_if_unreached=True),
    "vonage": Policy(15, ((60, 15),) * 5),
}


@dataclass
class Posting:
    """One webhook, receipt or inbound text on its way. `headers` signs each attempt anew, at its own time."""

    vendor: str
    tenant: str
    kind: str
    url: str
    event_id: str
    type: str
    body: bytes
    content_type: str
    headers: Callable[[datetime, str], dict[str, str]]
    subject: str | None = None
    signature: str = "good"
    retries: bool = True
    id: str = ""
    fault: str | None = None
    due_at: str = ""
    attempts: list[dict[str, Any]] = field(default_factory=list)
    settled: threading.Event = field(default_factory=threading.Event, repr=False)

    def shown(self) -> dict[str, Any]:
        last = self.attempts[-1] if self.attempts else {}
        return {
            "id": self.id,
            "vendor": self.vendor,
            "tenant": self.tenant,
            "kind": self.kind,
            "type": self.type,
            "event_id": self.event_id,
            "subject": self.subject,
            "url": self.url,
            "signature": self.signature,
            "fault": self.fault,
            "due_at": self.due_at,
            "body": self.body.decode("utf-8", "replace"),
            "status": last.get("status"),
            "answer": last.get("answer"),
            "error": last.get("error"),
            "attempts": list(self.attempts),
        }


@cache
def _certificates() -> ssl.SSLContext:
    """Read once: loading them takes longer than a posting."""
    return httpx.create_ssl_context(trust_env=False)


class Postman:
    """One thread that knows what is due, and a few that post it."""

    def __init__(self) -> None:
        self._due: list[tuple[float, int, Posting]] = []
        self._log: OrderedDict[str, Posting] = OrderedDict()
        self._numbers = itertools.count(1)
        self._order = itertools.count()
        self._held: dict[str, Posting] = {}
        self._wake = threading.Condition()
        self._ready: queue.SimpleQueue[Posting] = queue.SimpleQueue()
        self._started = False

    def post(self, posting: Posting, delay: float = 0.0) -> Posting:
        """Takes it into the log and posts it after `delay` seconds. Returns at once."""
        with self._wake:
            posting.id = f"d{next(self._numbers)}"
            self._log[posting.id] = posting
            while len(self._log) > KEPT:
                self._log.popitem(last=False)
            if posting.fault == "lost":
                posting.settled.set()
                return posting
            self._put(posting, delay)
            if posting.fault == "out_of_order":
                self._held[posting.tenant] = posting
            elif held := self._held.pop(posting.tenant, None):
                self._due = [each for each in self._due if each[2] is not held]
                heapq.heapify(self._due)
                self._put(held, delay + HELD_BEHIND)
        return posting

    def _put(self, posting: Posting, delay: float) -> None:
        posting.due_at = datetime.fromtimestamp(time.time() + delay, tz=times.now().tzinfo).isoformat()
        heapq.heappush(self._due, (time.monotonic() + delay, next(self._order), posting))
        if not self._started:  # daemons: a receiver that hangs must not keep the sandbox from ending
            self._started = True
            for run in (self._watch, *[self._deliver] * POSTERS):
                threading.Thread(target=run, name="postman", daemon=True).start()
        self._wake.notify()

    def _watch(self) -> None:
        while True:
            with self._wake:
                while not self._due or self._due[0][0] > time.monotonic():
                    self._wake.wait(self._due[0][0] - time.monotonic() if self._due else None)
                posting = heapq.heappop(self._due)[2]
                if self._held.get(posting.tenant) is posting:
                    del self._held[posting.tenant]
            self._ready.put(posting)

    def _deliver(self) -> None:
        posting = self._ready.get()  # most threads of a quiet sandbox never need a client
        with httpx.Client(trust_env=False, verify=_certificates()) as client:
            while True:
                self._attempt(client, posting)
                posting = self._ready.get()

    def _attempt(self, client: httpx.Client, posting: Posting) -> None:
        policy = POLICIES.get(posting.vendor, USUAL)
        tried = len(posting.attempts)
        timeout = policy.timeout if tried == 0 else policy.retries[tried - 1][1]
        began, at = time.monotonic(), times.now()
        result: dict[str, Any] = {"at": at.isoformat(), "status": None, "answer": None, "error": None}
        try:
            answer = client.post(
                posting.url,
                content=posting.body,
                headers={"Content-Type": posting.content_type, **posting.headers(at, posting.signature)},
                timeout=timeout,
            )
            result |= {"status": answer.status_code, "answer": answer.text[:ANSWER_KEPT]}
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            result["error"] = f"{type(error).__name__}: {error}"
        result["seconds"] = round(time.monotonic() - began, 4)
        posting.attempts.append(result)
        again = self._again(posting, policy, result["status"])
        if again is None:
            posting.settled.set()
            return
        with self._wake:
            self._put(posting, again)

    def _again(self, posting: Posting, policy: Policy, status: int | None) -> float | None:
        """Seconds until the next attempt, None when there is none."""
        done = status is not None and (200 <= status < 300 or status == 410 or policy.only_if_unreached)
        retried = len(posting.attempts) - 1
        if done or not posting.retries or posting.signature != "good" or retried >= len(policy.retries):
            return None
        return policy.retries[retried][0]

    def find(self, posting_id: str) -> Posting | None:
        with self._wake:
            return self._log.get(posting_id)

    def log(self, vendor: str | None = None, tenant: str | None = None, kind: str | None = None) -> list[Posting]:
        with self._wake:
            return [
                each
                for each in self._log.values()
                if vendor in {None, each.vendor} and tenant in {None, each.tenant} and kind in {None, each.kind}
            ]

    def reset(self) -> None:
        with self._wake:
            self._due.clear()
            self._log.clear()
            self._held.clear()
