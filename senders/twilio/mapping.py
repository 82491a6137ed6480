"""Twilio's words in ours. Codes: https://www.twilio.com/docs/api/errors (each page is the number)."""

from collections.abc import Mapping

from rules.senders import AttemptState, Verdict
from senders.meanings import Meaning

_RETRY, _FAILED, _BAD = Verdict.RETRY, Verdict.FAILED, Verdict.BAD_NUMBER
_OUT, _PERSON = Verdict.OPTED_OUT, Verdict.NEEDS_PERSON

CODES: Mapping[str, Meaning] = {
    "14107": Meaning(_RETRY, "sending faster than the number allows", elsewhere=True),
    "20003": Meaning(_PERSON, "the credentials were refused", elsewhere=True),
    "20404": Meaning(_PERSON, "no such Account SID", elsewhere=True),
    "20429": Meaning(_RETRY, "too many requests", elsewhere=True),
    "21211": Meaning(_BAD, "not a valid phone number"),
    "21212": Meaning(_PERSON, "the sender number is not valid", elsewhere=True),
    # One country that is not switched on must not stop the sender for all others.
    "21408": Meaning(_FAILED, "the country of the number is not enabled for this sender", elsewhere=True),
    "21602": Meaning(_FAILED, "the text is empty"),
    "21603": Meaning(_PERSON, "the sender number is missing", elsewhere=True),
    "21604": Meaning(_FAILED, "the number is missing"),
    "21606": Meaning(_PERSON, "the sender number cannot send texts", elsewhere=True),
    "21608": Meaning(_FAILED, "a trial account may text verified numbers only"),
    "21609": Meaning(
        _PERSON, "the address for receipts was refused: it must be reachable from the internet", elsewhere=True
    ),
    "21610": Meaning(_OUT, "the person has replied STOP"),
    "21611": Meaning(_RETRY, "the sender number's queue is full", elsewhere=True),
    "21612": Meaning(_FAILED, "the number cannot be reached from this sender number", elsewhere=True),
    "21614": Meaning(_BAD, "not a mobile number"),
    "21617": Meaning(_FAILED, "the text is longer than 1,600 characters"),
    "21635": Meaning(_BAD, "a landline"),
    "21659": Meaning(_PERSON, "the sender number is not one of Twilio's", elsewhere=True),
    "21660": Meaning(_PERSON, "the sender number belongs to another Twilio account", elsewhere=True),
    "21661": Meaning(_PERSON, "the sender number cannot send texts", elsewhere=True),
    # The 30000s come with receipts. After `accepted` they are final here, whatever Twilio would do again.
    "30001": Meaning(_RETRY, "the queue overflowed", elsewhere=True),
    "30002": Meaning(_PERSON, "the Twilio account is suspended", elsewhere=True),
    "30003": Meaning(_FAILED, "the phone was off or out of reach"),
    "30004": Meaning(_FAILED, "blocked by the phone or its carrier"),
    "30005": Meaning(_BAD, "the number does not exist any more"),
    "30006": Meaning(_BAD, "a landline, or a carrier that cannot be reached"),
    # Another sender could try; a carrier that filters one will filter the other, and should not be evaded.
    "30007": Meaning(_FAILED, "filtered by the carrier"),
    "30008": Meaning(_FAILED, "not delivered, for a reason that the carrier does not give"),
    "30032": Meaning(_PERSON, "the toll-free number is not verified", elsewhere=True),
    "30034": Meaning(_PERSON, "the sender number is not registered for A2P 10DLC", elsewhere=True),
}

WORDS: Mapping[str, AttemptState] = {
    "accepted": AttemptState.ACCEPTED,
    "scheduled": AttemptState.ACCEPTED,
    "queued": AttemptState.ACCEPTED,
    "sending": AttemptState.ACCEPTED,
    "sent": AttemptState.ACCEPTED,
    "delivered": AttemptState.DELIVERED,
    "read": AttemptState.DELIVERED,
    "undelivered": AttemptState.UNDELIVERED,
    "failed": AttemptState.UNDELIVERED,
    "canceled": AttemptState.UNDELIVERED,
}


def state_of(word: str) -> AttemptState:
    """A word we do not know still proves that Twilio has the text."""
    return WORDS.get(word, AttemptState.ACCEPTED)
