"""`punctual connect`, with the sandbox in the vendors' place; the questions on a real terminal."""

import base64
import os
import pty
import select
import stat
import sys
import threading
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from runtime import settings_file
from store.tables import connection_states
from tests.cli.conftest import FILE, Bench
from tests.vendors.conftest import Tenant, sandbox, tenant

__all__ = ["sandbox", "tenant"]

pytestmark = pytest.mark.servers
PROJECT = Path(__file__).parents[2]
HAND_WRITTEN = "# written by hand, with a comment\n" + FILE.format(north="observe").rstrip("\n")


def flags(one: Tenant, *more: str, path: str = "/caspen/v1") -> tuple[str, ...]:
    credentials = [word for key, value in one.credentials.items() for word in ("--credential", f"{key}={value}")]
    return ("connect", one.vendor, "--base-url", one.url + path, "--zone", "Europe/Dublin", *credentials, *more)


def written(bench: Bench, name: str) -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads((bench.folder / "punctual.toml").read_text())["connections"][name]
    return found


def secrets_of(bench: Bench) -> list[str]:
    folder = bench.folder / "home" / "secrets"
    return sorted(each.name for each in folder.iterdir()) if folder.exists() else []


@pytest.fixture
def caspen(bench: Bench, tenant: Callable[..., Tenant]) -> Tenant:
    bench.settings(HAND_WRITTEN)
    return tenant("caspen")


def test_a_block_is_put_at_the_end_and_nothing_else_is_touched(bench: Bench, caspen: Tenant) -> None:
    said = bench.done(*flags(caspen, "--name", "west", "--sender", "texts", "--practice", 'The "West" Clinic'))
    text = (bench.folder / "punctual.toml").read_text()
    assert text.startswith(HAND_WRITTEN + "\n\n[connections.west]\n")
    settings = settings_file.load().connections["west"]
    assert settings.adapter.credentials["token"] == caspen.credentials["token"]
    assert (settings.mode, settings.practice, settings.sender) == ("observe", 'The "West" Clinic', "texts")
    assert "token accepted" in said.out
    assert "http://127.0.0.1:8400/hooks/west (standard)" in said.out
    assert caspen.credentials["token"] not in said.out + text


def test_secrets_are_in_files_that_only_their_owner_can_read(bench: Bench, caspen: Tenant) -> None:
    told = bench.done(*flags(caspen, "--name", "west", "--json")).json
    assert secrets_of(bench) == ["west-token", "west-webhook"]
    folder = bench.folder / "home" / "secrets"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(each.stat().st_mode) for each in folder.iterdir()} == {0o600}
    assert told["webhook_secret_file"] == str(folder / "west-webhook")
    secret = (folder / "west-webhook").read_text().strip()
    assert len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) == 32
    assert written(bench, "west")["webhook"] == {"scheme": "standard", "secret": "file:home/secrets/west-webhook"}


def test_a_name_that_is_taken_changes_nothing(bench: Bench, caspen: Tenant) -> None:
    bench.done(*flags(caspen, "--name", "west"))
    before = (bench.folder / "punctual.toml").read_text()
    said = bench.run(*flags(caspen, "--name", "west"))
    assert (said.status, "has a connection west already; nothing was changed" in said.err) == (1, True)
    assert (bench.folder / "punctual.toml").read_text() == before
    assert secrets_of(bench) == ["west-token", "west-webhook"]


def test_without_a_name_the_vendors_own_is_taken_while_it_is_free(bench: Bench, caspen: Tenant) -> None:
    names = [bench.done(*flags(caspen, "--json")).json["connection"] for _ in range(2)]
    assert names == ["caspen", "caspen-2"]


def test_refused_credentials_write_nothing(bench: Bench, caspen: Tenant) -> None:
    said = bench.run(*flags(caspen, "--name", "west", "--credential", "token=wrong"))
    assert said.status == 1
    assert "the vendor refuses the credentials" in said.err
    assert "nothing was written" in said.err
    assert (bench.folder / "punctual.toml").read_text() == HAND_WRITTEN
    assert secrets_of(bench) == []
    bench.done(*flags(caspen, "--name", "west", "--credential", "token=wrong", "--no-check"))
    assert secrets_of(bench) == ["west-token", "west-webhook"]


