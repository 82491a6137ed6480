"""Every documented error body, at each vendor's edge: its fate, and the vendor's own words apart from ours."""

import json
from datetime import timedelta
from typing import Any

import pytest

from outbound.client import Client
from rules.errors import CredentialsRejected, Fate, NotFound, Permanent, RateLimited, Transient
from rules.vendors import Connection
from tests.outbound.peers import Script, answer, peer
from tests.vendors.conftest import FIXTURES
from vendors.apis import OPERATIONS

TOKENS = {
    "pexip": b'{"access_token": "t", "expires_in": 300}',
    "officeplace": b'{"token": "t", "expiresIn": 3600, "tokenType": "Bearer"}',
}
CREDENTIALS = {
    "carecycle": {"api_key": "cc_1"},
    "caspen": {"token": "t"},
    "pexip": {"enterprise": "acme", "client_id": "c", "client_secret": "s"},
    "officeplace": {"tenant_id": "north", "client_id": "c", "client_secret": "s"},
}


def refusal(vendor: str, operation: str, given: dict[str, Any], *scripts: Script) -> Fate:
    with peer() as one:
        token = TOKENS.get(vendor, b"").replace(b'"t"', f'"t-{one.port}"'.encode())
        one.scripts = [*([answer(200, token)] if token else []), *scripts]
        options = {"auth_url": one.url} if vendor == "pexip" else {}
        connection = Connection("c", vendor, "UTC", one.url, CREDENTIALS[vendor], options)
        with pytest.raises(Fate) as raised:
            OPERATIONS[vendor][operation].call(connection, Client(), given)
    return raised.value


# Document 000 and 003: eight bodies each, in their order, without their status codes; these are (inference).
CARECYCLE = [
    (2, 400, Permanent, "string", "string"),
    (3, 401, CredentialsRejected, "string", "string"),
    (4, 403, CredentialsRejected, "string", "string"),
    (5, 404, NotFound, "string", "string"),
    (6, 422, Permanent, "VALIDATION_ERROR", "string; string: string"),
    (7, 429, RateLimited, "string", "string"),
    (8, 500, Transient, "string", "string"),
]


@pytest.mark.parametrize(("number", "status", "fate", "code", "message"), CARECYCLE)
def test_carecycles_bodies_of_the_list(number: int, status: int, fate: type[Fate], code: str, message: str) -> None:
    body = (FIXTURES / "carecycle" / "errors" / f"appointments_{number}.json").read_bytes()
    raised = refusal("carecycle", "list-appointment-configs", {}, answer(status, body))
    assert (type(raised), raised.vendor_code, raised.vendor_message) == (fate, code, message)
    assert str(raised) == f"HTTP {status}"


@pytest.mark.parametrize(("number", "status", "fate", "code", "message"), CARECYCLE)
def test_carecycles_bodies_of_a_creation(number: int, status: int, fate: type[Fate], code: str, message: str) -> None:
    body = (FIXTURES / "carecycle" / "errors" / f"configs_{number}.json").read_bytes()
    raised = refusal("carecycle", "create-appointment-config", {"config": {}}, answer(status, body))
    told = f"{message}; 1 failed records" if number == 6 else message
    assert (type(raised), raised.vendor_code, raised.vendor_message) == (fate, code, told)


def test_failed_records_of_carecycle_are_counted_and_never_quoted() -> None:
    person = {"index": 3, "phoneNumber": "+13125550142", "firstName": "Ada", "lastName": "Byron", "externalId": "7"}
    body = {"message": "Some failed", "code": "VALIDATION_ERROR", "errors": [], "failedRecords": [person, person]}
    raised = refusal("carecycle", "list-appointment-configs", {}, answer(422, json.dumps(body).encode()))
    assert raised.vendor_message == "Some failed; 2 failed records"


def test_a_path_of_carecycles_errors_may_hold_numbers() -> None:
    issue = {"path": ["workflows", 0, "id"], "message": "Required", "expected": "string", "received": "undefined"}
    body = {"message": "Invalid", "code": "VALIDATION_ERROR", "errors": [{**issue, "code": "invalid_type"}]}
    raised = refusal("carecycle", "list-appointment-configs", {}, answer(422, json.dumps(body).encode()))
    assert raised.vendor_message == "Invalid; workflows.0.id: Required"


