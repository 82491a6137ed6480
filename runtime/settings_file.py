"""Reads all that is configured, and refuses it as a whole with every problem named."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rules.senders import SenderSettings
from runtime import settings_connections, settings_senders
from runtime import settings_environment as machine
from runtime.reading import Source, Table
from runtime.settings import ConnectionSettings, Mode, Settings, SettingsProblem
from runtime.settings_senders import PRICE

__all__ = ["SettingsProblem", "load"]


def load(environ: Mapping[str, str] = os.environ, path: Path | None = None) -> Settings:
    """The settings of this machine and of the file at `path`, else PUNCTUAL_CONFIG, else `punctual.toml` here.

    A file that does not exist is one without connections.

    Raises:
        SettingsProblem: with one line for each thing that is wrong, `file: place: what was expected`.
    """
    env = machine.Environment(environ)
    file = path or Path(env.text("PUNCTUAL_CONFIG", "punctual.toml"))
    source = Source(file=file, environ=environ)
    senders, connections = _tables(source)
    port = env.whole("PUNCTUAL_WEB_PORT", 8400, 1, 65535)
    settings = Settings(
        database_url=machine.database_url(env),
        broker_url=machine.broker_url(env),
        home=Path(env.text("PUNCTUAL_HOME", ".punctual")).absolute(),
        public_url=machine.public_url(env, port),
        secret_key=machine.secret_key(env),
        connections=connections,
        senders=senders,
        smtp=machine.smtp(env),
        sentry_dsn=machine.sentry_dsn(env),
        retention_days=env.whole("PUNCTUAL_RETENTION_DAYS", 30, 1, 3650),
        web_port=port,
        egress=env.text("PUNCTUAL_EGRESS", "default"),
        flower=machine.flower(env),
    )
    problems = [*env.problems, *machine.misspelt(environ), *source.problems]
    if problems:
        raise SettingsProblem(problems)
    return settings


def _tables(source: Source) -> tuple[dict[str, SenderSettings], dict[str, ConnectionSettings]]:
    top = Table(source, "", _parsed(source))
    declared = [(name, settings_senders.read(name, table)) for name, table in top.tables("senders")]
    senders = {name: sender for name, sender in declared if sender is not None}
    named = {name for name, _ in declared}
    connections: dict[str, ConnectionSettings] = {}
    for name, table in top.tables("connections"):
        found = settings_connections.read(name, table)
        if found is not None:
            connections[name] = found
            _pair(table, found, senders, named)
    top.close()
    return senders, connections


def _parsed(source: Source) -> dict[str, Any]:
    try:
        return tomllib.loads(source.file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        source.problems.append(f"{source.file}: expected a readable file: {why}")
    except tomllib.TOMLDecodeError as error:
        source.problems.append(f"{source.file.name}: expected TOML: {error}")
    return {}


def _pair(table: Table, connection: ConnectionSettings, senders: Mapping[str, SenderSettings], named: set[str]) -> None:
    """A connection and its sender belong together: both sandbox, or both real (edge case 79)."""
    if not connection.sender:
        if connection.mode is not Mode.OBSERVE:
            table.complain("sender", f"missing: expected the name of a sender, mode {connection.mode} sends texts")
        return
    if connection.mode is Mode.TRIAL and not connection.trial_numbers and connection.sender in senders:
        table.complain("trial_numbers", "missing: expected the numbers that mode trial may text")
    first = _sender(table, connection, "sender", connection.sender, senders, named)
    _number(table, "from_number", connection.from_number, first)
    if connection.max_cost_per_month is not None and first is not None and PRICE not in first.options:
        table.complain("max_cost_per_month", f"set without a {PRICE} in senders.{first.name}.options")
    if not connection.failover_sender:
        if connection.failover_number:
            table.complain("failover_number", "set without failover_sender")
        return
    if connection.failover_sender == connection.sender:
        table.complain("failover_sender", "expected another sender than sender")
        return
    other = _sender(table, connection, "failover_sender", connection.failover_sender, senders, named)
    _number(table, "failover_number", connection.failover_number, other)


def _sender(
    table: Table,
    connection: ConnectionSettings,
    key: str,
    name: str,
    senders: Mapping[str, SenderSettings],
    named: set[str],
) -> SenderSettings | None:
    sender = senders.get(name)
    if sender is None:
        if name not in named:  # a sender with problems of its own is complained of there
            known = ", ".join(sorted(named)) or "none, there is no [senders.NAME]"
            table.complain(key, f'expected one of {known}, got "{name}"')
        return None
    if connection.sandbox and not sender.sandboxed:
        table.complain(key, f"expected a sandbox sender: base_url is the sandbox's, {sender.name} texts real phones")
    if sender.sandboxed and not connection.sandbox and sender.kind != "console":
        table.complain(key, f"expected a real sender: base_url is real, {sender.name} is the sandbox's")
    return sender


def _number(table: Table, key: str, number: str, sender: SenderSettings | None) -> None:
    if number and sender is not None and number not in sender.numbers:
        table.complain(key, f"expected one of the numbers of senders.{sender.name}")
