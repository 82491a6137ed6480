"""Posts signed webhooks as fast as they are answered: `python -m benchmarks.load`, a job as JSON in, a report out.

One process, no threads, whole requests made beforehand: on two cores what is measured must not wait for the meter.
"""

import base64
import hashlib
import hmac
import json
import selectors
import socket
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field

CONNECT_SECONDS = 5.0
REPEAT_EVERY = 50  # every so many requests one is sent again: dedupe is part of what is measured


@dataclass
class Job:
    port: int
    seconds: float
    secret: str
    connections: list[str]
    """Names of ours, taken in turn."""
    lines: int = 64
    most: int = 60_000
    first: int = 0
    vendor: str = "caspen"
    things: int = 2000
    """How many different appointments the events are about."""


@dataclass
class Line:
    """One connection to the server, and the request that it waits for."""

    sock: socket.socket | None = None
    began: float = 0.0
    key: str = ""
    request: bytes = b""
    answer: bytearray = field(default_factory=bytearray)


def as_caspen(_key: str, thing: str) -> dict[str, object]:
    told = {"id": thing, "pad": "x" * 600}
    return {"type": "appointment.updated", "timestamp": "2026-01-01T12:00:00Z", "data": told}


def as_pexip(key: str, thing: str) -> dict[str, object]:
    """The update time that it names has been reached by every record."""
    told = {"id": thing, "status": "ACCEPTED", "updatedAt": "2026-01-01T12:00:00.000Z"}
    said = {"eventType": "GENERIC_UPDATE", "message": "x" * 500, "appointment": told}
    return {"id": key, "version": "1", "entity": "Appointment", "data": said}


BODIES = {"caspen": as_caspen, "pexip": as_pexip}


def requests(job: Job) -> Iterator[tuple[str, bytes]]:
    """Keys and whole requests, signed as Standard Webhooks sign."""
    secret = base64.b64decode(job.secret.removeprefix("whsec_"))
    stamp = str(int(time.time()))
    before = ("", b"")
    for number in range(job.first, job.first + job.most):
        if number % REPEAT_EVERY == REPEAT_EVERY - 1:
            yield before
            continue
        key = f"msg_{number}"
        thing = f"app_{number % job.things}"
        body = json.dumps(BODIES[job.vendor](key, thing)).encode()
        signed = hmac.digest(secret, f"{key}.{stamp}.".encode() + body, hashlib.sha256)
        connection = job.connections[number % len(job.connections)]
        head = (
            f"POST /hooks/{connection} HTTP/1.1\r\nHost: 127.0.0.1:{job.port}\r\nUser-Agent: bench\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
            f"webhook-id: {key}\r\nwebhook-timestamp: {stamp}\r\n"
            f"webhook-signature: v1,{base64.b64encode(signed).decode()}\r\n\r\n"
        )
        before = (key, head.encode() + body)
        yield before


class Post:
    """Keeps every line busy until the time or the requests are used up."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.waiting = deque(requests(job))
        self.selector = selectors.DefaultSelector()
        self.lines = [Line() for _ in range(job.lines)]
        self.took: list[float] = []
        self.statuses: Counter[str] = Counter()
        self.keys: set[str] = set()
        self.last = 0.0

    def run(self) -> dict[str, object]:
        began, spent = time.perf_counter(), time.process_time()
        ends = began + self.job.seconds
        busy = 0
        for line in self.lines:
            busy += self._next(line)
        while busy:
            for ready, _ in self.selector.select(CONNECT_SECONDS):
                line = ready.data
                if self._read(line):
                    busy -= 1
                    if time.perf_counter() < ends:
                        busy += self._next(line)
        took = sorted(self.took)
        seconds = self.last - began
        return {
            "answers": len(took),
            "rps": len(took) / seconds if took else 0.0,
            "p50_ms": 1000 * took[len(took) // 2] if took else 0.0,
            "p99_ms": 1000 * took[len(took) * 99 // 100] if took else 0.0,
            "statuses": dict(self.statuses),
            "accepted_keys": len(self.keys),
            "cpu_seconds": time.process_time() - spent,
        }

    def _next(self, line: Line) -> int:
        if not self.waiting:
            return 0
        line.key, line.request = self.waiting.popleft()
        line.answer.clear()
        line.began = time.perf_counter()
        self._write(line)
        return 1

    def _write(self, line: Line) -> None:
        if line.sock is None:
            line.sock = socket.create_connection(("127.0.0.1", self.job.port), CONNECT_SECONDS)
            line.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.selector.register(line.sock, selectors.EVENT_READ, line)
        try:
            line.sock.sendall(line.request)
        except OSError:
            self._drop(line)
            self._write(line)  # closed between two requests, before anything was answered

    def _drop(self, line: Line) -> None:
        if line.sock is not None:
            self.selector.unregister(line.sock)
            line.sock.close()
            line.sock = None

    def _read(self, line: Line) -> bool:
        """True when the answer is whole."""
        assert line.sock is not None
        try:
            part = line.sock.recv(65536)
        except OSError:
            part = b""
        line.answer += part
        head, blank, body = line.answer.partition(b"\r\n\r\n")
        lower = head.lower()
        length = lower.partition(b"content-length:")[2].partition(b"\r")[0].strip() if blank else b""
        whole = bool(blank) and (
            len(body) >= int(length) if length else b"chunked" not in lower or b"0\r\n\r\n" in body
        )
        if not whole and part:
            return False
        self.last = time.perf_counter()
        status = bytes(line.answer[9:12]).decode() if whole else "none"
        self.took.append(self.last - line.began)
        self.statuses[status] += 1
        if status.startswith("2"):
            self.keys.add(line.key)
        if not whole or b"connection: close" in lower or not part:
            self._drop(line)
        return True


if __name__ == "__main__":
    print(json.dumps(Post(Job(**json.load(sys.stdin))).run()))
