"""What holds for every sender, and the console."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from outbound.client import Client
from rules.senders import Accepted, SenderSettings, Verdict
from senders.apis import APIS
from senders.webhooks import SETTINGS, WEBHOOKS

KINDS = sorted(APIS)


def settings(kind: str) -> SenderSettings:
    return SenderSettings("texts", kind, (), "", dict.fromkeys(SETTINGS[kind].CREDENTIALS, "x"))


def test_the_registries_know_the_same_senders():
    assert set(APIS) == set(WEBHOOKS) == set(SETTINGS)


@pytest.mark.parametrize("kind", KINDS)
def test_every_sender_has_its_files(kind: str):
    folder = Path(sys.modules[f"senders.{kind}"].__file__ or "").parent
    for name in ("api.py", "webhook.py", "mapping.py", "settings.py", "README.md"):
        assert (folder / name).is_file(), name


@pytest.mark.parametrize("kind", KINDS)
def test_case_9_an_unsigned_webhook_is_refused_by_every_sender(kind: str):
    webhook = WEBHOOKS[kind]
    fields = webhook.read({}, {}, b"MessageSid=SM1&MessageStatus=delivered&messageId=M1&status=delivered")
    assert not webhook.verify(settings(kind), "https://texts.example/", {}, fields)


@pytest.mark.parametrize("kind", KINDS)
def test_every_sender_is_made_from_the_credentials_it_names(kind: str):
    APIS[kind](settings(kind), Client())


def test_the_receiver_imports_no_http_client():
    lines = "import sys, senders.webhooks; sys.exit('httpx' in sys.modules or 'outbound' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", lines], cwd=Path(__file__).parents[2]).returncode == 0


def test_case_50_a_failed_receipt_says_what_it_means():
    twilio = WEBHOOKS["twilio"]
    assert twilio.verdict("30006") is Verdict.BAD_NUMBER
    assert twilio.verdict("1") is Verdict.FAILED
    assert "landline" in twilio.reason("30006")
    assert twilio.may_try_elsewhere("30034")
    assert not twilio.may_try_elsewhere("30008")
    assert not twilio.may_try_elsewhere("")


def test_the_console_tells_nothing_private(send: Callable[..., Any], capsys: pytest.CaptureFixture[str]):
    console = APIS["console"](settings("console"), Client())
    assert send(console, "+12025550142", "Hi Anna") == Accepted("console-a1b2c3", 1)
    assert capsys.readouterr().out == "text a1b2c3: 1 segment\n"
    assert console.check()