def test_a_reference_is_written_down_as_it_is(bench: Bench, caspen: Tenant) -> None:
    bench.environ.setenv("WEST_TOKEN", caspen.credentials["token"])
    bench.done(*flags(caspen, "--name", "west", "--credential", "token=env:WEST_TOKEN", "--webhook", "none"))
    assert written(bench, "west")["credentials"] == {"token": "env:WEST_TOKEN"}
    assert written(bench, "west")["webhook"] == "none"
    assert secrets_of(bench) == []


def test_other_schemes_get_their_parts_and_a_secret_that_fits(bench: Bench, caspen: Tenant) -> None:
    for scheme, more in (("hmac", ("--webhook-prefix", "sha256=")), ("shared", ()), ("basic", ())):
        bench.done(*flags(caspen, "--name", scheme, "--webhook", scheme, *more))
    hooks = {name: each.webhook for name, each in settings_file.load().connections.items() if name in SCHEMES}
    assert {name: (hook.scheme.value, hook.header, hook.prefix) for name, hook in hooks.items()} == SCHEMES
    assert len({hook.secrets[0] for hook in hooks.values()}) == 3


SCHEMES = {
    "hmac": ("hmac", "X-Signature", "sha256="),
    "shared": ("shared", "X-Webhook-Secret", ""),
    "basic": ("basic", "", ""),
}


def test_options_are_written_where_they_differ_from_the_vendors_own(
    bench: Bench, tenant: Callable[..., Tenant]
) -> None:
    one = tenant("officeplace")
    options = ("--option", "mailboxes=ad-1, ad-2", "--option", "naive_in_time_zone=no")
    bench.done(*flags(one, "--name", "desk2", *options, path="/officeplace"))
    assert written(bench, "desk2")["options"] == {"mailboxes": ["ad-1", "ad-2"]}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("connect", "caspn"), "did you mean caspen?"),
        (("connect", "caspen", "--no-input"), "--credential token=..."),
        (("connect", "caspen", "--name", "West"), "--name: expected small letters"),
        (("connect", "caspen", "--zone", "Mars/Base"), "--zone: expected an IANA time zone"),
        (("connect", "caspen", "--credential", "tokn=1"), "with KEY one of token"),
        (("connect", "officeplace", "--option", "naive_in_time_zone=maybe"), "expected yes or no"),
        (("connect", "caspen", "--webhook", "svix"), "--webhook: expected one of standard"),
        (("connect", "caspen", "--webhook-secret", "whsec_?"), "is not base64"),
        (("connect", "caspen", "--sender", "nobody"), "--sender: expected one of texts"),
    ],
)
def test_what_cannot_be_is_told_by_its_flag(bench: Bench, words: tuple[str, ...], told: str) -> None:
    bench.settings(HAND_WRITTEN)
    said = bench.run(*words)
    assert (said.status, told in said.err) == (2, True), said.err
    assert (bench.folder / "punctual.toml").read_text() == HAND_WRITTEN
    assert secrets_of(bench) == []


def test_all_that_is_missing_is_named_at_once(bench: Bench) -> None:
    said = bench.run("connect", "officeplace", "--no-input")
    for part in ("--zone:", "--credential tenant_id=", "--credential client_id=", "--credential client_secret="):
        assert part in said.err


def test_a_file_that_is_wrong_already_is_mended_first(bench: Bench, caspen: Tenant) -> None:
    bench.settings('[connections.north]\nvendor = "caspn"\n')
    said = bench.run(*flags(caspen, "--name", "west"))
    assert (said.status, "did you mean caspen?" in said.err) == (2, True)


