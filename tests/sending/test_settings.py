"""What a person may write about sending, and what is refused at start."""

from pathlib import Path

import pytest

from runtime.settings import Settings, SettingsProblem
from runtime.settings_file import load

FILE = """
[senders.first]
kind = "twilio"
numbers = ["+12025570001"]
base_url = "{sandbox}/sms"
credentials = {{ account_sid = "AC1", auth_token = "env:TOKEN" }}
{first}

[senders.second]
kind = "vonage"
numbers = ["+12025570002", "+12025570003"]
{second_url}
credentials = {{ api_key = "env:TOKEN", api_secret = "env:TOKEN", signature_secret = "env:TOKEN" }}

[connections.north]
vendor = "caspen"
zone = "Europe/Dublin"
mode = "observe"
base_url = "{sandbox}/caspen/v1"
credentials = {{ token = "env:TOKEN" }}
webhook = "none"
sender = "first"
{north}
"""
SANDBOX = "http://127.0.0.1:8900"


def read(
    tmp_path: Path, north: str = "", first: str = "", *, second: str = f'base_url = "{SANDBOX}/vonage"'
) -> Settings:
    path = tmp_path / "punctual.toml"
    path.write_text(FILE.format(north=north, first=first, second_url=second, sandbox=SANDBOX))
    return load({"TOKEN": "t", "PUNCTUAL_SECRET_KEY": "k" * 32}, path)


def problems(tmp_path: Path, *what: str, **how: str) -> str:
    with pytest.raises(SettingsProblem) as problem:
        read(tmp_path, *what, **how)
    return str(problem.value)


def test_by_default_nobody_fails_over_nothing_is_sent_again_and_no_number_is_limited(tmp_path: Path):
    north = read(tmp_path).connections["north"]
    assert (north.failover_sender, north.on_unproven, north.shared_number) == ("", "report", "separate")
    assert read(tmp_path).senders["first"].options == {"sandbox": True}


def test_a_connection_names_its_failover_sender_and_its_number(tmp_path: Path):
    north = read(tmp_path, 'failover_sender = "second"\nfailover_number = "+12025570003"').connections["north"]
    assert (north.failover_sender, north.failover_number) == ("second", "+12025570003")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('failover_sender = "third"', "failover_sender: expected one of first, second"),
        ('failover_sender = "first"', "failover_sender: expected another sender than sender"),
        ('failover_number = "+12025570003"', "failover_number: set without failover_sender"),
        (
            'failover_sender = "second"\nfailover_number = "+12025570009"',
            "failover_number: expected one of the numbers",
        ),
        ('on_unproven = "again"', "on_unproven"),
        ('shared_number = "both"', "shared_number"),
        ("verify_wait_seconds = 301", "verify_wait_seconds"),
    ],
)
def test_what_cannot_work_is_refused_at_start(tmp_path: Path, written: str, said: str):
    assert said in problems(tmp_path, written)


def test_case_79_a_failover_sender_belongs_to_the_sandbox_or_to_the_world_as_the_connection_does(tmp_path: Path):
    said = problems(tmp_path, 'failover_sender = "second"', second="")
    assert "failover_sender: expected a sandbox sender" in said


def test_case_48_a_sender_says_what_each_of_its_numbers_may_hand_over(tmp_path: Path):
    options = read(tmp_path, first="options = { per_second = 1, per_minute = 40 }").senders["first"].options
    assert (options["per_second"], options["per_minute"]) == (1, 40)


@pytest.mark.parametrize("options", ["per_second = 1.5", "per_second = -1", 'per_minute = "many"', "per_hour = 5"])
def test_case_48_a_budget_that_is_no_whole_number_is_refused(tmp_path: Path, options: str):
    assert "senders.first.options" in problems(tmp_path, "", f"options = {{ {options} }}")
