from pathlib import Path

import pytest

from runtime.settings import Settings, SettingsProblem
from runtime.settings_file import load

NOWHERE = Path("/nowhere/punctual.toml")


def read(**environ: str) -> Settings:
    return load({f"PUNCTUAL_{key}": value for key, value in environ.items()}, NOWHERE)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("DATABASE_URL", "mysql://x/y", "expected postgresql://user:password@host:5432/name"),
        ("BROKER_URL", "localhost:6379", "expected redis://"),
        ("BROKER_URL", "sqla+sqlite:///x", "expected redis://"),
        ("PUBLIC_URL", "http://hooks.example.com", "https://"),
        ("PUBLIC_URL", "hooks.example.com", "an address such as"),
        ("SECRET_KEY", "short", "at least 32 random characters"),
        ("SENTRY_DSN", "https://sentry.example.com", "https://key@host/project"),
        ("SMTP_URL", "mail.example.com", "expected smtp://"),
        ("SMTP_URL", "smtp://mail.example.com", "from=punctual@example.com"),
        ("SMTP_URL", "smtp://mail.example.com?from=a@example.com&tls=none", "tls=none only on this machine"),
        ("SMTP_URL", "smtp://mail.example.com:port?from=a@example.com", "expected smtp://"),
        ("RETENTION_DAYS", "0", "expected a whole number from 1 to 3,650"),
        ("WEB_PORT", "http", "expected a whole number from 1 to 65,535"),
        ("FLOWER_USER", "operator", "user and password, or neither"),
        ("FLOWER_BROKER_API", "http://broker:15672", "http://user:password@host:15672/api/"),
        ("DATABASE_URL_FILE", "/nowhere/secret", "expected the path of a readable file"),
        ("DATABSE_URL", "postgresql://x/y", "unknown; did you mean PUNCTUAL_DATABASE_URL?"),
    ],
)
def test_a_malformed_variable_is_refused_with_what_was_expected(name: str, value: str, expected: str) -> None:
    with pytest.raises(SettingsProblem) as caught:
        read(**{name: value})
    assert expected in str(caught.value)
    assert len(caught.value.problems) == 1


def test_nothing_set_is_right_and_leaves_servers_to_the_starter() -> None:
    settings = read()
    assert (settings.database_url, settings.broker_url, settings.smtp, settings.sentry_dsn) == ("", "", {}, "")
    assert (settings.web_port, settings.public_url, settings.retention_days) == (8400, "http://127.0.0.1:8400", 30)


def test_the_database_is_opened_with_the_driver_that_is_there() -> None:
    assert read(DATABASE_URL="postgres://u:p@h/d").database_url == "postgresql+psycopg://u:p@h/d"
    assert read(DATABASE_URL="postgresql+psycopg://h/d").database_url == "postgresql+psycopg://h/d"


def test_a_broker_at_a_socket_is_given_its_database() -> None:
    assert read(BROKER_URL="redis+socket:///run/valkey").broker_url == "redis+socket:///run/valkey?virtual_host=0"


def test_mail_starts_tls_unless_it_begins_with_it() -> None:
    starts = read(SMTP_URL="smtp://me%40here:p%2Fw@mail.example.com?from=a@example.com").smtp
    assert (starts["port"], starts["tls"], starts["username"], starts["password"]) == (
        587,
        "starttls",
        "me@here",
        "p/w",
    )
    begins = read(SMTP_URL="smtps://mail.example.com?from=a@example.com").smtp
    assert (begins["port"], begins["tls"]) == (465, "tls")
    assert read(SMTP_URL="smtp://localhost:2525?from=a@example.com&tls=none").smtp["tls"] == "none"


def test_no_refusal_shows_a_secret() -> None:
    secret = "hunter2hunter2"
    values = {
        "DATABASE_URL": f"mysql://u:{secret}@h/d",
        "BROKER_URL": f"http://:{secret}@h",
        "SECRET_KEY": secret,
        "SMTP_URL": f"smtp://u:{secret}@h",
        "SENTRY_DSN": f"ftp://{secret}@h",
        "FLOWER_PASSWORD": secret,
        "FLOWER_BROKER_API": f"http://u:{secret}@h",
    }
    with pytest.raises(SettingsProblem) as caught:
        read(**values)
    assert len(caught.value.problems) == len(values)
    assert secret not in str(caught.value)
