"""Reads one table of the file: each problem is noted with its place and what was expected, and reading goes on."""

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

Check = Callable[[str], str]
MOST_SECRET_BYTES = 64 * 1024  # a key file is smaller; more is the wrong file


@dataclass
class Source:
    """Where a file's values come from, and all that is wrong with them."""

    file: Path
    environ: Mapping[str, str]
    problems: list[str] = field(default_factory=list)

    def complain(self, place: str, what: str) -> None:
        self.problems.append(f"{self.file.name}: {place}: {what}")


class Table:
    """One table. What nobody asked for is unknown (`close`), so every key is named in one place: where it is read."""

    def __init__(self, source: Source, place: str, raw: object) -> None:
        self.source = source
        self.place = place
        self._known: set[str] = set()
        if not isinstance(raw, Mapping):
            source.complain(place, f"expected a table, got {_kind(raw)}")
            raw = {}
        self._raw: Mapping[str, Any] = raw

    def complain(self, key: str, what: str) -> None:
        self.source.complain(f"{self.place}.{key}" if self.place else key, what)

    def __contains__(self, key: str) -> bool:
        return key in self._raw

    def raw(self, key: str) -> Any:
        """The value as it stands; None where there is none."""
        self._known.add(key)
        return self._raw.get(key)

    def text(self, key: str, default: str | None = "", *, check: Check | None = None, expected: str = "text") -> str:
        """A string. `default` None: it must be there."""
        value = self.raw(key)
        if value is None:
            if default is None:
                near = difflib.get_close_matches(key, [str(each) for each in self._raw if each not in self._known], 1)
                hint = f"; there is {near[0]}, did you mean {key}?" if near else ""
                self.complain(key, f"missing: expected {check('') if check else expected}{hint}")
            return default or ""
        if not isinstance(value, str):
            self.complain(key, f"expected {(check and check('')) or expected}, got {_kind(value)}")
            return default or ""
        if check and (wanted := check(value)):
            self.complain(key, f"expected {wanted}{_shown(value)}")
        return value

    def choice(self, key: str, choices: Sequence[str], default: str | None = None) -> str:
        """One of some words; "" where it is none of them."""
        wanted = f"one of {', '.join(choices)}"
        value = self.text(key, default, expected=wanted)
        if value and value not in choices:
            near = difflib.get_close_matches(value, choices, 1)
            self.complain(key, f"expected {wanted}{_shown(value)}" + (f"; did you mean {near[0]}?" if near else ""))
            return ""
        return value

    def whole(self, key: str, default: int, least: int, most: int) -> int:
        value = self.raw(key)
        if value is None:
            return default
        if type(value) is not int or not least <= value <= most:
            got = f'"{value}"' if isinstance(value, str) else value if type(value) is int else _kind(value)
            self.complain(key, f"expected a whole number from {least:,} to {most:,}, got {got}")
            return default
        return value

    def amount(self, key: str, most: int) -> Decimal | None:
        """Money: a number of a currency, not below nothing. None where there is none."""
        value = self.raw(key)
        if value is None:
            return None
        right = isinstance(value, int | float) and not isinstance(value, bool)
        if not right or not 0 <= value <= most:
            got = value if right else f'"{value}"' if isinstance(value, str) else _kind(value)
            self.complain(key, f"expected an amount from 0 to {most:,}, got {got}")
            return None
        return Decimal(str(value))

    def yes(self, key: str) -> bool:
        value = self.raw(key)
        if value is not None and not isinstance(value, bool):
            self.complain(key, f"expected true or false, got {_kind(value)}")
        return value is True

    def texts(self, key: str, *, check: Check) -> tuple[str, ...]:
        value = self.raw(key)
        if value is None:
            return ()
        if not isinstance(value, list):
            self.complain(key, f"expected a list, got {_kind(value)}")
            return ()
        for index, each in enumerate(value):
            wanted = check(each) if isinstance(each, str) else check("")
            if wanted:
                self.complain(f"{key}[{index}]", f"expected {wanted}{_shown(each)}")
        return tuple(each for each in value if isinstance(each, str))

    def secret(self, key: str, *, literal: bool) -> str:
        """A secret by reference, or as it stands where `literal` allows it. Its value is never shown."""
        return self._secret(key, self.raw(key), literal=literal)

    def secrets(self, key: str, *, literal: bool) -> tuple[str, ...]:
        value = self.raw(key)
        if not isinstance(value, list):
            self.complain(key, f"expected a list, got {_kind(value)}")
            return ()
        found = [self._secret(f"{key}[{index}]", each, literal=literal) for index, each in enumerate(value)]
        return tuple(each for each in found if each)

    def _secret(self, key: str, value: object, *, literal: bool) -> str:
        wanted = "env:NAME or file:PATH"
        if value is None or not isinstance(value, str):
            self.complain(key, f"missing: expected {wanted}" if value is None else f"expected {wanted}")
            return ""
        if value.startswith("env:"):
            return self._from_environment(key, value.removeprefix("env:"))
        if value.startswith("file:"):
            return self._from_file(key, self.source.file.parent / value.removeprefix("file:"))
        if not literal:
            self.complain(
                key, f"expected {wanted}: a secret itself may stand here only for the sandbox on this machine"
            )
            return ""
        if not value.strip():
            self.complain(key, "expected a secret, it is empty")
        return value

    def _from_environment(self, key: str, name: str) -> str:
        value = self.source.environ.get(name, "")
        if not value:
            self.complain(key, f"expected the environment variable {name}, which is not set")
        return value

    def _from_file(self, key: str, path: Path) -> str:
        try:
            with path.open(encoding="utf-8") as opened:
                value = opened.read(MOST_SECRET_BYTES).strip()
        except OSError as error:
            self.complain(key, f"expected a readable file at {path}: {error.strerror}")
            return ""
        except UnicodeDecodeError:
            self.complain(key, f"expected text in {path}")
            return ""
        if not value:
            self.complain(key, f"expected a secret in {path}, which is empty")
        return value

    def table(self, key: str) -> "Table | None":
        """The table inside, None where there is none."""
        value = self.raw(key)
        return None if value is None else Table(self.source, f"{self.place}.{key}" if self.place else key, value)

    def tables(self, key: str) -> Iterator[tuple[str, "Table"]]:
        """The tables inside a table of named ones."""
        outer = self.table(key)
        for name in outer.names() if outer else ():
            inner = outer.table(name) if outer else None
            if inner is not None:
                yield name, inner

    def names(self) -> list[str]:
        """Its keys, all of them known."""
        self._known.update(self._raw)
        return [str(key) for key in self._raw]

    def close(self) -> None:
        """Whatever was not asked for is a mistake, most likely of spelling."""
        for key in self._raw:
            if key not in self._known:
                near = difflib.get_close_matches(str(key), sorted(self._known), 1)
                self.complain(str(key), "unknown key" + (f"; did you mean {near[0]}?" if near else ""))


def _kind(value: object) -> str:
    """What stands there, without saying it."""
    kinds = {str: "text", bool: "true or false", int: "a number", float: "a number", list: "a list", dict: "a table"}
    return "nothing" if value is None else kinds.get(type(value), "a date or time")


def _shown(value: object) -> str:
    """A value that is no secret, if it is short; an address may hold a password."""
    return f', got "{value}"' if isinstance(value, str) and len(value) <= 80 and "@" not in value else ""
