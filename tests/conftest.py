"""Fixtures of the whole suite: the embedded servers. Each folder of tests has its own beside its tests."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import hypothesis
import pytest

from tests import servers

# Tests never look at what a person runs on this machine, nor at how.
for _name in [name for name in os.environ if name.startswith("PUNCTUAL_") and not name.startswith("PUNCTUAL_TEST_")]:
    del os.environ[_name]

# How long an example takes says more about what else the machine does.
hypothesis.settings.register_profile("punctual", deadline=None)
hypothesis.settings.load_profile("punctual")

FOLDER = "PUNCTUAL_TEST_RUN"  # where this run's servers are noted; inherited by pytest-xdist's workers
LEADER = "PUNCTUAL_TEST_LEADER"
_numbers = count()


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        os.environ[FOLDER] = tempfile.mkdtemp(prefix="punctual-test-")
        os.environ[LEADER] = str(os.getpid())


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and (folder := os.environ.pop(FOLDER, None)):
        servers.stop_embedded_servers(Path(folder))
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def run_folder() -> Path:
    """What the workers of one run share."""
    return Path(os.environ[FOLDER])


@pytest.fixture(scope="session")
def server_url(run_folder: Path) -> str:
    """A PostgreSQL in which tests may create databases."""
    url = os.environ.get("PUNCTUAL_TEST_DATABASE_URL")
    if url:
        servers.refuse_unmarked(url)
        return url
    return servers.embedded_servers(run_folder, int(os.environ[LEADER])).database_url


@pytest.fixture(scope="session")
def postgres_url(server_url: str, run_folder: Path, worker_id: str) -> str:
    """A migrated database, one for each worker of pytest-xdist and the whole run; tests clean up in it or roll back."""
    servers.ensure_template(server_url, run_folder)
    return servers.create_database(server_url, f"punctual_test_{worker_id}", migrated=True)


@pytest.fixture
def fresh_postgres_url(server_url: str, run_folder: Path, worker_id: str) -> Iterator[str]:
    """A migrated database for one test alone."""
    servers.ensure_template(server_url, run_folder)
    name = f"punctual_test_{worker_id}_{next(_numbers)}"
    yield servers.create_database(server_url, name, migrated=True)
    servers.drop_database(server_url, name)


@pytest.fixture
def empty_postgres_url(server_url: str, worker_id: str) -> Iterator[str]:
    """A database without any table, for one test alone."""
    name = f"punctual_test_{worker_id}_{next(_numbers)}"
    yield servers.create_database(server_url, name, migrated=False)
    servers.drop_database(server_url, name)


@pytest.fixture(scope="session")
def valkey_url(run_folder: Path, worker_id: str) -> str:
    """A broker; each worker of pytest-xdist has a numbered database of its own in it."""
    url = os.environ.get("PUNCTUAL_TEST_BROKER_URL")
    if url:
        return url
    number = 0 if worker_id == "master" else int(worker_id.removeprefix("gw")) % 16
    embedded = servers.embedded_servers(run_folder, int(os.environ[LEADER]))
    return embedded.broker_url.removesuffix("/0") + f"/{number}"
