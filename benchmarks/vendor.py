"""Pexip Engage as documented, light enough for two cores: `python -m benchmarks.vendor PORT LATENCY`.

The sandbox is one Flask process and would take half of the machine. This one gives the answers of document 002 after
the latency, counts what it was asked for, and changes its appointments when it is told to: every second change moves
the start, the others edit the notes, each has its own `updatedAt`.
"""

import asyncio
import json
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from benchmarks.network import Network, serve

TOKEN = {"access_token": "t", "expires_in": 3600, "token_type": "Bearer"}
MOVE = timedelta(minutes=5)
A_DAY = 1440
DEFAULT_LIMIT = 25

Record = dict[str, Any]


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def person(role: str, person_id: str) -> Record:
    return {
        "role": "PRIMARY",
        "participant": {"id": person_id},
        "type": role,
        "videoUrl": None,
        "videoTestUrl": None,
    }


def booked(external_id: str, start: datetime, version: datetime) -> Record:
    """A record with every field that document 002 shows."""
    by = {"createdBy": {"id": "701"}, "createdByType": "EMPLOYEE", "createdFrom": "BACKOFFICE_APP"}
    changed = {"updatedBy": {"id": "701"}, "updatedByType": "EMPLOYEE", "updatedFrom": "BACKOFFICE_APP"}
    said = {"language": "en", "value": "Ghent"}
    where = {"city": said, "state": said, "street1": said, "street2": said, "postalCode": "9000", "countryCode": "BE"}
    place = {"formattedAddress": "Korenmarkt 1, 9000 Ghent", "geolocation": {"latitude": 51.05, "longitude": 3.69}}
    return {
        "id": external_id,
        "externalId": f"ext-{external_id}",
        "start": stamp(start),
        "end": stamp(start + timedelta(minutes=30)),
        "subject": {"id": "501"},
        "office": {"id": "601"},
        "appointmentParticipants": [person("EMPLOYEE", "701"), person("CUSTOMER", f"c-{external_id}")],
        "answers": [],
        "meetingType": "OFFICE",
        "status": "ACCEPTED",
        "hybrid": False,
        "trailingBufferTime": 5,
        "internalNotes": "",
        "createdAt": stamp(version),
        "updatedAt": stamp(version),
        **by,
        **changed,
        "location": {**where, **place},
    }


class Vendor(Network):
    """Records by enterprise and id, and what was asked for."""

    def __init__(self, latency: float) -> None:
        super().__init__(latency)
        self.records: dict[str, dict[str, Record]] = {}
        self.calls: Counter[str] = Counter()

    def answer(self, method: str, path: str, body: bytes) -> tuple[float, int, bytes]:
        split = urlsplit(path)
        parts = split.path.strip("/").split("/")
        if parts[0] == "control":
            said = self.control(parts[1], json.loads(body) if body else {})
            return 0.0, 200, json.dumps(said).encode()
        if parts[0] == "realms":
            return self.latency, 200, json.dumps(TOKEN).encode()
        kind = "many" if parts[2:] == ["appointments"] else "one" if parts[2] == "appointments" else "customers"
        self.calls[f"{parts[1]} {kind}"] += 1
        self.calls["all"] += 1
        known = self.records[parts[1]]
        if kind == "many":
            return self.latency, 200, json.dumps(self.many(known, parse_qsl(split.query))).encode()
        if kind == "one" and method == "GET" and parts[3] in known:
            return self.latency, 200, json.dumps({"data": known[parts[3]]}).encode()
        return self.latency, 404, b'{"errors":[{"code":"NOT_FOUND","message":"no such thing"}]}'

    def many(self, known: dict[str, Record], asked: list[tuple[str, str]]) -> Record:
        """As it stands when the question comes: the answer is on its way for the latency."""
        limit = int(dict(asked).get("limit", DEFAULT_LIMIT))
        found = [known[value] for name, value in asked if name == "id[]" and value in known]
        return {"data": found[:limit], "meta": {"offset": 0, "limit": limit, "totalCount": len(found)}}

    def control(self, word: str, said: Record) -> Any:
        if word == "book":
            version, start = datetime.fromisoformat(said["version"]), datetime.fromisoformat(said["start"])
            self.records[said["enterprise"]] = {
                each: booked(each, start + number % A_DAY * timedelta(seconds=said["step_seconds"]), version)
                for number, each in enumerate(said["ids"])
            }
        elif word == "change":
            for external_id in said["ids"]:
                change(self.records[said["enterprise"]][external_id])
        elif word == "records":
            return self.records[said["enterprise"]]
        return {**self.calls, "most_at_once": self.most_at_once}


def change(record: Record) -> None:
    """A real change, one millisecond after the one before."""
    version = datetime.fromisoformat(record["updatedAt"]) + timedelta(milliseconds=1)
    record["updatedAt"] = stamp(version)
    if version.microsecond // 1000 % 2:
        record["internalNotes"] = f"edited at {record['updatedAt']}"
        return
    for name in ("start", "end"):
        record[name] = stamp(datetime.fromisoformat(record[name]) + MOVE)


if __name__ == "__main__":
    asyncio.run(serve(Vendor(float(sys.argv[2])), int(sys.argv[1])))
