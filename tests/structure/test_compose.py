"""docker-compose.yml, Dockerfile and Caddyfile, as far as they can be judged where there is no Docker."""

import json
import re
import shlex
import subprocess
import tomllib
from pathlib import Path

import jsonschema
import pytest

from punctual.servers.postgres import SETTINGS as EMBEDDED
from runtime import settings_environment as machine
from runtime.wiring import SENDER_CALL_SECONDS, VENDOR_CALL_SECONDS
from store.engine import LOCK_SECONDS, STATEMENT_SECONDS
from tests.structure.deployed import (
    PROJECT,
    Unset,
    compose,
    interpolated,
    our_services,
    procfile,
    seconds,
    services,
    with_home,
)
from workers.call_back import CALL_SECONDS as CALLBACK_SECONDS
from workers.staff import SMTP_SECONDS
from workers.watch import STOP_SECONDS

SCHEMA = json.loads((PROJECT / "tests/fixtures/compose/used-part.schema.json").read_text())
HOME = "/var/lib/punctual"
WRITABLE = {"rabbitmq"}  # its image writes beside its data; the others have a read-only root
ANSWERS = {
    "POSTGRES_PASSWORD": "p0stgres",
    "VALKEY_PASSWORD": "va1key",
    "PUNCTUAL_PUBLIC_URL": "https://hooks.example.com",
    "PUNCTUAL_SECRET_KEY": "0123456789abcdef0123456789abcdef",
    "PUNCTUAL_FLOWER_USER": "flower",
    "PUNCTUAL_FLOWER_PASSWORD": "f1ower",
    "PUNCTUAL_STATUS_USER": "status",
    "PUNCTUAL_STATUS_PASSWORD": "st4tus",
}
SECRET = re.compile(r"PASSWORD|SECRET|DSN|_URL$|_API$|TOKEN")
MAY_BE_EMPTY = {"PUNCTUAL_SENTRY_DSN", "PUNCTUAL_SMTP_URL", "PUNCTUAL_FLOWER_BROKER_API", "RABBITMQ_PASSWORD"}


def long_running() -> dict[str, dict[str, object]]:
    return {name: service for name, service in services().items() if service["restart"] != "no"}


def environment(service: str, answers: dict[str, str] = ANSWERS) -> dict[str, str]:
    return {key: interpolated(text, answers) for key, text in services()[service].get("environment", {}).items()}


def text_of(name: str) -> str:
    return (PROJECT / name).read_text()


def test_the_file_is_what_the_compose_specification_describes():
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    jsonschema.Draft7Validator(SCHEMA).validate(compose())


def test_what_is_named_is_there():
    for name, service in services().items():
        assert set(service["networks"]) <= set(compose()["networks"]), name
        named = {volume.split(":")[0] for volume in service.get("volumes", []) if isinstance(volume, str)}
        assert named <= set(compose()["volumes"]), name
        for other, how in service.get("depends_on", {}).items():
            assert "healthcheck" in services()[other] or how["condition"] != "service_healthy", (name, other)
            optional = services()[other].get("profiles") and not service.get("profiles")
            assert not optional or how["required"] is False, f"{name} would not start without the profile of {other}"


def test_every_process_of_the_procfile_runs_with_its_command():
    ours = {name: shlex.split(service["command"]) for name, service in our_services().items()}
    assert ours.pop("migrate") == ["python", "-m", "punctual", "migrate"]
    assert ours == {name: with_home(words, HOME) for name, words in procfile().items()}


def test_nothing_starts_before_the_database_is_migrated():
    for name, service in our_services().items():
        waits = service["depends_on"].get("migrate", {}).get("condition")
        assert name == "migrate" or waits == "service_completed_successfully", name


@pytest.mark.parametrize("missing", sorted(ANSWERS))
def test_no_secret_and_no_login_has_a_default(missing: str):
    answers = {name: answer for name, answer in ANSWERS.items() if name != missing}
    with pytest.raises(Unset, match=missing):
        [environment(name, answers) for name in services()]


def test_a_secret_is_asked_for_or_empty_but_never_written_down():
    for name in services():
        for key, text in environment(name, dict.fromkeys(ANSWERS, "ASKED")).items():
            if SECRET.search(key):
                assert "ASKED" in text or (text == "" and key in MAY_BE_EMPTY), f"{name}: {key}"


def test_rabbitmq_does_not_start_without_a_password():
    script = services()["rabbitmq"]["command"][2].replace("$$", "$").replace("exec docker-entrypoint.sh", "echo")
    for password, code in (("", 2), ("r4bbit", 0)):
        run = subprocess.run(["sh", "-c", script], env={"RABBITMQ_PASSWORD": password}, capture_output=True)
        assert run.returncode == code, run.stderr


def test_valkey_takes_its_password_from_a_file_only_it_can_read(tmp_path: Path):
    script = services()["valkey"]["command"][2].replace("$$", "$")
    script = script.replace("/run/valkey", str(tmp_path)).replace("exec valkey-server", "exec echo")
    arguments = subprocess.check_output(["sh", "-c", script], env={"VALKEY_PASSWORD": "va1key"}, text=True)
    assert "va1key" not in arguments
    assert (tmp_path / "valkey.conf").read_text() == 'requirepass "va1key"\n'
    assert (tmp_path / "valkey.conf").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", sorted(our_services()))
