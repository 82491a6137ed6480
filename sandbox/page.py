"""What a person sees: appointments with forms to book and change them, and phones with a field to answer.

Plain forms that work without JavaScript. Every form leads back to the page it was sent from; what went wrong is said
at the top of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from sandbox import times
from sandbox.booking import Row
from sandbox.control import ACTIONS
from sandbox.faults import KINDS
from sandbox.networks import Networks
from sandbox.pexip_filters import STATUSES
from sandbox.phones import BEHAVIOURS, MAGIC
from sandbox.refusal import Record, Refusal, no
from sandbox.tenants import Tenant
from sandbox.vendor import Vendor
from sandbox.world import World

NEWEST = 20  # deliveries shown
BUTTONS = {"cancel": "cancelled", "complete": "completed", "no-show": "no_show", "confirm": "confirmed",
           "accept": "accepted"}  # fmt: skip


@dataclass(frozen=True)
class Section:
    """One tenant on the page: its appointments, earliest first, and what can be done to them."""

    tenant: Tenant
    rows: list[Row]
    buttons: list[str]


class Page:
    def __init__(self, world: World, vendors: dict[str, Vendor], network: Networks) -> None:
        self.world, self.vendors, self.network = world, vendors, network

    def blueprint(self) -> Blueprint:
        page = Blueprint("page", __name__, template_folder="templates")
        page.add_url_rule("/", "appointments", self.appointments)
        page.add_url_rule("/phones", "phones", self.phones)
        page.add_url_rule("/phones/<number>", "phone", self.phone)
        page.add_url_rule("/phones/<number>", "reply", self.reply, methods=["POST"])
        page.add_url_rule("/book/<vendor>/<tenant>", "book", self.book, methods=["POST"])
        page.add_url_rule("/change/<vendor>/<tenant>/<record_id>", "change", self.change, methods=["POST"])
        page.add_url_rule("/faults", "spoil", self.spoil, methods=["POST"])
        page.add_url_rule("/faults/<int:number>", "mend", self.mend, methods=["POST"])
        page.add_app_template_filter(_clock, "clock")
        return page

    def appointments(self) -> str:
        of_vendors = [each for each in self.world.tenants.values() if each.vendor in self.vendors]
        return render_template(
            "appointments.html",
            sections=[self._section(each) for each in of_vendors],
            deliveries=[each.shown() for each in self.world.postman.log()[-NEWEST:]][::-1],
            statuses=STATUSES,
            faults=self.world.faults.all(),
            kinds=KINDS,
            soon=times.now().strftime("%Y-%m-%dT%H:%M"),
            problem=request.args.get("problem"),
        )

    def _section(self, tenant: Tenant) -> Section:
        vendor = self.vendors[tenant.vendor]
        rows = sorted(vendor.rows(tenant), key=lambda row: row.starts_at or times.now())
        return Section(tenant, rows, [word for word, status in BUTTONS.items() if status in vendor.statuses])

    def book(self, vendor: str, tenant: str) -> Response:
        sent = {key: value for key, value in request.form.items() if value}

        def done() -> None:
            sent["starts_at"] = _instant(sent.pop("starts", ""), sent.get("zone", "UTC"))
            announce = {"announce": sent.pop("announce", None) == "yes"}
            self._vendor(vendor).booked(self.world.tenant(vendor, tenant), {**sent, **announce})

        return self._back(done, "page.appointments")

    def change(self, vendor: str, tenant: str, record_id: str) -> Response:
        action = request.form.get("action", "")

        def done() -> None:
            if action not in ACTIONS:
                raise no(f"unknown action {action}")
            sent: Record = {"announce": request.form.get("announce") == "yes"}
            if action == "move":
                sent["starts_at"] = _instant(request.form.get("starts", ""), "UTC")
            self._vendor(vendor).changed(self.world.tenant(vendor, tenant), record_id, ACTIONS[action], sent)

        return self._back(done, "page.appointments")

    def spoil(self) -> Response:
        def done() -> None:
            vendor, _, tenant = request.form.get("whose", "").partition("/")
            self.world.tenant(vendor, tenant)
            count = request.form.get("count", "")
            often = {"count": int(count) if count.isdecimal() else None}
            self.world.faults.put({"vendor": vendor, "tenant": tenant, "fault": request.form.get("fault"), **often})

        return self._back(done, "page.appointments")

    def mend(self, number: int) -> Response:
        return self._back(lambda: self.world.faults.clear(number), "page.appointments")

    def phones(self) -> str:
        people = {row.phone: row.who for each in self.world.tenants.values() if each.vendor in self.vendors
                  for row in self.vendors[each.vendor].rows(each) if row.phone}  # fmt: skip
        senders = self._senders()
        numbers = [each for each in self.world.phones.by_number if each not in senders]
        shown: list[dict[str, Any]] = [
            {"number": each, "who": people.get(each, ""), "messages": self.world.phones.of(each)}
            for each in [*numbers, *(each for each in people if each not in numbers)]
        ]
        return render_template("phones.html", phones=shown, magic=MAGIC, behaviours=BEHAVIOURS)

    def phone(self, number: str) -> str:
        messages = [each.shown() for each in self.world.phones.of(number)]
        return render_template(
            "phone.html",
            number=number,
            messages=messages,
            senders=self._senders(),
            last_sender=next((each["from"] for each in reversed(messages) if each["direction"] != "inbound"), None),
            problem=request.args.get("problem"),
        )

    def reply(self, number: str) -> Response:
        sent = {"to": request.form.get("to"), "body": request.form.get("body")}
        return self._back(lambda: self.network.reply(number, sent), "page.phone", number=number)

    def _senders(self) -> list[str]:
        return [number for each in self.world.tenants.values() for number in each.numbers]

    def _vendor(self, name: str) -> Vendor:
        if name not in self.vendors:
            raise no(f"no vendor {name}", 404)
        return self.vendors[name]

    def _back(self, done: Callable[[], object], endpoint: str, **parts: Any) -> Response:
        """Does it, and goes back to the page with whatever went wrong."""
        try:
            done()
        except Refusal as refusal:
            parts["problem"] = str(refusal.body.get("error", refusal.body))
        return redirect(url_for(endpoint, **parts), code=303)


def _instant(local: str, zone: str) -> str:
    """What a datetime-local field holds, in the zone beside it, as an instant."""
    try:
        return datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone)).isoformat()
    except (ValueError, ZoneInfoNotFoundError):
        raise no(f"{local!r} in {zone!r} is not a time") from None


def _clock(instant: datetime | str | None) -> str:
    if instant is None:
        return "-"
    moment = times.parse(instant) if isinstance(instant, str) else instant
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC")
