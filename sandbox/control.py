"""The control API: what a test or a demo does in the vendors' and the patients' place. All JSON, all under /control."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, jsonify, request

from sandbox.control_announce import announce_again
from sandbox.faults import KINDS
from sandbox.networks import Networks
from sandbox.phones import BEHAVIOURS, MAGIC
from sandbox.refusal import Record, no, sent_object
from sandbox.tenants import Tenant, read_tenant
from sandbox.vendor import Vendor
from sandbox.world import World

# path word -> change
ACTIONS = {
    "move": "move",
    "set": "set",
    "delete": "delete",
    "cancel": "cancelled",
    "complete": "completed",
    "no-show": "no_show",
    "attended": "attended",
    "accept": "accepted",
    "confirm": "confirmed",
}


class Control:
    def __init__(self, world: World, vendors: dict[str, Vendor], network: Networks) -> None:
        self.world = world
        self.vendors = vendors
        self.network = network

    def blueprint(self) -> Blueprint:
        api = Blueprint("control", __name__, url_prefix="/control")
        at_vendor, one = "/<vendor>/<tenant>", "/<vendor>/<tenant>/appointments/<record_id>"
        for path, view, method in (
            ("/health", self.health, "GET"),
            ("/reset", self.reset, "POST"),
            ("/tenants", self.put_tenants, "POST"),
            ("/tenants", self.tenants, "GET"),
            ("/limits", self.put_limits, "PUT"),
            ("/limits", self.limits, "GET"),
            ("/faults", self.put_fault, "PUT"),
            ("/faults", self.faults, "GET"),
            ("/faults", self.clear_faults, "DELETE"),
            ("/faults/<int:number>", self.clear_faults, "DELETE"),
            ("/requests", self.requests, "GET"),
            ("/requests", self.forget_requests, "DELETE"),
            ("/deliveries", self.deliveries, "GET"),
            ("/deliveries/<posting_id>", self.delivery, "GET"),
            ("/phones", self.phones, "GET"),
            ("/phone/<number>", self.phone, "GET"),
            ("/phone/<number>", self.behave, "PUT"),
            ("/phone/<number>/reply", self.reply, "POST"),
            ("/callbacks", self.put_sink, "POST"),
            ("/callbacks/<name>", self.sink, "GET"),
            (f"{at_vendor}/appointments", self.book, "POST"),
            (f"{at_vendor}/appointments", self.appointments, "GET"),
            (one, self.appointment, "GET"),
            (f"{one}/<action>", self.act, "POST"),
            (f"{at_vendor}/people/<person_id>", self.change_person, "POST"),
            (f"{at_vendor}/announce", self.announce, "POST"),
        ):
            api.add_url_rule(path, view_func=view, methods=[method])
        return api

    # The sandbox itself

    def health(self) -> Response:
        return jsonify({"ok": True, "tenants": len(self.world.tenants)})

    def reset(self) -> Response:
        self.world.reset(tenants=bool(sent_object().get("tenants", False)))
        return jsonify({"ok": True})

    def put_tenants(self) -> Response:
        sent = request.get_json(silent=True, force=True)
        wanted = [read_tenant(each) for each in (sent if isinstance(sent, list) else [sent])]
        put = [self.world.put_tenant(each) for each in wanted]
        return jsonify({"tenants": [_tenant(each) for each in put]})

    def tenants(self) -> Response:
        return jsonify({"tenants": [_tenant(each) for each in self.world.tenants.values()]})

    def put_limits(self) -> Response:
        settings = self.world.limits.settings
        for key, value in sent_object().items():
            if key not in {"enabled", "window_seconds", "latency_seconds"}:
                raise no(f"limits know enabled, window_seconds and latency_seconds, not {key}")
            setattr(settings, key, bool(value) if key == "enabled" else float(value))
        return self.limits()

    def limits(self) -> Response:
        per_window = {
            name: {"per_window": each.per_window, "at_once": each.at_once} for name, each in self.vendors.items()
        }
        return jsonify({**asdict(self.world.limits.settings), "vendors": per_window})

    def put_fault(self) -> Response:
        return jsonify(asdict(self.world.faults.put(sent_object())))

    def faults(self) -> Response:
        known = {name: does for name, (does, _) in KINDS.items()}
        return jsonify({"faults": self.world.faults.all(), "known": known})

    def clear_faults(self, number: int | None = None) -> Response:
        self.world.faults.clear(number)
        return self.faults()

    # What went in and out

    def requests(self) -> Response:
        newest = int(request.args.get("limit", 1000))
        return jsonify(self.world.calls.summary(request.args.get("vendor"), request.args.get("tenant"), newest))

    def forget_requests(self) -> Response:
        self.world.calls.reset()
        return jsonify({"ok": True})

    def deliveries(self) -> Response:
        asked = request.args
        found = self.world.postman.log(asked.get("vendor"), asked.get("tenant"), asked.get("kind"))
        return jsonify({"deliveries": [each.shown() for each in found]})

    def delivery(self, posting_id: str) -> Response:
        """`?wait=seconds` waits until no further attempt follows."""
        posting = self.world.postman.find(posting_id)
        if posting is None:
            raise no(f"no delivery {posting_id}", 404)
        posting.settled.wait(float(request.args.get("wait", 0)))
        return jsonify(posting.shown())

    def put_sink(self) -> Response:
        return jsonify(self.world.sinks.put(sent_object()).shown())

    def sink(self, name: str) -> Response:
        return jsonify(self.world.sinks.get(name).shown())

    # Phones

    def phones(self) -> Response:
        shown = []
        for number in list(self.world.phones.by_number):
            messages = self.world.phones.of(number)
            last = max(each.at for each in messages).isoformat()
            shown.append({"number": number, "messages": len(messages), "last_at": last})
        return jsonify({"phones": shown, "behaviours": BEHAVIOURS, "magic": MAGIC})

    def phone(self, number: str) -> Response:
        messages = [each.shown() for each in self.world.phones.of(number)]
        return jsonify({"number": number, "behaviour": self.world.phones.behaviour(number), "messages": messages})

    def behave(self, number: str) -> Response:
        self.world.phones.behave(number, str(sent_object().get("behaviour")))
        return self.phone(number)

    def reply(self, number: str) -> Response:
        return self._answered(self.network.reply(number, sent_object()))

    # Appointments

    def book(self, vendor: str, tenant: str) -> Response:
        """One booking, or a list of them."""
        of, whose = self._of(vendor, tenant)
        sent = request.get_json(silent=True, force=True)
        if isinstance(sent, list):
            return jsonify([of.booked(whose, each) for each in sent])
        if not isinstance(sent, dict):
            raise no("the body is a booking or a list of bookings")
        answer = self._answered(of.booked(whose, sent))
        answer.status_code = 201
        return answer

    def appointments(self, vendor: str, tenant: str) -> Response:
        of, whose = self._of(vendor, tenant)
        return jsonify({"appointments": [_row(asdict(each)) for each in of.rows(whose)]})

    def appointment(self, vendor: str, tenant: str, record_id: str) -> Response:
        of, whose = self._of(vendor, tenant)
        return jsonify({"id": record_id, "record": of.known(whose, record_id)})

    def act(self, vendor: str, tenant: str, record_id: str, action: str) -> Response:
        if action not in ACTIONS:
            raise no(f"an appointment can be {sorted(ACTIONS)}", 404)
        of, whose = self._of(vendor, tenant)
        return self._answered(of.changed(whose, record_id, ACTIONS[action], sent_object()))

    def change_person(self, vendor: str, tenant: str, person_id: str) -> Response:
        of, whose = self._of(vendor, tenant)
        with whose.lock:
            return jsonify({"person": of.change_person(whose, person_id, sent_object())})

    def announce(self, vendor: str, tenant: str) -> Response:
        of, whose = self._of(vendor, tenant)
        return self._answered({"deliveries": announce_again(of, whose, sent_object())})

    def _of(self, vendor: str, tenant: str) -> tuple[Vendor, Tenant]:
        if vendor not in self.vendors:
            raise no(f"vendor is one of {sorted(self.vendors)}", 404)
        return self.vendors[vendor], self.world.tenant(vendor, tenant)

    def _answered(self, answer: Record) -> Response:
        """With `?wait=seconds` the postings are waited for and shown whole under `posted`."""
        wait = float(request.args.get("wait", 0))
        if wait:
            found = [self.world.postman.find(each) for each in answer["deliveries"]]
            for each in found:
                if each is not None:
                    each.settled.wait(wait)
            answer = {**answer, "posted": [each.shown() for each in found if each is not None]}
        return jsonify(answer)


def _tenant(tenant: Tenant) -> dict[str, Any]:
    return {
        "vendor": tenant.vendor,
        "name": tenant.name,
        "webhook": tenant.webhook.url if tenant.webhook else None,
        "numbers": list(tenant.numbers),
        "appointments": len(tenant.appointments.current),
    }


def _row(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value.isoformat() if key.endswith("_at") and value else value for key, value in row.items()}
