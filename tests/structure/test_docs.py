"""The documents name files, commands and messages; all of them have to be there."""

import ast
import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from punctual.cli import known_commands
from tests.structure.deployed import PROJECT

DOCS = sorted(PROJECT.glob("docs/**/*.md"))
PACKAGES = ("rules", "store", "workers", "web", "runtime", "senders", "vendors", "punctual")
RUNBOOK = (PROJECT / "docs" / "runbook.md").read_text()


def told_kinds() -> set[str]:
    """The third argument of every `inbox.tell(tx, connection, kind, ...)`."""
    kinds = set()
    for path in (path for package in PACKAGES for path in (PROJECT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            tells = ast.unparse(node.func) in {"inbox.tell", "inbox.tell_once"}
            if tells and isinstance(node.args[2], ast.Constant):
                kinds.add(str(node.args[2].value))
    return kinds


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(path: Path):
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text())
    assert [target for target in targets if not (path.parent / target).exists()] == []


def test_the_runbook_explains_every_kind_of_message():
    explained = set(re.findall(r"^\| `(\w+)` \|", RUNBOOK, re.MULTILINE))
    assert told_kinds() == explained


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_every_command_that_is_named_exists(path: Path):
    named = set(re.findall(r"`punctual ([a-z][a-z-]*)", path.read_text()))
    assert named <= set(known_commands())


def test_every_decision_is_listed_and_says_what_would_change_our_mind():
    listed = (PROJECT / "docs/decisions/README.md").read_text()
    for path in PROJECT.glob("docs/decisions/0*.md"):
        assert path.name in listed, path.name
        parts = re.findall(r"^## (.*)$", path.read_text(), re.MULTILINE)
        assert parts == ["Context", "Decision", "Consequences", "What would change our mind"], path.name


@pytest.mark.servers
def test_the_statements_of_the_runbook_run_on_our_tables(postgres_url: str):
    statements = [text for block in re.findall(r"```sql\n(.*?)```", RUNBOOK, re.DOTALL) for text in block.split(";")]
    engine = sa.create_engine(postgres_url, poolclass=sa.NullPool)
    with engine.connect() as connection, connection.begin() as transaction:
        for statement in filter(str.strip, statements):
            connection.execute(sa.text(statement))
        transaction.rollback()
