"""What a command stands on: the settings and the database, opened once, with everything that can be wrong in words."""

import dataclasses
import difflib
import getpass
import os
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from punctual.home import Home
from runtime import settings_file
from runtime.settings import ConnectionSettings, Settings, SettingsProblem
from store.engine import Database

if TYPE_CHECKING:
    from runtime.wiring import Wiring  # takes as long to import as all the rest

DONE, REFUSED, MISUNDERSTOOD, INTERRUPTED = 0, 1, 2, 130
"""Exit statuses: done; it could not be done; what was typed or configured makes no sense; Ctrl-C."""

RING_SECONDS = 2.0
"""How long a command waits for the broker. Sweeps ring again within seconds."""


class Refused(Exception):
    """It cannot be done; the message says why and what to do."""

    def __init__(self, message: str, status: int = REFUSED) -> None:
        super().__init__(message)
        self.status = status


class LateBell:
    """A doorbell that is made when it is first rung: few commands do, and making one takes a while."""

    def __init__(self, broker_url: str) -> None:
        self._broker_url = broker_url
        self._bell: Any = None

    def ring(self, task_name: str, *, args: tuple[str, ...] = (), expires_seconds: float = 30) -> None:
        if self._bell is None and self._broker_url:
            from runtime.doorbell import Doorbell
            from runtime.observe import configure_logs

            configure_logs()
            self._bell = Doorbell(self._broker_url)
        if self._bell is not None:
            self._bell.ring(task_name, args=args, expires_seconds=expires_seconds)

    def close(self) -> None:
        if self._bell is not None:
            self._bell.close(RING_SECONDS)


class Session:
    """One command's settings and database. It declares nothing: only what `punctual up` starts makes a file count."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.db = Database(settings.database_url, size=2)
        self.bell = LateBell(settings.broker_url)

    @cached_property
    def wiring(self) -> "Wiring":
        """The real things, for what the processes share with the command line."""
        from runtime.wiring import Wiring

        return Wiring(self.settings, self.db, self.bell, _no_sender)

    def connection(self, name: str) -> ConnectionSettings:
        """Raises `Refused` with the nearest name there is."""
        found = self.settings.connections.get(name)
        if found is None:
            raise Refused(unknown("connection", name, self.settings.connections), MISUNDERSTOOD)
        return found

    def close(self) -> None:
        self.bell.close()
        self.db.dispose()


def _no_sender(name: str) -> Any:
    raise AssertionError(f"no command sends by {name}: only workers do")


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """Whom there is instead."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, 1)
    if near:
        return f"no {kind} is named {name!r}; did you mean {near[0]}?"
    return f"no {kind} is named {name!r}; there is {', '.join(names) or 'none'}"


def run(body: Callable[[Session], int]) -> int:
    """Open, do it, close; every failure that a person can mend is one sentence on stderr and an exit status."""
    return guarded(lambda: _with_session(body))


def _with_session(body: Callable[[Session], int]) -> int:
    session = Session(located(settings_file.load(os.environ)))
    try:
        return body(session)
    except ProgrammingError as error:
        if getattr(error.orig, "sqlstate", "") not in {"42P01", "42703"}:  # no such table, no such column
            raise
        raise Refused("the database is not at this version's schema: run `punctual migrate`") from error
    finally:
        session.close()


def guarded(body: Callable[[], int]) -> int:
    """The same for what needs no database."""
    try:
        return body()
    except SettingsProblem as problem:
        print(problem, file=sys.stderr)
        return MISUNDERSTOOD
    except Refused as refused:
        print(f"punctual: {refused}", file=sys.stderr)
        return refused.status
    except (OperationalError, PoolTimeout) as error:
        print(f"punctual: {database_trouble(error)}", file=sys.stderr)
        return REFUSED
    except BrokenPipeError:  # `punctual configs list | head`
        with suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return INTERRUPTED


def refuse(message: str) -> int:
    """For what cannot be told by the parser."""
    raise Refused(message, MISUNDERSTOOD)


def located(settings: Settings) -> Settings:
    """With the addresses of the embedded servers, where the environment names none.

    Raises:
        Refused: they do not run.
    """
    home = Home(settings.home)
    database, broker = settings.database_url, settings.broker_url
    if not database:
        database = embedded_database(home)
    if not broker:
        broker = embedded_broker(home)
    return dataclasses.replace(settings, database_url=database, broker_url=broker)


def embedded_database(home: Home) -> str:
    from punctual.servers import EmbeddedPostgres

    postgres = EmbeddedPostgres(home)
    if not (postgres.folder / "postmaster.pid").exists():
        raise Refused(f"nothing runs in {home.path}: start it with `punctual up`, or set PUNCTUAL_DATABASE_URL")
    return postgres.running_url


def embedded_broker(home: Home) -> str:
    """Empty when there is none: whoever wants to ring does without, and sweeps ring."""
    from punctual.servers import EmbeddedValkey

    return EmbeddedValkey(home).url if (home.run / "valkey-port").exists() else ""


def database_trouble(error: DBAPIError | PoolTimeout) -> str:
    """What the database says, in one line and without the statement, which may hold rows."""
    state = getattr(getattr(error, "orig", None), "sqlstate", None)
    if state in {"55P03", "57014", "40P01", "40001"}:  # lock or statement timeout, deadlock, serialization
        return "the database was too busy; nothing was changed by this step, run it again"
    said = str(getattr(error, "orig", None) or "no answer").strip().splitlines()[0]
    return f"the database cannot be reached ({said}); is `punctual up` running?"


def config_path() -> Path:
    """The file with the connections."""
    return Path(os.environ.get("PUNCTUAL_CONFIG") or "punctual.toml")


def actor() -> str:
    """Who is typing, for `operator_actions`."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):  # a uid without a passwd entry, as in a container
        return f"cli:{os.getuid()}"
