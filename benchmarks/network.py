"""An SMS network with Twilio's answers, light enough for two cores: `python -m benchmarks.network PORT LATENCY`.

The sandbox is one Flask process and would take half of the machine at 500 texts per second. This one says what the
sandbox says to a good request, after the latency, and notes when each request was whole.
"""

import asyncio
import json
import sys
import time
from urllib.parse import parse_qsl, urlsplit

HEAD = b"HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


class Network:
    """What has arrived: (our attempt, instant in seconds since the epoch, number)."""

    def __init__(self, latency: float) -> None:
        self.latency = latency
        self.log: list[tuple[str, float, str]] = []
        self.numbered = 0
        self.at_once = 0
        self.most_at_once = 0

    def line(self) -> "Line":
        return Line(self)

    def answer(self, method: str, path: str, body: bytes) -> tuple[float, int, bytes]:
        """Seconds to wait, status and body."""
        if path == "/log":
            said = json.dumps({"log": self.log, "most_at_once": self.most_at_once}).encode()
            if method == "DELETE":
                self.log, self.most_at_once = [], 0
            return 0.0, 200, said
        if path == "/count":
            return 0.0, 200, str(len(self.log)).encode()
        form = dict(parse_qsl(body.decode()))
        asked = dict(parse_qsl(urlsplit(form.get("StatusCallback", "")).query))
        self.log.append((asked.get("attempt") or form.get("Body", ""), time.time(), form.get("To", "")))
        self.numbered += 1
        said = {"sid": f"SM{self.numbered:032x}", "status": "queued", "num_segments": "1", "to": form.get("To")}
        return self.latency, 201, json.dumps(said).encode()


class Line(asyncio.Protocol):
    """One connection; its requests come one after another."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.read = bytearray()
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.read += data
        head, blank, body = bytes(self.read).partition(b"\r\n\r\n")
        if not blank:
            return
        length = head.lower().partition(b"content-length:")[2].partition(b"\r")[0].strip()
        wanted = int(length or b"0")
        if len(body) < wanted:
            return
        self.read = bytearray(body[wanted:])
        method, target = head.split(b" ", 2)[:2]
        wait, status, said = self.network.answer(method.decode(), target.decode(), body[:wanted])
        if wait:
            self.network.at_once += 1
            self.network.most_at_once = max(self.network.most_at_once, self.network.at_once)
            asyncio.get_running_loop().call_later(wait, self.say, status, said, True)
        else:
            self.say(status, said, False)

    def say(self, status: int, said: bytes, counted: bool) -> None:
        self.network.at_once -= counted
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(HEAD % (status, len(said)) + said)


async def serve(network: Network, port: int) -> None:
    server = await asyncio.get_running_loop().create_server(network.line, "127.0.0.1", port, backlog=512)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Network(float(sys.argv[2])), int(sys.argv[1])))
