"""What is wrong with a request, in the documented shape: path, message, expected, received, code.

Source: the VALIDATION_ERROR bodies of vendor-docs 000 and 003. `code` is one of Zod's words (inference, FACTS 2.2).
`received` is the JSON type and never the value: what people send may be private, and errors are kept in logs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from marshmallow import Schema, fields, validate

from schemas.strict import Address, Characters, Integer, Scalar, Tagged, Truth, Uuid, WallTime, flat

Complaint = dict[str, Any]

_ABSENT = object()
_TYPES = {bool: "boolean", int: "number", float: "number", str: "string", list: "array", dict: "object"}
_WORDS: tuple[tuple[type[fields.Field[Any]], str], ...] = (
    (Uuid, "uuid"),
    (WallTime, "time of day"),
    (Address, "address"),
    (Scalar, "string | number | boolean"),
    (Truth, "boolean"),
    (Integer, "integer"),
    (Characters, "string"),
    (fields.String, "string"),
    (fields.List, "array"),
    (fields.Nested, "object"),
    (Tagged, "object"),
)


def complaints(schema: Schema, body: Any, messages: Any) -> list[Complaint]:
    """Every complaint of marshmallow's messages. `body` is what was sent."""
    return [_complaint(schema, body, path, message) for path, message in flat(messages)]


def complaint(path: Sequence[str | int], message: str, *, expected: str, received: str, code: str) -> Complaint:
    """One complaint. Steps of the path are text, as documented, also those that count."""
    return {
        "path": [str(step) for step in path],
        "message": message,
        "expected": expected,
        "received": received,
        "code": code,
    }


def _complaint(schema: Schema, body: Any, path: tuple[str | int, ...], message: str) -> Complaint:
    field, value = _field_at(schema, path), _value_at(body, path)
    if isinstance(field, _Named):
        field, value, path = field.field, field.name if field.is_name else _value_at(body, path[:-1]), path[:-1]
    received = _type_of(value)
    if field is None:
        known = _keys_at(schema, body, path[:-1])
        message = _nearest(str(path[-1]), known) if path and known else message
        return complaint(path, message, expected="never", received=received, code="unrecognized_keys")
    expected = _expected(field)
    return complaint(path, message, expected=expected, received=received, code=_code(field, value, expected))


def _nearest(key: str, known: Sequence[str]) -> str:
    """Only names of ours are told: what was sent may be private."""
    near = get_close_matches(key, known, n=1)
    if near:
        return f"Unknown field; did you mean {near[0]}?"
    return f"Unknown field; there is {', '.join(known)}."


def _keys_at(schema: Schema, body: Any, path: Sequence[str | int]) -> list[str]:
    """The keys that are known where something unknown was found."""
    field = _field_at(schema, path)
    if isinstance(field, Tagged):
        said = _value_at(body, path)
        variant = field.variants.get(str(said.get(field.tag))) if isinstance(said, Mapping) else None
        return list(variant.fields) if variant else []
    return list(field.schema.fields) if isinstance(field, fields.Nested) else []


@dataclass(frozen=True, slots=True)
class _Named:
    """An entry of an object with free names; marshmallow says below each whether it is the name or the value."""

    name: str
    field: Any
    is_name: bool = False


def _field_at(schema: Schema, path: Sequence[str | int]) -> Any:
    """The field that a path leads to, None where there is none. The empty path is the message itself."""
    here: Any = fields.Nested(schema)
    for step in path:
        if isinstance(here, _Named):
            is_name = step == "key"
            return _Named(here.name, here.field.key_field if is_name else here.field.value_field, is_name)
        if isinstance(here, fields.Dict):
            here = _Named(str(step), here)
        elif isinstance(here, fields.List):
            here = here.inner
        elif isinstance(here, Tagged):
            here = _in_variant(here, str(step))
        elif isinstance(here, fields.Nested):
            here = here.schema.fields.get(str(step))
        else:
            return None
    return here


def _in_variant(field: Tagged, step: str) -> Any:
    """The same key means the same in every variant that has it; the tag itself is one of their words."""
    if step == field.tag:
        return Characters(validate=validate.OneOf(list(field.variants)))
    found = (variant.fields.get(step) for variant in field.variants.values())
    return next((each for each in found if each is not None), None)


def _value_at(body: Any, path: Sequence[str | int]) -> Any:
    for step in path:
        if isinstance(body, Mapping):
            body = body.get(step, _ABSENT)
        elif isinstance(body, list) and isinstance(step, int) and step < len(body):
            body = body[step]
        else:
            return _ABSENT
    return body


def _type_of(value: Any) -> str:
    if value is _ABSENT:
        return "undefined"
    return "null" if value is None else _TYPES.get(type(value), "object")


def _expected(field: Any) -> str:
    choices = next((each.choices for each in field.validators if isinstance(each, validate.OneOf)), None)
    word = next((word for kind, word in _WORDS if isinstance(field, kind)), "object")
    if choices is not None:
        word = " | ".join(f"'{choice}'" for choice in choices)
    for bound in field.validators:
        if isinstance(bound, validate.Range):
            word += f" from {bound.min} to {bound.max}"
        elif isinstance(bound, validate.Length):
            word += f" of length {bound.min or 0} to {'any' if bound.max is None else bound.max}"
    return f"{word} | null" if field.allow_none else word


def _code(field: Any, value: Any, expected: str) -> str:
    """Zod's word for it."""
    if value is _ABSENT or _type_of(value) != _json_type(field):
        return "invalid_type"
    if expected.startswith("'"):
        return "invalid_enum_value"
    for bound in field.validators:
        if not isinstance(bound, validate.Range | validate.Length):
            continue
        size = len(value) if isinstance(bound, validate.Length) else value
        if bound.min is not None and size < bound.min:
            return "too_small"
        if bound.max is not None and size > bound.max:
            return "too_big"
    if isinstance(field, Integer):
        return "invalid_type"
    return "invalid_string" if isinstance(value, str) else "custom"


def _json_type(field: Any) -> str:
    word = next((word for kind, word in _WORDS if isinstance(field, kind)), "object")
    return {"uuid": "string", "time of day": "string", "address": "string", "integer": "number"}.get(word, word)
