"""Fields for our own messages: JSON types as they are, nothing converted, nothing guessed."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import time
from functools import cached_property
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from schemas import web_address
from schemas.fields import clean_text

SAFE = 2**53 - 1  # what JavaScript can count to; the documented bound of every integer

LONGEST_ADDRESS = 2000  # what every server takes

# Document 003: versions 1 to 8, the nil UUID and the max UUID. JavaScript's $ is Python's \Z.
UUID = (
    r"^([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}"
    r"|00000000-0000-0000-0000-000000000000|ffffffff-ffff-ffff-ffff-ffffffffffff)\Z"
)
Variants = Mapping[str, Schema]
_WALL = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


class Strict(Schema):
    """A message of ours, or one that is sent to us: an unknown field is an error."""

    class Meta:
        """Read by marshmallow."""

        unknown = RAISE


class Integer(fields.Integer):
    """A JSON number without a fraction, as JSON Schema means it: 5 and 5.0, never true or "5"."""

    def __init__(self, low: int = -SAFE, high: int = SAFE, **kwargs: Any) -> None:
        super().__init__(validate=validate.Range(low, high), **kwargs)

    def _validated(self, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
            raise self.make_error("invalid", input=value)
        return int(value)


class Truth(fields.Boolean):
    """true or false."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> bool:  # noqa: ARG002
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Characters(fields.String):
    """Text that can be stored: no NUL, no lone surrogate."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if clean_text(text) != text:
            raise ValidationError("Holds characters that are no text (NUL, half of a surrogate pair).")
        return text


class Uuid(Characters):
    """A UUID of the documented pattern, kept as it was written."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=validate.Regexp(UUID, error="Not a valid UUID."), **kwargs)


class Address(Characters):
    """Where somebody may be told: https, or http on this machine."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validate=validate.Length(max=LONGEST_ADDRESS), **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if wrong := web_address.problem(text, query=True):
            raise ValidationError(f"Expected {wrong}.")
        return text


class Scalar(fields.Raw):
    """A JSON value without parts."""


class WallTime(fields.String):
    """A local time of day as HH:MM; stays text on the wire, see `wall_time`."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **kwargs)
        if wall_time(text) is None:
            raise ValidationError("Not a time of day, such as 21:00.")
        return text


class Tagged(fields.Field[dict[str, Any]]):
    """One of several objects, told apart by the word in one key.

    `variants` may be a function, for objects that hold their own kind. `others`: a word that is not known, or none, is
    let through as it stands; for what we show, where a vendor may have put anything.
    """

    def __init__(
        self, tag: str, variants: Variants | Callable[[], Variants], *, others: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.tag = tag
        self.others = others
        self._variants = variants

    @cached_property
    def variants(self) -> Variants:
        return self._variants() if callable(self._variants) else self._variants

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:  # noqa: ARG002
        if not isinstance(value, Mapping):
            raise ValidationError("Not an object.")
        word = value.get(self.tag)
        if self.others and not (isinstance(word, str) and word in self.variants):
            return dict(value)
        if not isinstance(word, str) or word not in self.variants:
            raise ValidationError({self.tag: [f"Must be one of: {', '.join(self.variants)}."]})
        return self.variants[word].load(value)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:  # noqa: ARG002
        return value


def wall_time(text: Any) -> time | None:
    match = _WALL.fullmatch(text) if isinstance(text, str) else None
    return time(int(match[1]), int(match[2])) if match else None


def flat(messages: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every complaint of a `ValidationError.messages` with the place it is about."""
    if isinstance(messages, Mapping):
        for step, below in messages.items():
            yield from flat(below, path if step == "_schema" else (*path, step))
    elif isinstance(messages, list | tuple):
        for below in messages:
            yield from flat(below, path)
    else:
        yield path, str(messages)
