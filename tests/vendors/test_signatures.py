import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vendors.signatures import message_id, secret_problem, sign_standard, verify

# The published vector of Standard Webhooks; recomputed in the vendor facts.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_" + base64.b64encode(b"another secret of thirty-2 bytes").decode()
BODY = b'{"test": 2432232314}'
SIGNED_AT = datetime.fromtimestamp(1614265330, UTC)
VECTOR = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}


def test_the_published_vector_is_genuine() -> None:
    proof = verify("standard", [SECRET], VECTOR, BODY, now=SIGNED_AT)
    assert proof.ok
    assert (proof.which, proof.skew_seconds, proof.why) == (0, 0.0, "")


def test_svix_headers_of_any_case_are_read_too() -> None:
    headers = {name.replace("webhook", "Svix").title(): value for name, value in VECTOR.items()}
    assert verify("standard", [SECRET], headers, BODY, now=SIGNED_AT).ok
    assert message_id(headers) == VECTOR["webhook-id"]


def test_an_unsigned_id_beside_a_signed_family_is_not_taken() -> None:
    headers = {name.replace("webhook", "svix"): value for name, value in VECTOR.items()} | {"webhook-id": "forged"}
    assert verify("standard", [SECRET], headers, BODY, now=SIGNED_AT).ok
    assert message_id(headers) == VECTOR["webhook-id"]


def test_case_11_while_a_secret_is_rotated_the_matching_one_is_named() -> None:
    assert verify("standard", [OTHER, SECRET], VECTOR, BODY, now=SIGNED_AT).which == 1
    two = VECTOR | {"webhook-signature": "v1a,AAAA v1,AAAA " + VECTOR["webhook-signature"]}
    assert verify("standard", [SECRET], two, BODY, now=SIGNED_AT).ok


@pytest.mark.parametrize(("drift", "why"), [(299, ""), (-299, ""), (301, "too_old"), (-301, "too_new")])
def test_case_10_five_minutes_of_drift_are_allowed_both_ways(drift: int, why: str) -> None:
    proof = verify("standard", [SECRET], VECTOR, BODY, now=SIGNED_AT + timedelta(seconds=drift))
    assert (proof.ok, proof.why) == (not why, why)
    assert proof.skew_seconds == -drift


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"webhook-signature": "v1,AAAA"}, "wrong_signature"),
        ({"webhook-signature": "v1"}, "wrong_signature"),
        ({"webhook-signature": "v1,###"}, "wrong_signature"),
        ({"webhook-signature": "v2" + VECTOR["webhook-signature"][2:]}, "wrong_signature"),
        ({"webhook-signature": ""}, "no_signature"),
        ({"webhook-id": ""}, "no_signature"),
        ({"webhook-id": "msg.1"}, "bad_id"),
        ({"webhook-timestamp": "soon"}, "bad_timestamp"),
        ({"webhook-timestamp": "1614265330.0"}, "bad_timestamp"),
        ({"webhook-timestamp": "9" * 400}, "bad_timestamp"),
        ({"webhook-timestamp": "1614265331"}, "wrong_signature"),
    ],
)
def test_case_9_a_malformed_or_forged_signature_is_refused_in_a_word(changed: dict[str, str], why: str) -> None:
    proof = verify("standard", [SECRET], VECTOR | changed, BODY, now=SIGNED_AT)
    assert (proof.ok, proof.why) == (False, why)


def test_case_9_without_a_secret_or_with_an_unknown_scheme_nothing_is_genuine() -> None:
    assert verify("standard", [], VECTOR, BODY, now=SIGNED_AT).why == "no_secret"
    assert verify("shared", [""], {"x-key": ""}, BODY, now=SIGNED_AT, header="X-Key").why == "no_secret"
    assert verify("none", ["s"], VECTOR, BODY, now=SIGNED_AT).why == "no_scheme"


def test_an_unusable_secret_matches_nothing_and_is_named_at_start() -> None:
    for secret in ("whsec_", "whsec_a", "ä"):
        assert not verify("standard", [secret], VECTOR, BODY, now=SIGNED_AT).ok
        assert secret_problem("standard", secret)
    assert secret_problem("standard", SECRET) == ""
    assert secret_problem("basic", "no colon")
    assert secret_problem("basic", "vendor:word") == secret_problem("hmac", "anything") == ""


