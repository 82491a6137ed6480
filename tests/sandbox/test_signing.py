import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks.webhooks import Webhook as StandardWebhook

from sandbox.signing import standard_is_good, standard_signature, twilio_signature, webhook_headers
from sandbox.tenants import Webhook
from tests.sandbox.given import SECRET

AT = datetime(2030, 5, 1, 12, tzinfo=UTC)
BODY = b'{"test": 2432232314}'


def test_the_published_vector_of_standard_webhooks():
    signature = standard_signature(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, BODY)
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(("scheme", "prefix"), [("standard", "webhook"), ("svix", "svix")])
def test_the_reference_library_accepts_what_is_signed_well_and_nothing_else(scheme, prefix):
    webhook = Webhook(url="http://x", scheme=scheme, secret=SECRET)
    now = datetime.now(UTC)
    good, wrong = (webhook_headers(webhook, "msg_1", now, BODY, quality) for quality in ("good", "wrong"))
    assert set(good) == {f"{prefix}-id", f"{prefix}-timestamp", f"{prefix}-signature"}
    as_standard = {name.replace(prefix, "webhook"): value for name, value in good.items()}
    StandardWebhook(SECRET).verify(BODY, as_standard)
    assert good[f"{prefix}-signature"] != wrong[f"{prefix}-signature"]
    assert f"{prefix}-signature" not in webhook_headers(webhook, "msg_1", now, BODY, "none")


@pytest.mark.parametrize(
    ("change", "good"),
    [
        ({}, True),
        ({"webhook-signature": "v1,AAAA v1,{right}"}, True),
        ({"webhook-signature": "v1,AAAA"}, False),
        ({"webhook-timestamp": "x"}, False),
        ({"webhook-id": "msg_2"}, False),
    ],
)
def test_the_callback_check(change, good):
    webhook = Webhook(url="http://x", scheme="standard", secret=SECRET)
    headers = webhook_headers(webhook, "msg_1", AT, BODY, "good")
    right = headers["webhook-signature"].removeprefix("v1,")
    headers |= {name: value.replace("{right}", right) for name, value in change.items()}
    assert standard_is_good(SECRET, headers, BODY, AT) is good


def test_an_old_callback_is_refused():
    webhook = Webhook(url="http://x", scheme="standard", secret=SECRET)
    headers = webhook_headers(webhook, "msg_1", AT, BODY, "good")
    assert standard_is_good(SECRET, headers, BODY, AT + timedelta(minutes=5))
    assert not standard_is_good(SECRET, headers, BODY, AT + timedelta(minutes=5, seconds=1))


def test_an_hmac_over_the_body_or_over_timestamp_and_body():
    plain = Webhook(url="http://x", scheme="hmac", secret="s", header="X-Sig", prefix="sha256=")
    wanted = hmac.new(b"s", BODY, hashlib.sha256).hexdigest()
    assert webhook_headers(plain, "m", AT, BODY, "good") == {"X-Sig": f"sha256={wanted}"}
    stamped = Webhook(
        url="http://x", scheme="hmac", secret="s", header="X-Sig", encoding="base64", timestamp_header="X-At"
    )
    stamp = str(int(AT.timestamp()))
    digest = hmac.new(b"s", stamp.encode() + b"." + BODY, hashlib.sha256).digest()
    wanted_headers = {"X-Sig": base64.b64encode(digest).decode(), "X-At": stamp}
    assert webhook_headers(stamped, "m", AT, BODY, "good") == wanted_headers


def test_a_shared_secret_and_basic():
    shared = Webhook(url="http://x", scheme="shared", secret="s", header="X-Secret")
    assert webhook_headers(shared, "m", AT, BODY, "good") == {"X-Secret": "s"}
    assert webhook_headers(shared, "m", AT, BODY, "wrong")["X-Secret"] != "s"
    basic = Webhook(url="http://x", scheme="basic", username="u", password="p")
    pair = base64.b64encode(b"u:p").decode()
    assert webhook_headers(basic, "m", AT, BODY, "good") == {"Authorization": f"Basic {pair}"}


def test_the_example_of_twilios_documentation():
    parameters = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert twilio_signature("12345", url, parameters) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="
    backwards = dict(reversed(parameters.items()))
    assert twilio_signature("12345", url, backwards) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="
