"""Whatever a stranger, or somebody who knows the secret, sends: an answer, and no 5xx but 503."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.senders import SenderSettings
from tests.web.given import MakeApp, Rung, settings_with, signed, with_hmac
from vendors.signatures import sign_standard

pytestmark = pytest.mark.servers

SENDERS = [
    SenderSettings("tw", "twilio", ("+3197010200000",), "http://127.0.0.1:9", {"auth_token": "t"}),
    SenderSettings("vo", "vonage", ("+3197010200000",), "http://127.0.0.1:9", {"signature_secret": "s"}),
]
shared = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
shaped = st.fixed_dictionaries(
    {
        "type": st.just("appointment.updated") | json_values,
        "id": json_values,
        "entity": st.just("Appointment") | json_values,
        "data": st.fixed_dictionaries(
            {"id": json_values, "appointment": st.fixed_dictionaries({"id": json_values, "updatedAt": json_values})}
        )
        | json_values,
    }
)
bodies = st.binary(max_size=300) | (json_values | shaped).map(lambda said: json.dumps(said).encode())
header_names = st.sampled_from(
    [
        "webhook-id", "webhook-timestamp", "webhook-signature", "svix-id", "svix-timestamp", "svix-signature",
        "X-Signature", "X-Twilio-Signature", "Authorization", "Content-Type", "Content-Encoding", "Host", "Range",
    ]
)  # fmt: skip
header_values = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=60)
headers = st.dictionaries(header_names, header_values, max_size=6)
HOOKS = [f"/hooks/{name}" for name in ("north", "south", "east", "nobody", "")]
SENDERS_PATHS = [f"/senders/{name}/{kind}" for name in ("tw", "vo", "x") for kind in ("receipts", "inbound", "y")]
PATHS = [*HOOKS, *SENDERS_PATHS, "/metrics", "/health/ready"]


@pytest.fixture
def client(make_app: MakeApp, postgres_url: str) -> FlaskClient:
    return make_app(Rung(), settings_with(postgres_url, SENDERS)).test_client()


@shared
@given(path=st.sampled_from(PATHS), method=st.sampled_from(["POST", "GET"]), sent=headers, body=bodies, query=st.text())
def test_a_stranger_gets_an_answer_in_json_and_never_a_5xx(
    client: FlaskClient, path: str, method: str, sent: dict[str, str], body: bytes, query: str
) -> None:
    answer = client.open(path, method=method, headers=sent, data=body, query_string={"attempt": query})
    assert answer.status_code in {200, 400, 401, 403, 404, 405}
    if answer.status_code >= 400:
        assert set(answer.get_json()) == {"error", "message"}


@shared
@given(body=bodies, message_id=st.from_regex(r"[ -~]{1,30}", fullmatch=True))
def test_whatever_is_proven_is_stored_or_refused_as_unstorable(
    client: FlaskClient, body: bytes, message_id: str
) -> None:
    at = datetime.now(UTC)
    calls = [("south", with_hmac(body)), ("east", with_hmac(body))]
    try:
        calls.append(("north", {"data": body, "headers": sign_standard("whsec_AAAA", message_id, at, body)}))
        calls.append(("north", signed(body, message_id=message_id, at=at)))
    except UnicodeDecodeError:
        pass  # Standard Webhooks signs text; such a body cannot be signed
    for connection, call in calls:
        assert client.post(f"/hooks/{connection}", **call).status_code in {202, 400, 401}
