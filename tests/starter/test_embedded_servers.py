import psycopg
import pytest
import redis

from tests.servers import MARKER, NotATestDatabase, connect, refuse_unmarked

pytestmark = pytest.mark.servers


def test_the_database_of_a_run_carries_the_marker(postgres_url):
    refuse_unmarked(postgres_url)


def test_a_database_without_the_marker_is_refused(empty_postgres_url):
    with connect(empty_postgres_url) as connection:
        name = connection.info.dbname
        connection.execute(f"COMMENT ON DATABASE {name} IS NULL")
    with pytest.raises(NotATestDatabase, match=MARKER):
        refuse_unmarked(empty_postgres_url)


def test_a_fresh_database_is_forgotten_after_its_test(fresh_postgres_url):
    with connect(fresh_postgres_url) as connection:
        connection.execute("CREATE TABLE only_here ()")


def test_the_broker_asks_for_its_password(valkey_url):
    assert redis.Redis.from_url(valkey_url).ping()
    with pytest.raises(redis.AuthenticationError):
        redis.Redis.from_url(valkey_url.replace("redis://:", "redis://:wrong")).ping()


def test_the_embedded_postgres_is_version_18_and_durable_settings_are_the_default(postgres_url):
    with psycopg.connect(postgres_url.replace("+psycopg", "")) as connection:
        assert connection.execute("SHOW server_version").fetchone()[0].startswith("18.")