def test_our_own_signature_is_genuine_for_every_reader_of_the_standard() -> None:
    headers = sign_standard(SECRET, VECTOR["webhook-id"], SIGNED_AT, BODY)
    assert headers == VECTOR
    berlin = SIGNED_AT.astimezone(datetime.now().astimezone().tzinfo)
    assert sign_standard(SECRET, VECTOR["webhook-id"], berlin, BODY) == VECTOR


def test_an_hmac_header_is_read_in_hex_and_in_base64_with_its_prefix() -> None:
    digest = hmac.digest(b"word", BODY, hashlib.sha256)
    hexed = {"X-Signature": "sha256=" + digest.hex().upper()}
    assert verify("hmac", ["word"], hexed, BODY, now=SIGNED_AT, header="x-signature", prefix="sha256=").ok
    based = {"X-Signature": base64.b64encode(digest).decode()}
    assert (
        verify("hmac", ["old", "word"], based, BODY, now=SIGNED_AT, header="X-Signature", encoding="base64").which == 1
    )
    assert not verify("hmac", ["word"], based, BODY, now=SIGNED_AT, header="X-Signature").ok
    assert not verify("hmac", ["word"], hexed, BODY + b" ", now=SIGNED_AT, header="x-signature", prefix="sha256=").ok


def test_an_hmac_with_a_timestamp_signs_the_timestamp_and_goes_stale() -> None:
    signature = hmac.digest(b"word", b"1614265330." + BODY, hashlib.sha256).hex()
    headers = {"X-Signature": signature, "X-Stamp": "1614265330"}
    shape = {"header": "X-Signature", "timestamp_header": "X-Stamp"}
    assert verify("hmac", ["word"], headers, BODY, now=SIGNED_AT, **shape).ok
    late = verify("hmac", ["word"], headers, BODY, now=SIGNED_AT + timedelta(minutes=6), **shape)
    assert (late.ok, late.why) == (False, "too_old")
    assert verify("hmac", ["word"], {"X-Signature": signature}, BODY, now=SIGNED_AT, **shape).why == "bad_timestamp"


def test_a_shared_word_and_basic_credentials_are_compared_whole() -> None:
    assert (
        verify(
            "shared",
            ["one", "zwölf"],
            {"X-Key": "zwölf".encode().decode("latin-1")},
            b"",
            now=SIGNED_AT,
            header="X-Key",
        ).which
        == 1
    )
    assert not verify("shared", ["one"], {"X-Key": "on"}, b"", now=SIGNED_AT, header="X-Key").ok
    pair = "Basic " + base64.b64encode("vendor:wörd".encode()).decode()
    assert verify("basic", ["vendor:wörd"], {"Authorization": pair}, b"", now=SIGNED_AT).ok
    assert not verify("basic", ["vendor:other"], {"Authorization": pair}, b"", now=SIGNED_AT).ok
    assert verify("basic", ["vendor:wörd"], {"Authorization": "Bearer x"}, b"", now=SIGNED_AT).why == "no_signature"


@given(
    scheme=st.sampled_from(["standard", "hmac", "shared", "basic"]),
    encoding=st.sampled_from(["hex", "base64"]),
    values=st.lists(st.text(max_size=60), min_size=5, max_size=5),
    body=st.binary(max_size=80),
)
def test_case_9_nothing_a_stranger_sends_raises_or_passes(
    scheme: str, encoding: str, values: list[str], body: bytes
) -> None:
    names = ("webhook-id", "webhook-timestamp", "webhook-signature", "authorization", "x-signature")
    headers = dict(zip(names, values, strict=True)) | {
        "webhook-timestamp": "1614265330",
        "authorization": "Basic " + values[3],
    }
    shape = {"header": "x-signature", "encoding": encoding, "timestamp_header": "webhook-timestamp"}
    assert not verify(scheme, [SECRET], headers, body, now=SIGNED_AT, **shape).ok
