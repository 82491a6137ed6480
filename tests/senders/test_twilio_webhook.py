import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.senders import AttemptState, Inbound, Receipt, SenderSettings
from senders.twilio.mapping import WORDS
from senders.twilio.webhook import inbound, read, receipts, verify
from tests.senders.given import fixture

# The pair that Twilio's own libraries test with.
KNOWN_URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
KNOWN = {
    "CallSid": "CA1234567890ABCDE",
    "Digits": "1234",
    "From": "+14158675309",
    "To": "+18005551212",
    "Caller": "+14158675309",
}
SIGNATURE = "RSOYDt4T1cUTdK1PDd93/VVr8B8="


def settings(**credentials: str) -> SenderSettings:
    return SenderSettings("texts", "twilio", (), "", {"account_sid": "AC1", **credentials})


TWELVE = settings(auth_token="12345")


@pytest.mark.parametrize("name", ["X-Twilio-Signature", "x-twilio-signature", "X-TWILIO-SIGNATURE"])
def test_the_signature_of_twilios_own_tests_is_accepted(name: str):
    assert verify(TWELVE, KNOWN_URL, {name: SIGNATURE}, KNOWN)


def test_a_port_that_a_proxy_adds_does_not_matter():
    for url in (KNOWN_URL.replace(".com", ".com:443"), KNOWN_URL.replace(".com", ".com:8443")):
        assert verify(TWELVE, url, {"X-Twilio-Signature": SIGNATURE}, KNOWN)


def test_the_other_token_counts_while_one_is_rotated():
    rotating = settings(auth_token="new", auth_token_secondary="12345")
    assert verify(rotating, KNOWN_URL, {"X-Twilio-Signature": SIGNATURE}, KNOWN)


@pytest.mark.parametrize(
    ("url", "headers", "fields"),
    [
        (KNOWN_URL, {}, KNOWN),
        (KNOWN_URL, {"X-Twilio-Signature": ""}, KNOWN),
        (KNOWN_URL, {"X-Twilio-Signature": "RSOYDt4T1cUTdK1PDd93/VVr8B9="}, KNOWN),
        (KNOWN_URL, {"X-Twilio-Signature": "ä\udc80"}, KNOWN),
        (KNOWN_URL, {"X-Twilio-Signature": SIGNATURE}, {**KNOWN, "Digits": "1235"}),
        (KNOWN_URL, {"X-Twilio-Signature": SIGNATURE}, {**KNOWN, "More": ""}),
        (KNOWN_URL, {"X-Twilio-Signature": SIGNATURE}, {}),
        (KNOWN_URL.replace("foo=1", "foo=2"), {"X-Twilio-Signature": SIGNATURE}, KNOWN),
        (KNOWN_URL.replace("https", "http"), {"X-Twilio-Signature": SIGNATURE}, KNOWN),
        ("https://[bad", {"X-Twilio-Signature": SIGNATURE}, KNOWN),
        ("https://x:99999999/", {"X-Twilio-Signature": SIGNATURE}, KNOWN),
    ],
)
def test_case_9_anything_else_is_refused(url: str, headers: dict[str, str], fields: dict[str, str]):
    assert not verify(TWELVE, url, headers, fields)


def test_case_9_without_a_token_nothing_is_believed():
    assert not verify(settings(), KNOWN_URL, {"X-Twilio-Signature": SIGNATURE}, KNOWN)
    assert not verify(settings(auth_token=""), KNOWN_URL, {"X-Twilio-Signature": SIGNATURE}, KNOWN)


def test_a_receipt_is_read_with_its_code_and_our_reference():
    fields = read({}, {}, fixture("twilio/webhooks/undelivered.form"))
    assert receipts({"attempt": "a1b2c3"}, fields) == [
        Receipt("SM11111111111111111111111111111111", AttemptState.UNDELIVERED, "a1b2c3", "30006", "undelivered")
    ]


def test_an_inbound_text_is_read_as_it_was_written():
    fields = read({}, {}, fixture("twilio/webhooks/inbound.form"))
    assert fields["FromCity"] == ""  # empty fields are signed too
    assert inbound({}, fields) == [
        Inbound("SM22222222222222222222222222222222", "+12025550142", "+12025550100", "Stop. Thank you 🙏")
    ]
    assert receipts({}, fields) == []


def test_words_become_states():
    assert {word for word, state in WORDS.items() if state is AttemptState.DELIVERED} == {"delivered", "read"}
    for word in ("queued", "sending", "sent", "a-new-word"):
        [receipt] = receipts({}, {"MessageSid": "SM1", "MessageStatus": word})
        assert receipt.state is AttemptState.ACCEPTED
        assert receipt.word == word


@given(st.binary(max_size=300), st.text(max_size=50), st.text(max_size=50))
def test_case_9_whatever_a_stranger_sends_nothing_breaks(body: bytes, url: str, signature: str):
    fields = read({"X-Twilio-Signature": signature}, {}, body)
    assert not verify(TWELVE, url, {"X-Twilio-Signature": signature}, fields)
    receipts({}, fields)
    inbound({}, fields)
