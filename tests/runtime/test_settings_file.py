"""The file of connections: what is read, and how each mistake is named."""

from collections.abc import Callable
from pathlib import Path

import pytest

from runtime.settings import Mode, Scheme, Settings, SettingsProblem
from runtime.settings_file import load

SECRET = "s3cret-that-nobody-may-read"
SIGNING = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ENVIRON = {
    "NORTH_TOKEN": SECRET,
    "NORTH_HOOK": SIGNING,
    "CALLBACK": SIGNING,
    "TWILIO": SECRET,
    "WORDS": "abcde",
    "PUNCTUAL_DATABASE_URL": "postgresql://punctual:pw@db/punctual",
    "PUNCTUAL_BROKER_URL": "redis://:pw@broker:6379/0",
}
NORTH = """
[connections.north]
vendor = "caspen"
zone = "Europe/Dublin"
mode = "live"
sender = "texts"
credentials = { token = "env:NORTH_TOKEN" }
webhook = { scheme = "standard", secrets = ["env:NORTH_HOOK"] }
"""
TEXTS = """
[senders.texts]
kind = "twilio"
numbers = ["+353861234567"]
credentials = { account_sid = "AC1", auth_token = "env:TWILIO" }
"""
SANDBOX = """
[connections.play]
vendor = "caspen"
base_url = "http://127.0.0.1:8900/caspen/v1"
zone = "Europe/Dublin"
sender = "phones"
credentials = { token = "literal" }
webhook = { scheme = "shared", secret = "literal", header = "X-Secret" }

[senders.phones]
kind = "twilio"
numbers = ["+353861234567"]
base_url = "http://127.0.0.1:8900/sms"
credentials = { account_sid = "AC1", auth_token = "literal" }
"""

Read = Callable[..., Settings]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read_text(text: str, **environ: str) -> Settings:
        file = tmp_path / "punctual.toml"
        file.write_text(text)
        return load({**ENVIRON, **environ}, file)

    return read_text


def problems(read: Read, text: str, **environ: str) -> list[str]:
    with pytest.raises(SettingsProblem) as caught:
        read(text, **environ)
    assert SECRET not in str(caught.value)
    assert SIGNING not in str(caught.value)
    return str(caught.value).splitlines()


def test_a_whole_connection_is_read_with_its_secrets(read: Read) -> None:
    north = read(NORTH + TEXTS).connections["north"]
    assert (north.name, north.vendor, north.zone, north.mode) == ("north", "caspen", "Europe/Dublin", Mode.LIVE)
    assert north.adapter.credentials["token"] == SECRET
    assert north.adapter.base_url == "https://api.caspen.com/v1"
    assert (north.webhook.scheme, north.webhook.secrets) == (Scheme.STANDARD, (SIGNING,))
    assert not north.sandbox


def test_a_file_that_does_not_exist_has_no_connections(tmp_path: Path) -> None:
    settings = load(ENVIRON, tmp_path / "punctual.toml")
    assert (settings.connections, settings.senders) == ({}, {})


