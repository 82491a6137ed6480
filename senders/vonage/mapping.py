"""Vonage's words in ours.

Statuses: https://developer.vonage.com/messaging/sms/guides/troubleshooting-sms
Receipts' codes: https://developer.vonage.com/messaging/sms/guides/delivery-receipts
"""

from collections.abc import Mapping

from rules.senders import AttemptState, Verdict
from senders.meanings import Meaning

_RETRY, _FAILED, _BAD = Verdict.RETRY, Verdict.FAILED, Verdict.BAD_NUMBER
_OUT, _PERSON = Verdict.OPTED_OUT, Verdict.NEEDS_PERSON

STATUSES: Mapping[str, Meaning] = {
    "1": Meaning(_RETRY, "sending faster than allowed", elsewhere=True),
    "2": Meaning(_FAILED, "a required parameter is missing"),
    "3": Meaning(_FAILED, "a parameter has an invalid value"),
    "4": Meaning(_PERSON, "the credentials were refused", elsewhere=True),
    "6": Meaning(_FAILED, "the text could not be processed, for example an unknown prefix", elsewhere=True),
    "7": Meaning(_BAD, "the number is barred"),
    "8": Meaning(_PERSON, "the Vonage account is suspended", elsewhere=True),
    "9": Meaning(_PERSON, "no credit left", elsewhere=True),
    "10": Meaning(_RETRY, "too many connections at once", elsewhere=True),
    "11": Meaning(_PERSON, "the Vonage account may not use this API", elsewhere=True),
    "12": Meaning(_FAILED, "the text is too long"),
    "14": Meaning(_PERSON, "the signature was refused", elsewhere=True),
    "15": Meaning(_PERSON, "the sender number is not valid", elsewhere=True),
    "22": Meaning(_FAILED, "the network of the number is not known", elsewhere=True),
    "23": Meaning(_PERSON, "the address for receipts was refused", elsewhere=True),
    "29": Meaning(_FAILED, "a trial account may text listed numbers only"),
    "32": Meaning(_PERSON, "signature and secret were both given", elsewhere=True),
    "33": Meaning(_BAD, "the number is not in use any more"),
}
"""`0` is success. `5`, an internal error, is missing on purpose: it proves nothing, see `PROVES_NOTHING`."""

PROVES_NOTHING = frozenset({"5"})

RECEIPT_CODES: Mapping[str, Meaning] = {
    "1": Meaning(_FAILED, "not delivered, for a reason that is not known"),
    "2": Meaning(_FAILED, "the phone was off or out of reach"),
    "3": Meaning(_BAD, "the number is not in use any more"),
    "4": Meaning(_BAD, "the person has barred texts at the operator"),
    "5": Meaning(_FAILED, "a fault in porting the number"),
    "6": Meaning(_FAILED, "filtered by the carrier"),
    "7": Meaning(_FAILED, "the phone was busy"),
    "8": Meaning(_FAILED, "the network failed"),
    "9": Meaning(_OUT, "the person has asked for no texts from this service"),
    "10": Meaning(_FAILED, "the text was malformed"),
    "11": Meaning(_FAILED, "Vonage has no route to the number", elsewhere=True),
    "12": Meaning(_BAD, "the number cannot be reached"),
    "13": Meaning(_FAILED, "an age restriction"),
    "14": Meaning(_FAILED, "the carrier blocks such texts for this number"),
    "15": Meaning(_FAILED, "the person has no prepaid credit"),
    "99": Meaning(_FAILED, "not delivered, for a reason that is not known"),
}

WORDS: Mapping[str, AttemptState] = {
    "accepted": AttemptState.ACCEPTED,
    "buffered": AttemptState.ACCEPTED,
    "unknown": AttemptState.ACCEPTED,
    "delivered": AttemptState.DELIVERED,
    "failed": AttemptState.UNDELIVERED,
    "rejected": AttemptState.UNDELIVERED,
    "expired": AttemptState.UNDELIVERED,
    "deleted": AttemptState.UNDELIVERED,
}


def state_of(word: str) -> AttemptState:
    """A word we do not know still proves that Vonage has the text."""
    return WORDS.get(word, AttemptState.ACCEPTED)
