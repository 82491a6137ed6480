"""Caspen's clients (ClientResource of the public list page). No zone and no language is documented on them."""

from sandbox import times
from sandbox.booking import Booking
from sandbox.ids import prefixed
from sandbox.refusal import Record

EMPTY = (
    "title", "preferred_name", "profession", "date_of_birth", "sex", "gender_identity", "pronouns",
    "privacy_policy_consent", "emergency_contact_name", "emergency_contact_phone", "emergency_contact_relationship",
    "notes", "alert", "referral_type_id", "referral_description", "referred_by_id",
)  # fmt: skip
LANDLINE = "5550100"  # listed before the mobile, so that a client that takes the first number is found out


def new_client(booking: Booking) -> Record:
    person = booking.person
    return {
        "id": prefixed("cli"),
        "first_name": person.first_name,
        "last_name": person.last_name,
        "email": person.email,
        **dict.fromkeys(EMPTY),
        "medications": [],
        "allergies": [],
        "intolerances": [],
        **numbers(person.phone),
        "address": None,
        "tag_ids": [],
        "created_at": times.seconds_z(times.now()),
    }


def numbers(phone: str | None) -> Record:
    """`phone_number` and `phone_numbers`: a home number first, then the mobile.

    The forms of `code` and `number` are an assumption: `code` is the country calling code with its plus, `number` what
    follows. For numbers outside North America the code is taken to have two digits.
    """
    if phone is None:
        return {"phone_number": None, "phone_numbers": []}
    length = 2 if phone.startswith(("+1", "+7")) else 3
    code, number = phone[:length], phone[length:]
    return {
        "phone_number": phone,
        "phone_numbers": [
            {"id": prefixed("pho"), "code": code, "number": number[:3] + LANDLINE, "type": "home"},
            {"id": prefixed("pho"), "code": code, "number": number, "type": "mobile"},
        ],
    }


def changed_client(person: Record, sent: Record) -> Record:
    fields = {key: value for key, value in sent.items() if key in person and key != "id"}
    phone = numbers(sent["phone"]) if "phone" in sent else {}
    return {**person, **fields, **phone}