def test_the_file_is_named_by_the_environment(tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text(NORTH + TEXTS)
    assert "north" in load({**ENVIRON, "PUNCTUAL_CONFIG": str(tmp_path / "other.toml")}).connections


def test_the_example_file_is_right(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "north-webhook").write_text(f"{SIGNING}\n")
    example = Path(__file__).parent.parent.parent / "punctual.example.toml"
    (tmp_path / "punctual.toml").write_text(example.read_text())
    environ = dict.fromkeys(("NORTH_TOKEN", "SOUTH_CLIENT_SECRET", "SOUTH_WEBHOOK_SECRET", "TWILIO_AUTH_TOKEN"), SECRET)
    settings = load({**environ, "NORTH_CALLBACK_SECRET": SIGNING}, tmp_path / "punctual.toml")
    assert set(settings.connections) == {"north", "south"}
    assert settings.connections["north"].webhook.secrets == (SIGNING,)
    assert settings.connections["north"].locations["main-street"].phone == "+35315550100"


def test_everything_private_is_left_out_when_settings_are_printed(read: Read) -> None:
    shown = repr(read(NORTH + TEXTS + SANDBOX, PUNCTUAL_SECRET_KEY="k" * 40, PUNCTUAL_FLOWER_USER="operator",
                      PUNCTUAL_FLOWER_PASSWORD="fl0wer-pw"))  # fmt: skip
    for private in (SECRET, SIGNING, "literal", ":pw@", "k" * 40, "fl0wer-pw"):
        assert private not in shown


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('"Europe/Dublin"', '"Dublin"', 'zone: expected an IANA time zone such as Europe/Dublin, got "Dublin"'),
        ('zone = "Europe/Dublin"', "", "zone: missing: expected an IANA time zone such as Europe/Dublin"),
        ("zone =", 'zoen = "x"\nzone =', "zoen: unknown key; did you mean zone?"),
        ('"live"', '"life"', 'mode: expected one of observe, trial, live, got "life"; did you mean live?'),
        ('sender = "texts"', "", "sender: missing: expected the name of a sender, mode live sends texts"),
        ('sender = "texts"', 'sender = "text"', 'sender: expected one of texts, got "text"'),
        ('"live"', '"trial"', "trial_numbers: missing: expected the numbers that mode trial may text"),
        ("mode =", 'trial_numbers = ["0861234567"]\nmode =',
         'trial_numbers[0]: expected a number such as +353861234567, got "0861234567"'),
        ("mode =", 'from_number = "+353860000000"\nmode =',
         "from_number: expected one of the numbers of senders.texts"),
        ("mode =", 'country = "Ireland"\nmode =',
         'country: expected two capital letters of ISO 3166 such as IE, got "Ireland"'),
        ("mode =", "horizon_days = 0\nmode =", "horizon_days: expected a whole number from 1 to 730, got 0"),
        ("mode =", 'horizon_days = "90"\nmode =', 'horizon_days: expected a whole number from 1 to 730, got "90"'),
        ('"env:NORTH_TOKEN"', '"env:NORTH_TOKNE"',
         "credentials.token: expected the environment variable NORTH_TOKNE, which is not set"),
        ("token =", "tokne =", "credentials.tokne: unknown key; did you mean token?"),
        ('"env:NORTH_TOKEN"', f'"{SECRET}"',
         "credentials.token: expected env:NAME or file:PATH: a secret itself may stand here only for the sandbox"),
        ('"env:NORTH_TOKEN"', '"file:nowhere"', "credentials.token: expected a readable file at"),
        ('"standard"', '"standrad"',
         'webhook.scheme: expected one of standard, hmac, shared, basic, none, got "standrad"; did you mean standard?'),
        (', secrets = ["env:NORTH_HOOK"]', "",
         "webhook.secret: missing: standard proves nothing without it; expected env:NAME or file:PATH"),
        ('"standard"', '"hmac"', "webhook.header: missing: expected the name of a header"),
        ('scheme = "standard"', 'scheme = "standard", header = "X"', "webhook.header: unknown key"),
        ('"env:NORTH_HOOK"', '"env:WORDS"', "webhook.secrets: expected a secret for standard: it is not base64"),
        ('webhook = { scheme = "standard", secrets = ["env:NORTH_HOOK"] }', "",
         'webhook: missing: expected {scheme = ...} with one of standard, hmac, shared, basic, none, or "none"'),
        ("mode =", 'status_callback = { url = "http://clinic.example.com/x", secret = "env:CALLBACK" }\nmode =',
         "status_callback.url: expected an address that starts with https:// (http:// only on this machine)"),
        ("mode =", 'webhook_actions = { url = "https://clinic.example.com/x", secret = "env:CALLBACK" }\nmode =',
         "webhook_actions.url: unknown key"),
        ("mode =", 'status_callback = { url = "https://clinic.example.com/x" }\nmode =',
         "status_callback.secret: missing: expected env:NAME or file:PATH"),
        ("mode =", "staff = {}\nmode =", "staff.email: missing: expected email or url"),
        ("mode =", 'staff = { email = "front desk" }\nmode =',
         'staff.email: expected an e-mail address, got "front desk"'),
        ("mode =", 'options = { client_paht = "/x/{id}" }\nmode =', "options.client_paht: unknown"),
        ("mode =", 'base_url = "http://api.example.com"\nmode =',
         "base_url: expected an address that starts with https:// (http:// only on this machine), got"),
        ("mode =", f'base_url = "https://me:{SECRET}@api.example.com"\nmode =',
         "base_url: expected an address without a user and password in it"),
        ("mode =", 'locations.main = { zone = "Dublin" }\nmode =',
         "locations.main.name: missing: expected the name that texts may use"),
        ('vendor = "caspen"', 'vendor = "kaspen"', "did you mean caspen?"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place_and_what_was_expected(read: Read, old: str, new: str, line: str) -> None:
    text = NORTH + TEXTS
    assert old in text
    found = problems(read, text.replace(old, new, 1))
    assert [each for each in found if each.startswith("punctual.toml: connections.north.") and line in each], found


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ('"twilio"', '"twillio"', 'kind: expected one of console, twilio, vonage, got "twillio"; did you mean twilio?'),
        ('["+353861234567"]', "[]", "numbers: missing: expected a list with the numbers that texts come from"),
        ('"+353861234567"', '"086 123 4567"', "numbers[0]: expected a number such as +353861234567, a short code"),
        (', auth_token = "env:TWILIO"', "", "credentials.auth_token: missing: expected env:NAME or file:PATH"),
        ("kind =", "options = { sandbox = true }\nkind =", "options.sandbox: unknown key"),
    ],
)
def test_a_mistake_of_a_sender_is_named_too(read: Read, old: str, new: str, line: str) -> None:
    found = problems(read, NORTH + TEXTS.replace(old, new, 1))
    assert [each for each in found if each.startswith("punctual.toml: senders.texts.") and line in each], found


