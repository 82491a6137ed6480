"""Fields that believe nothing. A vendor's odd value becomes None, never an exception: the raw record is kept beside it.

Vendors may add fields, words and shapes (Pexip's policy says so), and the documents' own examples hold values such as
`"<string>"` for an instant. So a record always loads; what cannot work is then missing, and shown as missing.
"""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from marshmallow import EXCLUDE, Schema, ValidationError, fields, missing

DEEPEST = 50
"""Levels of nesting kept of a vendor's JSON; the documented records have five."""

LONGEST_PHONE = 40


def clean(value: Any, depth: int = DEEPEST) -> Any:
    """JSON that PostgreSQL can store: no NUL, no lone surrogate, no infinity, no bottomless nesting."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {clean_text(str(k)): clean(v, depth - 1) for k, v in value.items()} if depth else None
    if isinstance(value, list):
        return [clean(item, depth - 1) for item in value] if depth else None
    return value


def clean_text(text: str) -> str:
    """Text that UTF-8 and PostgreSQL can hold; what they cannot becomes U+FFFD."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "�").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def e164(raw: str | None, country: str) -> str | None:
    """A phone number as E.164, or None. `country` (ISO 3166 alpha-2) reads national numbers; empty: none are read.

    Possible by its length is enough: numbering plans change faster than their tables, and a number that does not
    exist is refused by the sender, who knows.
    """
    if not raw or len(raw) > LONGEST_PHONE:
        return None
    try:
        number = phonenumbers.parse(raw, country.upper() or None)
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None  # "local only" is one of the other reasons: seven digits without their area
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def instant(value: Any) -> datetime | None:
    """An ISO 8601 text with an offset, as UTC. A naive one is refused: nobody knows which hour it means."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def unusable(
    raw: Mapping[str, Any],
    *,
    instants: Mapping[str, datetime | None] | None = None,
    zones: Mapping[str, str | None] | None = None,
) -> tuple[str, ...]:
    """What a record says and nobody could read, as `field: why`. Given are the fields with what was made of them."""
    lost = [name for name, read in {**(instants or {}), **(zones or {})}.items() if read is None and raw.get(name)]
    return tuple(
        f"{name}: {'no time zone of that name' if name in (zones or {}) else _no_instant(raw[name])}" for name in lost
    )


def _no_instant(value: Any) -> str:
    try:
        naive = isinstance(value, str) and datetime.fromisoformat(value).tzinfo is None
    except ValueError:
        naive = False
    return "a time without an offset" if naive else "no time"


def zone_name(value: Any) -> str | None:
    """An IANA zone that this machine knows, or None (the documents' own example is a zone named "string")."""
    if not isinstance(value, str) or not value:
        return None
    try:
        return ZoneInfo(value).key
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: "America" is a directory
        return None


class Instant(fields.Field[datetime | None]):
    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:  # noqa: ARG002
        return instant(value)


class Text(fields.Field[str | None]):
    """Text, cleaned. A number is taken for its digits: some vendors cannot decide what their ids are."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:  # noqa: ARG002
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**20:
            return str(value)
        return clean_text(value) if isinstance(value, str) else None


class Flag(fields.Field[bool | None]):
    """True or false as JSON says it; `"false"` is neither."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:  # noqa: ARG002
        return value if isinstance(value, bool) else None


class Zone(fields.Field[str | None]):
    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:  # noqa: ARG002
        return zone_name(value)


class Whole(fields.Field[int | None]):
    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:  # noqa: ARG002
        return value if isinstance(value, int) and not isinstance(value, bool) else None


class One(fields.Field[dict[str, Any] | None]):
    """A nested object, or None for anything else."""

    def __init__(self, schema: Schema, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.schema = schema

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:  # noqa: ARG002
        return self.schema.load(value) if isinstance(value, Mapping) else None


class Many(fields.Field[list[dict[str, Any]]]):
    """A list of objects; whatever else is in the list is left out. Never None."""

    def __init__(self, schema: Schema, **kwargs: Any) -> None:
        super().__init__(load_default=list, **kwargs)
        self.schema = schema

    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        return super().deserialize([] if value is None else value, *args, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:  # noqa: ARG002
        if not isinstance(value, list):
            return []
        return [self.schema.load(item) for item in value if isinstance(item, Mapping)]


class Tolerant(Schema):
    """A vendor's message: unknown fields are left to the raw record, absent and odd ones read as None.

    Fields are optional and nullable unless they say otherwise; `load` raises only for what is not an object, or for a
    field that is declared required and is missing.
    """

    class Meta:
        """Read by marshmallow."""

        unknown = EXCLUDE

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:  # noqa: ARG002
        if not field_obj.required:
            field_obj.allow_none = True
            if not isinstance(field_obj, Many):
                field_obj.load_default = None

    def load(self, data: Any, **kwargs: Any) -> Any:
        """As marshmallow loads one object, without its accounts of errors and hooks: a third of the cost, per webhook.

        The first field that raises ends it. A schema with hooks, or a call with options, is loaded by marshmallow.
        """
        if kwargs or self._has_hooks or not isinstance(data, Mapping):
            return super().load(data, **kwargs)
        loaded: dict[str, Any] = {}
        for name, field in self.load_fields.items():
            key = name if field.data_key is None else field.data_key
            value = field.deserialize(data.get(key, missing), key, data)
            if value is not missing:
                loaded[field.attribute or name] = value
        return loaded

    @cached_property
    def _has_hooks(self) -> bool:
        return any(self._hooks.values())


def read(schema: Schema, value: Any) -> dict[str, Any]:
    """`schema.load` for what may be anything at all: an empty dictionary where it is not even an object."""
    if not isinstance(value, Mapping):
        return {}
    try:
        loaded: dict[str, Any] = schema.load(value)
    except ValidationError:
        return {}
    return loaded
