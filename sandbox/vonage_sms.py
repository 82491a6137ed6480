"""An SMS network with Vonage's SMS API: POST /sms/json, delivery receipts and inbound texts, all signed.

From Vonage's public pages on the SMS API, on troubleshooting SMS (the statuses of an answer), on delivery receipts
(their words and error codes), on inbound SMS and on signing messages. HTTP is 200 for success and for refusal alike.
Which number does what is in `phones.MAGIC`, shared with the other network.

Assumptions: which status a number of ours is refused with, where the pages name several that would fit; one final
receipt for each part, a tenant's `receipt_statuses` may add `accepted` and `buffered`; webhooks as JSON, a tenant's
`webhook_format` may say `form` (the dashboard's other choice for POST). STOP is nothing to this network.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, jsonify, request

from sandbox import times
from sandbox.edge import Edge
from sandbox.ids import vonage_id
from sandbox.phones import E164, LATE_SECONDS, Message
from sandbox.refusal import Record, Refusal
from sandbox.segments import BASIC, EXTENDED, segments
from sandbox.sms import ANSWERED_AFTER, ENDINGS, HELD_SECONDS, RECEIPT_SECONDS
from sandbox.tenants import Tenant
from sandbox.vonage_posts import inbound_parts, posting, receipt_fields

LONGEST = 3200  # characters
PRICE, NETWORK = "0.03330000", "12345"

# behaviour -> (status, error-text)
REFUSED: Mapping[str, tuple[str, str]] = {
    "invalid": ("3", "Invalid value for param: to"),
    "unroutable": ("6", "Unroutable message - rejected"),
    "no_permission": ("29", "Non-Whitelisted Destination"),
    "opted_out": ("7", "Number barred"),
    "landline": ("33", "Number De-activated"),
}
# behaviour of the other network's table -> (final word, err-code)
RECEIPTS: Mapping[str, tuple[str, str]] = {
    "undelivered": ("failed", "2"),
    "blocked": ("rejected", "6"),
    "failed": ("failed", "1"),
    "unregistered": ("rejected", "11"),
}


class VonageSms(Edge):
    name = "vonage"
    prefixes = ("/vonage",)

    def authenticate(self) -> Tenant:
        """By `api_key` and `api_secret` among the parameters, or as Basic; the first is how /sms/json is called."""
        given = request.authorization
        basic = (given.username, given.password) if given is not None and given.type == "basic" else (None, None)
        key, secret = (self._said(name) or basic[place] for place, name in enumerate(("api_key", "api_secret")))
        tenant = self.world.who(self.name, str(key or ""))
        if tenant is not None and secret == tenant.credentials["api_secret"]:
            return tenant
        raise self.refused("4", "Bad Credentials") if request.path.endswith("/sms/json") else self.refuse(401, "")

    def words(self, status: int, message: str) -> Record:
        return {"error-code": str(status), "error-code-label": message or "authentication failed"}

    def limited(self, wait: float) -> Refusal:
        return self.refused("1", f"Throughput Rate Exceeded - please wait [ {wait * 1000:.0f} ] and retry")

    def refused(self, status: str, text: str) -> Refusal:
        return Refusal(200, {"message-count": "1", "messages": [{"status": status, "error-text": text}]})

    def blueprints(self) -> list[Blueprint]:
        api = Blueprint("vonage", __name__, url_prefix="/vonage")
        api.add_url_rule("/sms/json", view_func=self.send, methods=["POST"])
        api.add_url_rule("/account/get-balance", view_func=self.balance)
        return [self.guard(api)]

    def _said(self, name: str) -> str:
        """A parameter, wherever it stands: form, JSON or query."""
        sent = request.get_json(silent=True) if request.is_json else None
        value = sent.get(name) if isinstance(sent, dict) else request.values.get(name)
        return value if isinstance(value, str) else ""

    def balance(self) -> Response:
        return jsonify({"value": 10.28, "autoReload": False})

    def send(self) -> Response:
        tenant = self.caller()
        recipient, sender, text = (self._said(name) for name in ("to", "from", "text"))
        self._check(tenant, recipient, sender, text)
        phone, number = f"+{recipient}", f"+{sender}"
        behaviour = self.world.phones.behaviour(phone)
        if behaviour in REFUSED:
            raise self.refused(*REFUSED[behaviour])
        if behaviour == "never_answers":
            self.hold(HELD_SECONDS)
            raise self.refused("5", "Internal Error")
        if self._said("type") != "unicode":  # what the plain alphabet lacks arrives as question marks
            text = "".join(letter if letter in BASIC | EXTENDED else "?" for letter in text)
        message = self._accept(tenant, phone, number, text, behaviour)
        ids = [message.sid, *(vonage_id() for _ in range(message.segments - 1))]
        self._promise_receipts(tenant, message, ids, behaviour)
        self.hold(ANSWERED_AFTER.get(behaviour, 0.0))
        return jsonify({"message-count": str(len(ids)), "messages": [self._part(recipient, each) for each in ids]})

    def _check(self, tenant: Tenant, recipient: str, sender: str, text: str) -> None:
        for name, value in (("to", recipient), ("from", sender), ("text", text)):
            if not value:
                raise self.refused("2", f"Missing {name} param")
        if not E164.fullmatch(f"+{recipient}"):
            raise self.refused("3", "Invalid value for param: to")
        if tenant.numbers and f"+{sender}" not in tenant.numbers:
            raise self.refused("15", "Illegal Sender Address - rejected")
        if len(text) > LONGEST:
            raise self.refused("12", "Message too long")

    def _part(self, recipient: str, message_id: str) -> dict[str, str]:
        part = {"to": recipient, "message-id": message_id, "status": "0", "remaining-balance": "10.28000000"}
        part |= {"message-price": PRICE, "network": NETWORK}
        return part | ({"client-ref": reference} if (reference := self._said("client-ref")) else {})

    def _accept(self, tenant: Tenant, recipient: str, sender: str, text: str, behaviour: str) -> Message:
        at = times.now()
        seconds = LATE_SECONDS.get(behaviour, float(tenant.options.get("receipt_seconds", RECEIPT_SECONDS)))
        status, code = ENDINGS.get(behaviour, ("delivered", None))
        stages: list[tuple[datetime, str, int | None]] = [(at, "queued", None)]
        if behaviour != "no_receipt":
            stages.append((at + timedelta(seconds=seconds), status, code))
        message = Message(
            sid=vonage_id(),
            account_sid=tenant.identity,
            sender=sender,
            recipient=recipient,
            body=text,
            direction="outbound-api",
            at=at,
            segments=segments(text),
            stages=stages,
        )
        self.world.phones.keep(message)
        return message

    def _promise_receipts(self, tenant: Tenant, message: Message, ids: list[str], behaviour: str) -> None:
        callback = self._said("callback")
        if not callback or len(message.stages) == 1:
            return
        ended, _, _ = message.stages[-1]
        word, code = RECEIPTS.get(behaviour, ("delivered", "0"))
        early = [each for each in tenant.options.get("receipt_statuses") or () if each in {"accepted", "buffered"}]
        seconds = (ended - message.at).total_seconds()
        said = [*((each, "0", seconds / 2) for each in early), (word, code, seconds)]
        for message_id in ids:
            for status, err_code, delay in said:
                fields = receipt_fields(tenant, message, message_id, status, err_code, self._said("client-ref"))
                self._post(tenant, "receipt", callback, fields, delay=delay)

    def reply(self, phone: str, sent: Record) -> Record:
        """Somebody texts from `phone` to a sender number: kept, and posted in parts to the number's address."""
        recipient, body = str(sent["to"]), str(sent["body"])
        tenant = self.world.owner_of(recipient)
        if tenant is None:
            raise LookupError(recipient)
        at = times.now()
        message = Message(
            sid=sent.get("sid") or vonage_id(),
            account_sid=tenant.identity,
            sender=phone,
            recipient=recipient,
            body=body,
            direction="inbound",
            at=at,
            segments=segments(body),
            stages=[(at, "received", None)],
        )
        self.world.phones.keep(message)
        url = str(tenant.numbers[recipient].get("inbound_url") or "")
        delay, signature = float(sent.get("delay_seconds", 0)), str(sent.get("signature", "good"))
        posted = [
            each
            for _ in range(int(sent.get("copies", 1)) if url else 0)
            for fields in inbound_parts(tenant, message)
            for each in self._post(tenant, "inbound", url, fields, delay=delay, signature=signature)
        ]
        return {"sid": message.sid, "deliveries": posted}

    def _post(
        self, tenant: Tenant, kind: str, url: str, fields: dict[str, str], *, delay: float, signature: str = "good"
    ) -> list[str]:
        """Posts signed fields, spoiled by whatever webhook fault is switched on for this network. Returns their ids."""
        names = ("lost", "duplicate", "delayed", "out_of_order", "wrong_signature")
        strikes: dict[str, Any] = {
            name: self.world.faults.take(self.name, tenant.name, name, id=fields["messageId"]) for name in names
        }
        late = strikes["delayed"] or strikes["out_of_order"]
        fault = next((name for name, found in strikes.items() if found), None)
        quality = "wrong" if strikes["wrong_signature"] else signature
        made = [posting(tenant, kind, url, fields, quality, fault) for _ in range(2 if strikes["duplicate"] else 1)]
        return [self.world.postman.post(each, delay + (late.seconds if late else 0.0)).id for each in made]