def test_the_settings_accept_what_compose_hands_over(name: str):
    env = machine.Environment(environment(name))
    assert machine.database_url(env) == "postgresql+psycopg://punctual:p0stgres@postgres:5432/punctual"
    assert machine.broker_url(env) == "redis://:va1key@valkey:6379/0"
    assert machine.public_url(env, 8400) == "https://hooks.example.com"
    assert machine.secret_key(env)
    machine.flower(env)
    assert env.problems == []
    assert machine.misspelt(env.environ) == []


def test_every_setting_is_in_the_example():
    known = set(re.findall(r"^#? ?(PUNCTUAL_\w+)=", text_of(".env.example"), re.MULTILINE))
    set_here = {key for name in services() for key in environment(name) if key.startswith("PUNCTUAL_")}
    assert set_here <= known


def test_the_sample_asks_for_what_compose_reads():
    sample = set(re.findall(r"^(\w+)=", text_of("deploy/compose.env.example"), re.MULTILINE))
    assert sample == set(re.findall(r"(?<!\$)\$\{(\w+)", text_of("docker-compose.yml")))


def test_nobody_is_root_and_nobody_can_become_it():
    for name, service in services().items():
        assert not service["user"].startswith("0:"), name
        assert service["cap_drop"] == ["ALL"], name
        assert service.get("cap_add", []) == (["NET_BIND_SERVICE"] if name == "proxy" else []), name
        assert name == "proxy" or service["security_opt"] == ["no-new-privileges:true"], name
        assert service.get("read_only", False) is (name not in WRITABLE), name


def test_what_stays_up_is_watched_and_started_again():
    assert set(services()) - set(long_running()) == {"migrate"}
    for name, service in long_running().items():
        assert "healthcheck" in service, name
        assert service["init"] is True, name
        assert service["restart"] == "unless-stopped", name
        assert service["deploy"]["resources"]["limits"]["memory"], name


def test_a_stop_waits_longer_than_any_call_any_statement_and_any_worker():
    calls = (SENDER_CALL_SECONDS, VENDOR_CALL_SECONDS, CALLBACK_SECONDS, SMTP_SECONDS)
    longest = max(*calls, STATEMENT_SECONDS, LOCK_SECONDS, STOP_SECONDS)
    for name, service in services().items():
        assert seconds(service["stop_grace_period"]) > longest, name


def test_postgres_keeps_its_rows_where_its_image_wants_the_volume():
    assert services()["postgres"]["image"] == "postgres:18"
    assert services()["postgres"]["volumes"] == ["postgres:/var/lib/postgresql"]


def test_postgres_is_set_as_the_embedded_one():
    settings = dict(line.split(" = ") for line in EMBEDDED.splitlines() if " = " in line)
    here = dict(word.removeprefix("-c").split("=") for word in services()["postgres"]["command"][1:])
    assert here == {name: settings[name] for name in here} | {"shared_buffers": "256MB"}
    assert {name for name in settings if name.startswith("autovacuum")} <= set(here)


def test_only_the_proxy_can_be_reached_from_outside():
    for name, service in services().items():
        assert name == "proxy" or all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), name
    assert compose()["networks"]["inside"] == {"internal": True}
    for name in ("postgres", "valkey", "rabbitmq"):
        assert services()[name]["networks"] == ["inside"]
        assert "ports" not in services()[name]


def test_the_proxy_passes_on_what_vendors_senders_and_the_status_page_need():
    passed = re.search(r"@ours path (.*)", text_of("deploy/Caddyfile"))
    assert passed is not None
    assert passed[1].split() == [
        *["/hooks/*", "/senders/*"],
        *["/status", "/status/*", "/health/live", "/health/ready"],
    ]


def test_the_image_is_made_from_the_lock_and_from_every_package():
    dockerfile = text_of("Dockerfile")
    assert "--require-hashes --only-binary :all: -r /locks/runtime.txt" in dockerfile
    packages = tomllib.loads(text_of("pyproject.toml"))["tool"]["setuptools"]["packages"]["find"]["include"]
    names = [name.removesuffix("*") for name in packages]
    assert re.findall(r"^COPY (\w+) \1$", dockerfile, re.MULTILINE) == names
    allowed = [line[1:] for line in text_of(".dockerignore").splitlines() if line.startswith("!")]
    assert sorted(allowed) == sorted([*names, "locks/runtime.txt", "deploy/Caddyfile"])
    assert text_of(".dockerignore").splitlines()[1] == "*"


def test_the_images_run_as_the_user_that_compose_names():
    stages = re.split(r"^FROM ", text_of("Dockerfile"), flags=re.MULTILINE)[1:]
    users = {stage.split()[2]: re.findall(r"^USER (.*)$", stage, re.MULTILINE) for stage in stages}
    assert users == {"packages": [], "punctual": ["10001:10001"], "proxy": ["10001:10001"]}
    assert {service["user"] for service in our_services().values()} == {"10001:10001"}


@pytest.mark.parametrize("name", ["docker-compose.yml", "Dockerfile"])
def test_no_file_names_an_index_or_a_registry(name: str):
    assert not re.search(r"index-url|extra-index|trusted-host|^FROM \S+\.\S+/", text_of(name), re.MULTILINE)
    assert not any("." in service["image"].split("/")[0].split(":")[0] for service in services().values())
