"""Which of a client's numbers gets the texts. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from rules.appointment import Contact
from schemas.fields import e164

MOBILE = "mobile"  # the one `type` that the document shows


def to_contact(person_id: str, client: Mapping[str, Any], country: str) -> Contact:
    """The first readable number: mobiles, then `phone_number`, then the others. No zone or language is documented."""
    given = list(_given(client))
    phone = next((found for number, code in given if (found := _read(number, code, country))), None)
    return Contact(
        person_id=person_id,
        first_name=client.get("first_name") or "",
        last_name=client.get("last_name") or "",
        phone=phone,
        phone_problem="no_valid_phone" if given and phone is None else None,
    )


def _given(client: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    listed = [
        (one["number"], one["code"] or "", one["type"]) for one in client.get("phone_numbers", ()) if one["number"]
    ]
    yield from ((number, code) for number, code, kind in listed if (kind or "").lower() == MOBILE)
    if client.get("phone_number"):
        yield client["phone_number"], ""
    yield from ((number, code) for number, code, kind in listed if (kind or "").lower() != MOBILE)


def _read(number: str, code: str, country: str) -> str | None:
    """`code` is not explained: a calling code (`+31`, `31`) and a country (`NL`) are both understood."""
    if number.lstrip().startswith("+") or not code:
        return e164(number, country)
    if code.isalpha():
        return e164(number, code)
    digits = "".join(letter for letter in code if letter.isdecimal())
    return e164(f"+{digits} {number}", country)
