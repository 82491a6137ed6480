"""The same client and the same number of threads, sending from a list in memory: `python -m benchmarks.in_memory`.

Nothing is claimed, checked or written down: this is what the pool and the client can do at most.
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor

from outbound.client import Client
from outbound.clock import boottime
from rules.senders import Accepted, SenderSettings, Text
from runtime.wiring import SENDER_CALL_SECONDS
from senders import apis

BODY = "Hi Ada, Bench expects you on Friday, 1 January at 10:00."


def main(url: str, number: int, threads: int, name: str) -> None:
    settings = SenderSettings("net", "twilio", ("+15005550006",), url, {"account_sid": "AC1", "auth_token": "t"})
    api = apis.APIS["twilio"](settings, Client(total_seconds=SENDER_CALL_SECONDS))

    def send(n: int) -> bool:
        receipt_url = f"http://127.0.0.1:8400/senders/net/receipts?attempt={name}-{n}"
        text = Text(
            to="+14155000000", from_="+15005550006", body=BODY, reference=f"{name}-{n}", receipt_url=receipt_url
        )
        return isinstance(api.send(text, send_by=boottime() + 30, timeout_seconds=12), Accepted)

    with ThreadPoolExecutor(threads) as pool:
        sent = sum(pool.map(send, range(number)))
    json.dump({"accepted": sent}, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
