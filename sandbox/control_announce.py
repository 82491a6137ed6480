"""Posting a webhook without any change: again, several times, badly signed, or with a body that is no event at all."""

from sandbox.ids import uuid4
from sandbox.refusal import Record, no
from sandbox.tenants import Tenant
from sandbox.vendor import Manner, Vendor

KNOWN = {"id", "type", "copies", "delay_seconds", "signature", "repeat_of", "raw", "event_id", "events"}


def announce_again(vendor: Vendor, tenant: Tenant, sent: Record) -> list[str]:
    """The ids of what is posted. `repeat_of` keeps event id and body; `raw` is posted as it stands."""
    if unknown := set(sent) - KNOWN:
        raise no(f"announce: unknown keys {sorted(unknown)}; known are {sorted(KNOWN)}")
    manner = Manner.read(sent)
    if "repeat_of" in sent:
        before = vendor.world.postman.find(str(sent["repeat_of"]))
        if before is None or before.tenant != tenant.name:
            raise no(f"{tenant.name} posted no {sent['repeat_of']}", 404)
        posted = vendor.post(tenant, before.event_id, before.type, before.body, before.subject, manner)
    elif "raw" in sent:
        event_id = sent.get("event_id") or f"msg_{uuid4()}"
        posted = vendor.post(tenant, event_id, "raw", str(sent["raw"]).encode(), sent.get("id"), manner)
    elif "id" in sent:
        record = tenant.appointments.get(str(sent["id"])) or _unknown(vendor, str(sent["id"]))
        posted = vendor.announce(tenant, str(sent["id"]), record, sent.get("type", "updated"), manner)
    else:
        raise no("announce needs id, repeat_of or raw")
    return [each.id for each in posted]


def _unknown(vendor: Vendor, record_id: str) -> Record:
    """An appointment the vendor does not have (any more): enough of a record for the thin events to name it."""
    if vendor.name == "pexip":
        raise no(f"Pexip posts whole records; there is none of {record_id}. Use repeat_of or raw", 404)
    return {"id": record_id, "appointmentId": record_id, "appointmentDateTime": None, "customerId": None}
