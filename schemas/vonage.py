"""Vonage's wire formats, as documented for the SMS API and its webhooks.

https://developer.vonage.com/messaging/sms/guides/troubleshooting-sms
https://developer.vonage.com/messaging/sms/guides/delivery-receipts
https://developer.vonage.com/messaging/sms/guides/inbound-sms
"""

from schemas.fields import Many, Text, Tolerant


class PartSchema(Tolerant):
    """One part of a sent text. `status` 0 is the only success; HTTP is 200 either way."""

    message_id = Text(data_key="message-id")
    status = Text()
    error_text = Text(data_key="error-text")


class SentSchema(Tolerant):
    messages = Many(PartSchema())


class ReceiptSchema(Tolerant):
    """A delivery receipt, as JSON, form or query."""

    message_id = Text(data_key="messageId")
    status = Text()
    err_code = Text(data_key="err-code")
    client_ref = Text(data_key="client-ref")


class InboundSchema(Tolerant):
    """A text from a person. Numbers have no plus sign."""

    message_id = Text(data_key="messageId")
    msisdn = Text()
    to = Text()
    text = Text()


SENT = SentSchema()
RECEIPT = ReceiptSchema()
INBOUND = InboundSchema()
