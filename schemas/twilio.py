"""Twilio's wire formats, as documented for the Messages resource and its webhooks.

https://www.twilio.com/docs/messaging/api/message-resource
https://www.twilio.com/docs/messaging/guides/track-outbound-message-status
https://www.twilio.com/docs/messaging/guides/webhook-request
"""

from schemas.fields import Many, Text, Tolerant


class MessageSchema(Tolerant):
    """One message of the API. Dates are RFC 2822, numbers of segments are text."""

    sid = Text()
    status = Text()
    error_code = Text()
    direction = Text()
    from_ = Text(data_key="from")
    to = Text()
    body = Text()
    date_created = Text()
    num_segments = Text()


class ListSchema(Tolerant):
    messages = Many(MessageSchema())
    next_page_uri = Text()


class ErrorSchema(Tolerant):
    """What comes with a status of 400 and above."""

    code = Text()
    message = Text()


class ReceiptSchema(Tolerant):
    """A status callback, as form fields."""

    message_sid = Text(data_key="MessageSid")
    message_status = Text(data_key="MessageStatus")
    error_code = Text(data_key="ErrorCode")


class InboundSchema(Tolerant):
    """A text from a person, as form fields."""

    message_sid = Text(data_key="MessageSid")
    from_ = Text(data_key="From")
    to = Text(data_key="To")
    body = Text(data_key="Body")


MESSAGE = MessageSchema()
LIST = ListSchema()
ERROR = ErrorSchema()
RECEIPT = ReceiptSchema()
INBOUND = InboundSchema()
