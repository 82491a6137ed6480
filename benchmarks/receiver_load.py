"""Posts signed webhooks over kept connections from a process of its own, and prints what came back as JSON.

python -m benchmarks.receiver_load PORT CONNECTIONS SECONDS
"""

import base64
import json
import os
import select
import socket
import sys
import time
from collections import Counter
from datetime import UTC, datetime

from vendors.signatures import sign_standard

SECRET = "whsec_" + base64.b64encode(b"for measuring and nothing else..").decode()
MOST_PER_SECOND = 8_000  # requests are signed beforehand, so that signing is not measured
APPOINTMENTS = 2_000


def requests(count: int) -> list[bytes]:
    """Each is an event of its own; together they name so many appointments."""
    run, made = os.urandom(6).hex(), []
    for number in range(count):
        said = {"type": "appointment.updated", "data": {"id": f"app_{number % APPOINTMENTS}"}, "padding": "x" * 700}
        body = json.dumps(said).encode()
        headers = sign_standard(SECRET, f"msg_{run}_{number}", datetime.now(UTC), body)
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = f"POST /hooks/bench HTTP/1.1\r\nHost: bench\r\nContent-Length: {len(body)}\r\n{lines}\r\n"
        made.append(head.encode() + body)
    return made


class Caller:
    """One connection: sends a request, waits for its answer, sends the next."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.began = 0.0
        self._read = b""

    def send(self, request: bytes) -> None:
        self._read, self.began = b"", time.perf_counter()
        self.socket.sendall(request)

    def status(self) -> str | None:
        """The answer's status once all of it is there."""
        piece = self.socket.recv(65536)
        if not piece:
            raise ConnectionError("the server closed a connection")
        self._read += piece
        head, separator, body = self._read.partition(b"\r\n\r\n")
        if not separator:
            return None
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        return head[9:12].decode() if len(body) >= length else None


def run(port: int, connections: int, seconds: float) -> dict[str, object]:
    waiting = iter(requests(int(seconds * MOST_PER_SECOND)))
    callers = {each.socket.fileno(): each for each in (Caller(port) for _ in range(connections))}
    poll = select.poll()
    for number, caller in callers.items():
        poll.register(number, select.POLLIN)
        caller.send(next(waiting))
    taken: list[float] = []
    statuses: Counter[str] = Counter()
    began = time.perf_counter()
    while callers:
        for number, _ in poll.poll(10_000):
            caller = callers[number]
            status = caller.status()
            if status is None:
                continue
            taken.append(time.perf_counter() - caller.began)
            statuses[status] += 1
            request = next(waiting, None) if time.perf_counter() - began < seconds else None
            if request is None:
                poll.unregister(number)
                del callers[number]
            else:
                caller.send(request)
    spent = time.perf_counter() - began
    taken.sort()
    return {
        "per_second": round(len(taken) / spent),
        "p50_ms": round(taken[len(taken) // 2] * 1000, 1),
        "p99_ms": round(taken[int(len(taken) * 0.99)] * 1000, 1),
        "statuses": dict(statuses),
    }


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))))
