"""What belongs to the machine, from `PUNCTUAL_*` environment variables. `.env.example` lists all of them."""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from sentry_sdk.utils import BadDsn, Dsn

from runtime import checks
from runtime.settings import FlowerSettings
from schemas import web_address

KNOWN = frozenset(
    {
        "PUNCTUAL_BROKER_URL",
        "PUNCTUAL_CONFIG",
        "PUNCTUAL_DATABASE_URL",
        "PUNCTUAL_EGRESS",
        "PUNCTUAL_FLOWER_ADDRESS",
        "PUNCTUAL_FLOWER_BROKER_API",
        "PUNCTUAL_FLOWER_PASSWORD",
        "PUNCTUAL_FLOWER_PORT",
        "PUNCTUAL_FLOWER_USER",
        "PUNCTUAL_HOME",
        "PUNCTUAL_PUBLIC_URL",
        "PUNCTUAL_RETENTION_DAYS",
        "PUNCTUAL_SECRET_KEY",
        "PUNCTUAL_SENTRY_DSN",
        "PUNCTUAL_SMTP_URL",
        "PUNCTUAL_WEB_PORT",
    }
)
BROKERS = ("redis", "rediss", "redis+socket", "amqp", "amqps")
SHORTEST_KEY = 32  # characters: 192 bits in base64, as the starter makes it
SMTP_PORTS = {"smtp": 587, "smtps": 465}


@dataclass
class Environment:
    """The variables, and all that is wrong with them."""

    environ: Mapping[str, str]
    problems: list[str] = field(default_factory=list)

    def text(self, name: str, default: str = "") -> str:
        return self.environ.get(name, "").strip() or default

    def secret(self, name: str) -> str:
        """From NAME, or from the file that NAME_FILE names, as container platforms hand secrets over."""
        path = self.text(f"{name}_FILE")
        if not path:
            return self.text(name)
        if self.text(name):
            self.problems.append(f"{name}: set together with {name}_FILE; expected one of them")
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            self.problems.append(f"{name}_FILE: expected the path of a readable file, got {path}")
            return ""

    def whole(self, name: str, default: int, least: int, most: int) -> int:
        value = self.text(name)
        if not value:
            return default
        if not re.fullmatch(r"[0-9]{1,9}", value) or not least <= int(value) <= most:
            self.problems.append(f'{name}: expected a whole number from {least:,} to {most:,}, got "{value}"')
            return default
        return int(value)

    def expect(self, name: str, *, right: bool, wanted: str) -> None:
        if not right:
            self.problems.append(f"{name}: expected {wanted}")


def database_url(env: Environment) -> str:
    """With the driver that is installed."""
    value = env.secret("PUNCTUAL_DATABASE_URL")
    scheme, separator, rest = value.partition("://")
    known = scheme in {"postgres", "postgresql", "postgresql+psycopg"} and bool(separator and rest)
    env.expect("PUNCTUAL_DATABASE_URL", right=not value or known, wanted="postgresql://user:password@host:5432/name")
    return f"postgresql+psycopg://{rest}" if known else ""


def broker_url(env: Environment) -> str:
    value = env.secret("PUNCTUAL_BROKER_URL")
    scheme, separator, rest = value.partition("://")
    known = scheme in BROKERS and bool(separator and rest)
    wanted = "redis://:password@host:6379/0 or amqp://user:password@host:5672/vhost"
    env.expect("PUNCTUAL_BROKER_URL", right=not value or known, wanted=wanted)
    if scheme == "redis+socket" and "virtual_host=" not in value:  # without it kombu takes the path for a database
        value += ("&" if "?" in value else "?") + "virtual_host=0"
    return value if known else ""


def secret_key(env: Environment) -> str:
    value = env.secret("PUNCTUAL_SECRET_KEY")
    right = not value or len(value) >= SHORTEST_KEY
    env.expect("PUNCTUAL_SECRET_KEY", right=right, wanted=f"at least {SHORTEST_KEY} random characters")
    return value


def public_url(env: Environment, web_port: int) -> str:
    value = env.text("PUNCTUAL_PUBLIC_URL").rstrip("/")
    problem = checks.address(value) if value else ""
    env.expect("PUNCTUAL_PUBLIC_URL", right=not problem, wanted=problem)
    return value or f"http://127.0.0.1:{web_port}"


def sentry_dsn(env: Environment) -> str:
    value = env.secret("PUNCTUAL_SENTRY_DSN")
    try:
        right = not value or bool(Dsn(value))
    except (BadDsn, ValueError):
        right = False
    env.expect("PUNCTUAL_SENTRY_DSN", right=right, wanted="an address such as https://key@host/project")
    return value if right else ""


def smtp(env: Environment) -> dict[str, Any]:
    """`smtp://` starts TLS, `smtps://` begins with it; `?tls=none` only for a host on this machine."""
    value = env.secret("PUNCTUAL_SMTP_URL")
    if not value:
        return {}
    wanted = "smtp://user:password@host:587?from=punctual@example.com"
    try:
        parts = urlsplit(value)
        host, port, asked = parts.hostname, parts.port, parse_qs(parts.query)
    except ValueError:
        host, port, asked, parts = None, None, {}, urlsplit("")
    tls = asked.get("tls", ["tls" if parts.scheme == "smtps" else "starttls"])[0]
    sender = asked.get("from", [""])[0]
    right = (
        bool(host)
        and parts.scheme in SMTP_PORTS
        and tls in {"tls", "starttls", "none"}
        and set(asked) <= {"tls", "from"}
    )
    right = right and not checks.email(sender) and (tls != "none" or web_address.is_loopback(value))
    env.expect(
        "PUNCTUAL_SMTP_URL", right=right, wanted=f"{wanted} (smtps:// for port 465; tls=none only on this machine)"
    )
    if not right:
        return {}
    return {
        "host": host,
        "port": port or SMTP_PORTS[parts.scheme],
        "username": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "tls": tls,
        "sender": sender,
    }


def flower(env: Environment) -> FlowerSettings:
    """Both or neither of user and password: Flower itself refuses to start without them."""
    user, password = env.text("PUNCTUAL_FLOWER_USER"), env.secret("PUNCTUAL_FLOWER_PASSWORD")
    env.expect("PUNCTUAL_FLOWER_USER", right=":" not in user, wanted="a name without a colon")
    env.expect("PUNCTUAL_FLOWER_PASSWORD", right=bool(user) == bool(password), wanted="user and password, or neither")
    api = env.secret("PUNCTUAL_FLOWER_BROKER_API")
    right = not api or (api.startswith(("http://", "https://")) and api.endswith("/api/"))
    env.expect("PUNCTUAL_FLOWER_BROKER_API", right=right, wanted="http://user:password@host:15672/api/")
    return FlowerSettings(
        user=user,
        password=password,
        address=env.text("PUNCTUAL_FLOWER_ADDRESS", "127.0.0.1"),
        port=env.whole("PUNCTUAL_FLOWER_PORT", 8401, 1, 65535),
        broker_api=api,
    )


def misspelt(environ: Mapping[str, str]) -> list[str]:
    """Names that are nearly one of ours. Others are left alone: a platform may set what it likes."""
    known = KNOWN | {f"{name}_FILE" for name in KNOWN}
    problems = []
    for name in sorted(set(environ) - known):
        if name.startswith("PUNCTUAL_") and not name.startswith("PUNCTUAL_TEST_"):
            near = difflib.get_close_matches(name, sorted(known), 1, cutoff=0.9)
            problems += [f"{name}: unknown; did you mean {near[0]}?"] if near else []
    return problems
