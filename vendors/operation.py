"""The documented calls of a vendor as values, so that one command can list and make any of them.

A vendor's `operations.py` has a class whose methods are its documented calls, typed, each marked with `@documented`.
Name, arguments and help are read off the method, so that they are written once.
"""

import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from types import NoneType
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

from outbound.client import Client
from rules.vendors import Connection, Record
from schemas.fields import instant

Read = Callable[[str], Any]
Method = TypeVar("Method", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Argument:
    """One value that a call takes. `read` makes it from what a person typed and raises `ValueError`."""

    name: str
    """As in Python; typed as `--with-dashes`."""
    help: str
    read: Read
    required: bool = False
    many: bool = False
    choices: tuple[str, ...] = ()
    default: Any = None
    group: str = ""
    """The parameter whose dataclass this is a field of; empty for a parameter."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One documented call."""

    name: str
    method: str
    path: str
    help: str
    arguments: tuple[Argument, ...]
    call: Callable[[Connection, Client, Mapping[str, Any]], Any]
    """(connection, client, arguments by name) -> what was answered, fit for JSON. Raises the fates."""

    @property
    def changes(self) -> bool:
        """Whether it changes something at the vendor."""
        return self.method not in {"GET", "TOKEN"}


def documented(method: str, path: str) -> Callable[[Method], Method]:
    """Mark a method as one documented call. `TOKEN` is a POST that changes nothing."""

    def mark(function: Method) -> Method:
        vars(function)["documented"] = (method, path)
        return function

    return mark


def operations(of: Callable[[Connection, Client], Any]) -> dict[str, Operation]:
    """All marked methods of a class, in the order they are written."""
    marked = {name: each for name, each in vars(of).items() if hasattr(each, "documented")}
    return {name.replace("_", "-"): _operation(of, name, each) for name, each in marked.items()}


def _operation(of: Callable[[Connection, Client], Any], name: str, function: Any) -> Operation:
    method, path = function.documented
    arguments = tuple(_arguments(function))

    def call(connection: Connection, client: Client, given: Mapping[str, Any]) -> Any:
        return plain(getattr(of(connection, client), name)(**_parameters(function, arguments, given)))

    told = " ".join((inspect.getdoc(function) or "").partition("\n\n")[0].split()).partition(" Raises `")[0]
    return Operation(name.replace("_", "-"), method, path, told, arguments, call)


def _parameters(function: Any, arguments: tuple[Argument, ...], given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments as the method takes them: those of a dataclass put together again."""
    hints, wanted = get_type_hints(function), {name: value for name, value in given.items() if value is not None}
    found = {each.name: wanted[each.name] for each in arguments if not each.group and each.name in wanted}
    for group in {each.group for each in arguments} - {""}:
        inside = {each.name: wanted[each.name] for each in arguments if each.group == group and each.name in wanted}
        found[group] = hints[group](**inside)
    return found


def _arguments(function: Any) -> list[Argument]:
    found: list[Argument] = []
    hints = get_type_hints(function, include_extras=True)
    for name, parameter in list(inspect.signature(function).parameters.items())[1:]:
        kind, _ = _told(hints[name])
        if is_dataclass(kind) and isinstance(kind, type):
            inner = get_type_hints(kind, include_extras=True)
            for each in fields(kind):
                default = inspect.Parameter.empty if each.default is MISSING else each.default
                found.append(_argument(each.name, inner[each.name], default, group=name))
        else:
            found.append(_argument(name, hints[name], parameter.default))
    return found


def _argument(name: str, hint: Any, default: Any, group: str = "") -> Argument:
    kind, told = _told(hint)
    many = get_origin(kind) in {list, tuple}
    one = get_args(kind)[0] if many else kind
    words = tuple(str(each) for each in one) if isinstance(one, type) and issubclass(one, StrEnum) else ()
    required = default is inspect.Parameter.empty
    return Argument(name, told, _reader(one), required, many, words, None if required else default, group)


def _told(hint: Any) -> tuple[Any, str]:
    """The type of an annotation without `Annotated` and `| None`, and what it tells people."""
    told = ""
    if get_origin(hint) is Annotated:
        hint, told = get_args(hint)[:2]
    inner = [each for each in get_args(hint) if each is not NoneType]
    optional = NoneType in get_args(hint) and len(inner) == 1
    return (_told(inner[0])[0] if optional else hint), told


def _reader(kind: Any) -> Read:
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return _word_of(kind)
    named: dict[Any, Read] = {str: str, int: _whole, bool: _flag, datetime: _instant}
    return named.get(kind, _json)


def _word_of(words: type[StrEnum]) -> Read:
    def read(text: str) -> StrEnum:
        if text not in set(words):
            raise ValueError(f"expected one of {', '.join(words)}")
        return words(text)

    return read


def _whole(text: str) -> int:
    if not text.removeprefix("-").isdecimal():
        raise ValueError("expected a whole number")
    return int(text)


def _flag(text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValueError("expected true or false")
    return text == "true"


def _instant(text: str) -> datetime:
    moment = instant(text)
    if moment is None:
        raise ValueError("expected an instant with an offset, such as 2026-03-01T09:00:00Z")
    return moment


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("expected JSON") from None


def plain(value: Any) -> Any:
    """What was answered, as JSON can hold it: a record as the vendor wrote it."""
    if isinstance(value, Record):
        return value.raw
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value
