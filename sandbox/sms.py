"""An SMS network with Twilio's HTTP API: send, list, look up, status callbacks and inbound texts, all signed.

From Twilio's public documentation of the Messages resource, of webhook security, and of errors 20003, 20404, 20429,
21211, 21408, 21602, 21603, 21606, 21610, 21612, 21614, 21617, 30003, 30007, 30008 and 30034. Which number does what is
in `phones.MAGIC`. Assumption: callbacks are posted for `sent` and for the final status, as Twilio does without a
messaging service; a tenant's `receipt_statuses` may add `queued`.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, request

from sandbox import times
from sandbox.edge import Edge
from sandbox.ids import sid
from sandbox.phones import E164, LATE_SECONDS, LIST_LAGS_SECONDS, Message
from sandbox.refusal import Record, Refusal, no
from sandbox.segments import segments
from sandbox.signing import twilio_signature
from sandbox.sms_messages import inbound_form, listing, resource
from sandbox.tenants import Tenant
from sandbox.webhooks import Posting

HELD_SECONDS = 60.0
ANSWERED_AFTER: Mapping[str, float] = {
    "accepts_then_silent": HELD_SECONDS,
    "silent_then_receipt": HELD_SECONDS,
    "answers_late": 2.0,
}
"""behaviour -> seconds from acceptance to the answer"""
RECEIPT_SECONDS = 0.3  # from acceptance to delivery; a tenant's `receipt_seconds` changes it
LONGEST = 1600  # characters; Twilio's limit (21617)

# behaviour -> (code, message)
REFUSED: Mapping[str, tuple[int, str]] = {
    "invalid": (21211, "Invalid 'To' Phone Number: {to}"),
    "unroutable": (21612, "Message cannot be sent with the current combination of 'To' and/or 'From' parameters"),
    "no_permission": (21408, "Permission to send an SMS has not been enabled for the region indicated by 'To': {to}"),
    "opted_out": (21610, "Attempt to send to unsubscribed recipient"),
    "landline": (21614, "'To' number is not a valid mobile number: {to}"),
}
# behaviour -> (final status, error code)
ENDINGS: Mapping[str, tuple[str, int | None]] = {
    "undelivered": ("undelivered", 30003),
    "blocked": ("undelivered", 30007),
    "failed": ("failed", 30008),
    "unregistered": ("undelivered", 30034),
}


class SmsNetwork(Edge):
    name = "sms"
    prefixes = ("/sms",)

    def authenticate(self) -> Tenant:
        tenant, given = self.world.who(self.name, self.owner()), request.authorization
        if tenant is not None and given is not None and given.type == "basic":
            wanted = (tenant.identity, tenant.credentials["auth_token"])
            if (given.username, given.password) == wanted:
                return tenant
        raise self.refuse(401, "Authenticate")

    def words(self, status: int, message: str) -> Record:
        codes = {401: 20003, 404: 20404, 405: 20004, 429: 20429, 500: 20500}
        return self.error(status, codes.get(status, 20001), message).body

    def error(self, status: int, code: int, message: str) -> Refusal:
        more = f"https://www.twilio.com/docs/errors/{code}"
        return Refusal(status, {"code": code, "message": message, "more_info": more, "status": status})

    def blueprints(self) -> list[Blueprint]:
        api = Blueprint("sms", __name__, url_prefix="/sms/2010-04-01/Accounts/<owner>")
        api.add_url_rule("/Messages.json", view_func=self.send, methods=["POST"])
        api.add_url_rule("/Messages.json", view_func=self.list_messages)
        api.add_url_rule("/Messages/<message_sid>.json", view_func=self.get_message)
        return [self.guard(api)]

    def send(self) -> Response:
        tenant, form = self.caller(), request.form
        recipient, sender, body = form.get("To", ""), form.get("From", ""), form.get("Body", "")
        self._check(tenant, recipient, sender, body)
        behaviour = self.world.phones.behaviour(recipient)
        if behaviour in REFUSED:
            code, words = REFUSED[behaviour]
            raise self.error(400, code, words.format(to=recipient))
        if self.world.phones.has_stopped(recipient, sender):
            raise self.error(400, *REFUSED["opted_out"])
        if behaviour == "never_answers":
            self.hold(HELD_SECONDS)
            raise self.refuse(503, "Service unavailable")
        message = self._accept(tenant, recipient, sender, body, behaviour)
        if callback := form.get("StatusCallback"):
            self._promise_receipts(tenant, message, callback)
        self.hold(ANSWERED_AFTER.get(behaviour, 0.0))
        answer = jsonify(resource(message, first=True))
        answer.status_code = 201
        return answer

    def _check(self, tenant: Tenant, recipient: str, sender: str, body: str) -> None:
        if not recipient:
            raise self.error(400, 21604, "A 'To' phone number is required.")
        if not sender:
            raise self.error(400, 21603, "A 'From' phone number is required.")
        if not E164.fullmatch(recipient):
            raise self.error(400, 21211, f"Invalid 'To' Phone Number: {recipient}")
        if tenant.numbers and sender not in tenant.numbers:
            message = f"The 'From' phone number {sender} is not a valid, SMS-capable inbound phone number"
            raise self.error(400, 21606, message)
        if not body:
            raise self.error(400, 21602, "Message body is required.")
        if len(body) > LONGEST:
            raise self.error(400, 21617, "The concatenated message body exceeds the 1600 character limit")

    def _accept(self, tenant: Tenant, recipient: str, sender: str, body: str, behaviour: str) -> Message:
        at = times.now()
        seconds = LATE_SECONDS.get(behaviour, float(tenant.options.get("receipt_seconds", RECEIPT_SECONDS)))
        status, code = ENDINGS.get(behaviour, ("delivered", None))
        stages: list[tuple[Any, str, int | None]] = [(at, "queued", None)]
        if behaviour != "no_receipt":
            ended = at + timedelta(seconds=seconds)
            stages += [(ended - timedelta(seconds=min(1, seconds / 2)), "sent", None), (ended, status, code)]
        message = Message(
            sid=sid("SM"),
            account_sid=tenant.identity,
            sender=sender,
            recipient=recipient,
            body=body,
            direction="outbound-api",
            at=at,
            segments=segments(body),
            stages=stages,
            listed_at=at + timedelta(seconds=LIST_LAGS_SECONDS) if behaviour == "silent_then_receipt" else None,
        )
        self.world.phones.keep(message)
        return message

    def _promise_receipts(self, tenant: Tenant, message: Message, callback: str) -> None:
        wanted = tenant.options.get("receipt_statuses") or ("sent", "delivered", "undelivered", "failed")
        for at, status, code in message.stages:
            if status not in wanted:
                continue
            form = {
                "AccountSid": message.account_sid,
                "ApiVersion": "2010-04-01",
                "From": message.sender,
                "To": message.recipient,
                "MessageSid": message.sid,
                "MessageStatus": status,
                "SmsSid": message.sid,
                "SmsStatus": status,
            }
            if code is not None:
                form["ErrorCode"] = str(code)
            self.post(tenant, "receipt", callback, form, delay=(at - message.at).total_seconds())

    # The other direction

    def reply(self, phone: str, sent: Record) -> Record:
        """Somebody texts from `phone` to a sender number: kept, STOP heeded, posted to the number's address."""
        recipient, body = sent.get("to"), sent.get("body")
        if not isinstance(recipient, str) or not isinstance(body, str):
            raise no('a reply needs "to" (a sender number) and "body"')
        tenant = self.world.owner_of(recipient)
        if tenant is None:
            raise no(f"no SMS tenant has the number {recipient}", 404)
        at = times.now()
        message = Message(
            sid=sent.get("sid") or sid("SM"),
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
        self.world.phones.heed(phone, recipient, body)
        url = str(tenant.numbers[recipient].get("inbound_url") or "")
        form = inbound_form(message)
        delay, signature = float(sent.get("delay_seconds", 0)), sent.get("signature", "good")
        posted = [
            each
            for _ in range(int(sent.get("copies", 1)) if url else 0)
            for each in self.post(tenant, "inbound", url, form, delay=delay, signature=signature)
        ]
        return {"sid": message.sid, "deliveries": [each.id for each in posted]}

    def post(
        self, tenant: Tenant, kind: str, url: str, form: dict[str, str], *, delay: float, signature: str = "good"
    ) -> list[Posting]:
        """Posts a signed form, spoiled by whatever webhook fault is switched on for the network."""
        names = ("lost", "duplicate", "delayed", "out_of_order", "wrong_signature")
        strikes = {name: self.world.faults.take(self.name, tenant.name, name, id=form["MessageSid"]) for name in names}
        late = strikes["delayed"] or strikes["out_of_order"]

        def headers(_at: object, quality: str) -> dict[str, str]:
            if quality == "none":
                return {}
            token = str(tenant.credentials["auth_token"]) if quality == "good" else "somebody else's token"
            return {"X-Twilio-Signature": twilio_signature(token, url, form), "User-Agent": "TwilioProxy/1.1"}

        return [
            self.world.postman.post(
                Posting(
                    vendor=self.name,
                    tenant=tenant.name,
                    kind=kind,
                    url=url,
                    event_id=form["MessageSid"],
                    type=form["SmsStatus"],
                    body=urlencode(form).encode(),
                    content_type="application/x-www-form-urlencoded; charset=UTF-8",
                    headers=headers,
                    subject=form["MessageSid"],
                    signature="wrong" if strikes["wrong_signature"] else signature,
                    fault=next((name for name, found in strikes.items() if found), None),
                ),
                delay + (late.seconds if late else 0.0),
            )
            for _ in range(2 if strikes["duplicate"] else 1)
        ]

    # Looking up

    def list_messages(self) -> Response:
        """Newest first. Filters `To`, `From` and `DateSent` (a day), as Twilio documents them."""
        return jsonify(listing(self, self.caller()))

    def get_message(self, message_sid: str) -> Response:
        message = self.world.phones.by_sid.get(message_sid)
        if message is None or message.account_sid != self.owner():
            raise self.refuse(404, f"The requested resource {request.path} was not found")
        return jsonify(resource(message))
