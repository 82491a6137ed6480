"""What a configured value must look like. Each check returns "" or what was expected; none prints the value."""

import functools
import re
import zoneinfo

import phonenumbers

from schemas import web_address

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_SHORT_CODE = re.compile(r"[0-9]{3,8}")
_SENDER_ID = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}")  # GSM 03.40: eleven characters; digits alone are a number
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_EMAIL = re.compile(r"[^@\s<>,;]+@[A-Za-z0-9.-]+\.[A-Za-z0-9-]+|[^@\s<>,;]+@localhost")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


def zone(value: str) -> str:
    return "" if value in _zones() else "an IANA time zone such as Europe/Dublin"


def number(value: str) -> str:
    return "" if _E164.fullmatch(value) else "a number such as +353861234567"


def sending_number(value: str) -> str:
    """A number, a short code or a name that a sender may show as the origin."""
    if _E164.fullmatch(value) or _SHORT_CODE.fullmatch(value) or _SENDER_ID.fullmatch(value):
        return ""
    return "a number such as +353861234567, a short code, or a sender id of up to 11 letters and digits"


def country(value: str) -> str:
    known = value in phonenumbers.SUPPORTED_REGIONS
    return "" if known else "two capital letters of ISO 3166 such as IE"


def language(value: str) -> str:
    return "" if _LANGUAGE.fullmatch(value) else "a language tag such as en or de-AT"


def email(value: str) -> str:
    return "" if _EMAIL.fullmatch(value) else "an e-mail address"


def name(value: str) -> str:
    """It is part of addresses, labels and file names."""
    return "" if _NAME.fullmatch(value) else "small letters, digits, - and _, 63 at most, no - or _ in front"


def address(value: str) -> str:
    """https, or http on this machine: secrets travel with it."""
    return web_address.problem(value)


def callback(value: str, *, private: bool) -> str:
    """As `address`, but it may carry a query, and plain http where private addresses are allowed."""
    bare = value.partition("?")[0]
    return address("https://" + bare.removeprefix("http://") if private and bare.startswith("http://") else bare)


@functools.cache
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())