@pytest.mark.parametrize(
    ("status", "fate"),
    [
        (400, Permanent), (401, CredentialsRejected), (403, CredentialsRejected), (404, NotFound), (409, Transient),
        (422, Permanent), (429, RateLimited), (500, Transient), (502, Transient), (503, Transient),
    ],
)  # fmt: skip
def test_each_documented_status_of_caspen_has_its_fate(status: int, fate: type[Fate]) -> None:
    raised = refusal("caspen", "list-clients", {}, answer(status, b'{"message": "Said."}'))
    assert (type(raised), raised.vendor_message) == (fate, "Said.")


def test_case_18_the_header_of_a_429_comes_before_its_other_words() -> None:
    body = (FIXTURES / "caspen" / "errors" / "429.json").read_bytes()
    raised = refusal("caspen", "list-clients", {}, answer(429, body, Retry_After="32", X_RateLimit_Reset="1"))
    assert isinstance(raised, RateLimited)
    assert (raised.retry_after, raised.vendor_message) == (timedelta(seconds=32), "Too Many Attempts.")


@pytest.mark.parametrize(
    ("errors", "told"),
    [
        (
            {"note": ["Too long.", "Too odd."], "starts_at": ["No date."]},
            "note: Too long. Too odd.; starts_at: No date.",
        ),
        ({"note": "Too long."}, "note: Too long."),
        (["anything else"], ""),
    ],
)
def test_caspens_422_is_read_whatever_its_exact_shape(errors: Any, told: str) -> None:
    body = json.dumps({"message": "Invalid.", "errors": errors}).encode()
    raised = refusal("caspen", "list-clients", {}, answer(422, body))
    assert raised.vendor_message == "; ".join(filter(None, ["Invalid.", told]))


@pytest.mark.parametrize(
    ("status", "fate"),
    [
        (400, Permanent), (403, CredentialsRejected), (404, NotFound), (405, Permanent), (409, Transient),
        (422, Permanent), (429, RateLimited), (500, Transient),
    ],
)  # fmt: skip
def test_pexips_errors_keep_code_and_message(status: int, fate: type[Fate]) -> None:
    body = (FIXTURES / "pexip" / "errors" / "422.json").read_bytes()
    raised = refusal("pexip", "get-appointment", {"appointment_id": "1"}, answer(status, body))
    assert (type(raised), raised.vendor_code) == (fate, "APPOINTMENT_STATUS_INVALID")
    assert raised.vendor_message
    assert len(raised.trace) == 36


def test_of_several_errors_of_pexip_the_first_is_told_with_how_many_there_were() -> None:
    body = json.dumps({"errors": [{"code": "A", "message": "first"}, {"code": "B", "message": "second"}]}).encode()
    raised = refusal("pexip", "get-appointment", {"appointment_id": "1"}, answer(422, body))
    assert (raised.vendor_code, raised.vendor_message) == ("A", "first (and 1 more)")


def test_pexips_token_error_needs_a_person() -> None:
    body = (FIXTURES / "pexip" / "errors" / "token-401.json").read_bytes()
    with peer(answer(401, body)) as one:
        connection = Connection("c", "pexip", "UTC", one.url, CREDENTIALS["pexip"], {"auth_url": one.url})
        with pytest.raises(CredentialsRejected) as raised:
            OPERATIONS["pexip"]["get-appointment"].call(connection, Client(), {"appointment_id": "1"})
    assert raised.value.vendor_code == "invalid_client"


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"errors": 7}', b'{"message": {"deep": 1}}', b"null"])
@pytest.mark.parametrize("vendor", CREDENTIALS)
def test_an_error_body_of_any_shape_keeps_its_fate(vendor: str, body: bytes) -> None:
    operation, given = {
        "carecycle": ("list-appointment-configs", {}),
        "caspen": ("list-clients", {}),
        "pexip": ("get-appointment", {"appointment_id": "1"}),
        "officeplace": ("get-appointment", {"appointment_id": "1"}),
    }[vendor]
    raised = refusal(vendor, operation, given, answer(503, body, Retry_After="3"))
    assert isinstance(raised, Transient)
    assert raised.retry_after == timedelta(seconds=3)