def test_all_mistakes_of_a_file_are_named_at_once(read: Read) -> None:
    text = NORTH.replace("Europe/Dublin", "Dublin").replace("NORTH_TOKEN", "NOT_SET") + TEXTS.replace("kind", "knid")
    found = problems(read, text, PUNCTUAL_RETENTION_DAYS="soon")
    assert len(found) == 4
    assert [each for each in found if each.endswith("there is knid, did you mean kind?")]
    assert found[0] == 'PUNCTUAL_RETENTION_DAYS: expected a whole number from 1 to 3,650, got "soon"'


def test_what_is_no_toml_is_said_with_its_line(read: Read) -> None:
    assert problems(read, "[connections.north\n") == [
        "punctual.toml: expected TOML: Expected ']' at the end of a table declaration (at line 1, column 19)"
    ]


def test_a_sandbox_may_hold_its_secrets_itself(read: Read) -> None:
    settings = read(SANDBOX)
    assert settings.connections["play"].sandbox
    assert settings.senders["phones"].sandboxed


def test_case_79_a_sandbox_connection_with_a_real_sender_is_refused(read: Read) -> None:
    found = problems(read, SANDBOX.replace('sender = "phones"', 'sender = "texts"') + TEXTS)
    assert found == [
        (
            "punctual.toml: connections.play.sender: expected a sandbox sender: base_url is the sandbox's, "
            "texts texts real phones"
        )
    ]


def test_case_79_a_real_connection_with_a_sandbox_sender_is_refused(read: Read) -> None:
    found = problems(read, NORTH.replace('"texts"', '"phones"') + SANDBOX)
    assert found == [
        "punctual.toml: connections.north.sender: expected a real sender: base_url is real, phones is the sandbox's"
    ]


@pytest.mark.parametrize("options", ["", 'options = { auth_url = "https://auth.pexipengage.com" }\n'])
def test_case_79_no_credentials_of_a_sandbox_connection_go_elsewhere(read: Read, options: str) -> None:
    text = f"""
[connections.play]
vendor = "pexip"
base_url = "http://localhost:8900/pexip"
zone = "Europe/Brussels"
credentials = {{ enterprise = "acme", client_id = "me", client_secret = "literal" }}
webhook = "none"
{options}"""
    assert problems(read, text) == [
        "punctual.toml: connections.play.options.auth_url: expected an address on this machine, as base_url is"
    ]


def test_the_console_goes_with_either(read: Read) -> None:
    console = '[senders.screen]\nkind = "console"\nnumbers = ["Punctual"]\n'
    play = SANDBOX.replace('sender = "phones"', 'sender = "screen"')
    north = NORTH.replace('sender = "texts"', 'sender = "screen"')
    assert set(read(console + play + north).connections) == {"play", "north"}


def test_a_connection_that_is_polled_needs_no_secret(read: Read) -> None:
    text = NORTH.replace('{ scheme = "standard", secrets = ["env:NORTH_HOOK"] }', '"none"') + TEXTS
    assert read(text).connections["north"].webhook.scheme is Scheme.NONE


def test_a_connection_begins_in_observe(read: Read) -> None:
    assert read(NORTH.replace('mode = "live"', "") + TEXTS).connections["north"].mode is Mode.OBSERVE


def test_case_23_a_connection_without_a_zone_is_refused_at_start(read: Read) -> None:
    assert read(NORTH + TEXTS).connections["north"].zone == "Europe/Dublin"
    with pytest.raises(SettingsProblem, match="zone: missing: expected an IANA time zone"):
        read(NORTH.replace('zone = "Europe/Dublin"\n', "") + TEXTS)