def test_what_the_rest_of_the_file_does_not_allow_is_told_and_not_written(bench: Bench, caspen: Tenant) -> None:
    bench.environ.setenv("TOKEN", "t")
    real = '[senders.real]\nkind = "vonage"\nnumbers = ["+353861234567"]\n'
    real += 'credentials = { api_key = "env:TOKEN", api_secret = "env:TOKEN", signature_secret = "env:TOKEN" }\n'
    bench.settings(real)
    said = bench.run(*flags(caspen, "--name", "west", "--sender", "real"))
    assert said.status == 2
    assert "punctual.toml: connections.west.sender: expected a sandbox sender" in said.err
    assert (bench.folder / "punctual.toml").read_text() == real
    assert sorted(each.name for each in bench.folder.iterdir() if each.name.startswith(".")) == []
    assert secrets_of(bench) == []


def test_the_first_connection_makes_the_file(bench: Bench, caspen: Tenant) -> None:
    (bench.folder / "punctual.toml").unlink()
    bench.done(*flags(caspen))
    assert stat.S_IMODE((bench.folder / "punctual.toml").stat().st_mode) == 0o600
    assert list(settings_file.load().connections) == ["caspen"]


def test_it_waits_for_the_first_webhook_and_says_how_it_goes(bench: Bench, caspen: Tenant) -> None:
    def somebody_else() -> None:
        deadline = time.monotonic() + 20
        while "[connections.west]" not in (bench.folder / "punctual.toml").read_text():
            assert time.monotonic() < deadline
        with bench.db.begin() as tx:
            tx.execute(sa.insert(connection_states).values(connection="west", rejected_webhooks=2))
        done.wait(1.2)  # longer than one look
        with bench.db.begin() as tx:
            west = connection_states.c.connection == "west"
            tx.execute(sa.update(connection_states).where(west).values(last_event_at=sa.func.clock_timestamp()))

    done = threading.Event()
    thread = threading.Thread(target=somebody_else)
    thread.start()
    said = bench.done(*flags(caspen, "--name", "west", "--wait"))
    thread.join()
    assert "west: taken up; waiting for the first webhook; 2 refused so far, is the secret the same?" in said.err
    assert said.err.endswith("west: the first webhook has come\n")


def converse(bench: Bench, words: list[str], answers: list[str]) -> tuple[int, str]:
    """At a terminal: each answer is typed when a question has come. Ctrl-C after the last one."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(PROJECT)
        os.execv(sys.executable, [sys.executable, "-m", "punctual", *words])
    said, deadline = "", time.monotonic() + 60
    left, stopped = list(answers), False
    while time.monotonic() < deadline:
        if not select.select([terminal], [], [], 0.1)[0]:
            continue
        try:
            said += os.read(terminal, 4096).decode()
        except OSError:  # the other side has closed it
            break
        if left and said.endswith(": "):
            os.write(terminal, left.pop(0).encode() + b"\n")
        elif not stopped and "waiting for `punctual up`" in said:
            os.write(terminal, b"\x03")
            stopped = True
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), said


def test_it_asks_for_what_no_flag_says_and_ctrl_c_only_ends_the_waiting(bench: Bench, caspen: Tenant) -> None:
    token = caspen.credentials["token"]
    answers = [
        "West",  # no name for an address
        "west",
        "Dublin",  # no zone
        "Europe/Dublin",
        token,
        "",  # client_path: as it is
        "",  # the scheme: standard
        "",  # make a secret
        "West Clinic",
        "IE",
        "texts",
    ]
    status, said = converse(bench, ["connect", "caspen", "--base-url", f"{caspen.url}/caspen/v1"], answers)
    assert status == 0, said
    assert "expected small letters" in said
    assert "expected an IANA time zone" in said
    assert token not in said
    assert "not waiting any longer; `punctual doctor west`" in said
    assert written(bench, "west") == {
        "vendor": "caspen",
        "zone": "Europe/Dublin",
        "mode": "observe",
        "base_url": f"{caspen.url}/caspen/v1",
        "credentials": {"token": "file:home/secrets/west-token"},
        "webhook": {"scheme": "standard", "secret": "file:home/secrets/west-webhook"},
        "practice": "West Clinic",
        "country": "IE",
        "sender": "texts",
    }
