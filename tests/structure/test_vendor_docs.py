"""docs/vendors.md says of everything that the vendors document where it is implemented and held: all of it is true."""

import importlib
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from typing import Any

import pytest
from marshmallow import Schema, fields, validate

from tests.structure.deployed import PROJECT

INVENTORY = tomllib.loads((PROJECT / "docs" / "vendors.inventory.toml").read_text())
KINDS = {"path", "address", "parameter", "header", "field", "enum value", "error body", "error field", "rule"}


def _rows() -> list[dict[str, str]]:
    loader = SourceFileLoader("vendor_docs", str(PROJECT / "bin" / "vendor-docs"))
    spec = spec_from_loader("vendor_docs", loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return list(module.rows(INVENTORY))


ROWS = _rows()


def test_the_page_is_up_to_date() -> None:
    done = subprocess.run([sys.executable, "bin/vendor-docs", "--check"], cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_item_is_implemented_and_held_or_says_why_not() -> None:
    for row in ROWS:
        assert row["kind"] in KINDS, row
        assert bool(row["why_not"]) != bool(row["code"] and row["test"]), row
        assert row["document"] in INVENTORY["documents"], row


def test_nothing_is_listed_twice() -> None:
    named = [(row["document"], row["kind"], row["name"]) for row in ROWS]
    assert sorted({each for each in named if named.count(each) > 1}) == []


@pytest.mark.parametrize("code", sorted({row["code"] for row in ROWS if row["code"]}))
def test_the_code_that_is_named_exists(code: str) -> None:
    file, _, symbol = code.partition(":")
    assert (PROJECT / file).exists()
    path, _, word = symbol.removesuffix("]").partition("[")
    found: Any = importlib.import_module(file.removesuffix(".py").replace("/", "."))
    for name in path.split("."):
        found = attribute(found, name)
    if word:
        assert word in choices(found)


@pytest.mark.parametrize("test", sorted({row["test"] for row in ROWS if row["test"]}))
def test_the_test_that_is_named_exists(test: str) -> None:
    file, _, name = test.partition(":")
    assert re.search(rf"^\s*def {re.escape(name)}\(", (PROJECT / file).read_text(), re.MULTILINE)


@pytest.mark.parametrize("number", INVENTORY["documents"])
def test_no_field_of_a_documented_example_is_left_out(number: str) -> None:
    listed = {row["name"] for row in ROWS if row["document"] == number and "field" in row["kind"]}
    examples = INVENTORY["documents"][number]["fixtures"]
    shown = {path for each in examples for path in paths(json.loads(fixture(each)))}
    assert shown
    assert shown - listed == set()


def fixture(name: str) -> bytes:
    return (PROJECT / "tests" / "fixtures" / name).read_bytes()


def paths(said: Any, above: str = "") -> Iterator[str]:
    """`results`, `results[].id`, ... for every key of an example."""
    if isinstance(said, dict):
        for name, inner in said.items():
            here = f"{above}.{name}" if above else name
            yield here
            yield from paths(inner, here)
    elif isinstance(said, list):
        for inner in said:
            yield from paths(inner, f"{above}[]")


def attribute(found: Any, name: str) -> Any:
    """A field of a schema is none of its attributes."""
    declared: dict[str, Any] = getattr(found, "_declared_fields", {}) if isinstance(found, type) else {}
    if isinstance(found, type) and issubclass(found, Schema) and name in declared:
        return declared[name]
    return getattr(found, name)


def choices(found: Any) -> Any:
    """The keys of a table, or the words that a field takes."""
    if isinstance(found, fields.Field):
        return [word for each in found.validators if isinstance(each, validate.OneOf) for word in each.choices]
    return found
