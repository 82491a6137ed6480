"""`punctual doctor`, on the real database and broker, and on the sandbox in the vendors' place."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from runtime import names
from store import inbox, losses
from store.losses import Kind
from store.tables import connection_states, slots
from store.tables import losses as losses_table
from tests.cli.conftest import Bench
from tests.vendors.conftest import Tenant, sandbox, tenant

__all__ = ["sandbox", "tenant"]

pytestmark = pytest.mark.servers

FILE = """
[senders.texts]
kind = "console"
numbers = ["+353861234567"]

[connections.acme]
vendor = "{vendor}"
base_url = "{base}"
zone = "Europe/Dublin"
mode = "{mode}"
credentials = {{ {credentials} }}
webhook = {webhook}
sender = "texts"
{more}
"""
STAFF = 'staff = { email = "desk@example.com" }'
HOOK = '{ scheme = "shared", header = "X-Secret", secret = "s" }'


@pytest.fixture
def file(bench: Bench, tenant: Callable[..., Tenant], valkey_url: str) -> Callable[..., Tenant]:
    """`file("caspen")`: the connection acme at that vendor, and everything else as it should be."""
    bench.environ.setenv("PUNCTUAL_BROKER_URL", valkey_url)

    def write(
        vendor: str, *, mode: str = "observe", webhook: str = '"none"', more: str = "", **credentials: str
    ) -> Tenant:
        one = tenant(vendor)
        known = {**one.credentials, **credentials}
        base = {"caspen": "/caspen/v1"}.get(vendor, f"/{vendor}")
        written = ", ".join(f'{name} = "{value}"' for name, value in known.items())
        bench.settings(
            FILE.format(vendor=vendor, base=one.url + base, mode=mode, credentials=written, webhook=webhook, more=more)
        )
        bench.wiring().declare()
        return one

    return write


def found(bench: Bench, *words: str) -> list[dict[str, Any]]:
    findings: list[dict[str, Any]] = bench.run("doctor", *words, "--json").json["findings"]
    return findings


def told(bench: Bench, part: str) -> tuple[str, str | None]:
    """Level and remedy of the finding that says this."""
    matching = [(each["level"], each["todo"]) for each in found(bench) if part in each["what"]]
    assert len(matching) == 1, found(bench)
    return matching[0]


def state(bench: Bench, **values: Any) -> None:
    with bench.db.begin() as tx:
        tx.execute(sa.update(connection_states).where(connection_states.c.connection == "acme").values(**values))


def ago(**span: float) -> Any:
    return sa.func.clock_timestamp() - timedelta(**span)


def swept(bench: Bench, *sweeps: str, **span: float) -> None:
    with bench.db.begin() as tx:
        tx.execute(sa.delete(slots))
        for each in sweeps:
            tx.execute(sa.insert(slots).values(name=each, number=0, lease_until=ago(**span)))


ALL = (names.SWEEPS_SEND, names.SWEEPS_SYNC, names.SWEEPS_SETTLE)


def test_where_all_is_well_nothing_is_to_be_done(bench: Bench, file: Callable[..., Tenant]) -> None:
    file("caspen", more=STAFF)
    bench.environ.setenv("PUNCTUAL_SMTP_URL", "smtp://mail.example.com:587?from=p@example.com")
    swept(bench, *ALL, seconds=2)
    state(bench, last_answer_at=ago(minutes=3), reconciled_at=ago(minutes=3))
    said = bench.done("doctor")
    assert said.out.endswith("all is well\n")
    for part in (
        "database",
        "reached; its schema is at",
        "token accepted",
        "mode observe",
        "the vendor answered 3 minutes ago",
    ):
        assert part in said.out
    assert "->" not in said.out


def test_refused_credentials_fail_and_the_vendors_words_stay_out(bench: Bench, file: Callable[..., Tenant]) -> None:
    file("caspen", token="another")
    said = bench.run("doctor", "acme")
    assert said.status == 1
    assert "FAIL  acme" in said.out
    assert "refuses the credentials" in said.out
    assert "-> mend credentials of [connections.acme]" in said.out
    assert "another" not in said.out


def test_a_key_that_carecycle_never_made_is_sent_to_nobody(bench: Bench, file: Callable[..., Tenant]) -> None:
    one = file("carecycle", api_key="sk_live_1")
    assert told(bench, "cc_")[0] == "fail"
    assert one.calls() == []


@pytest.mark.parametrize(("vendor", "more"), [("carecycle", ""), ("officeplace", 'options = { mailboxes = ["ad-1"] }')])
def test_credentials_of_other_vendors_are_checked_too(
    bench: Bench, file: Callable[..., Tenant], vendor: str, more: str
) -> None:
    file(vendor, more=more)
    assert told(bench, "accepted")[0] == "ok"


def test_a_call_that_cannot_work_names_where_to_look(bench: Bench, file: Callable[..., Tenant]) -> None:
    file("officeplace")  # this tenant has mailboxes, and none is configured
    todo = "look at base_url, the ids and the options of [connections.acme]"
    assert told(bench, "the vendor answered: HTTP 400") == ("fail", todo)


def test_a_vendor_that_does_not_answer_is_a_warning(bench: Bench, file: Callable[..., Tenant]) -> None:
    one = file("caspen")
    one.fault("error_500", count=None)
    assert told(bench, "the vendor does not answer")[0] == "warn"


def test_a_connection_without_a_way_to_write_back_wants_a_status_callback(
    bench: Bench, file: Callable[..., Tenant]
) -> None:
    file("carecycle")
    assert told(bench, "no status_callback") == ("warn", "set status_callback of [connections.acme]")
    file("caspen")
    assert not [each for each in found(bench) if "status_callback" in each["what"]]


def test_a_mode_that_nobody_confirmed_is_told(bench: Bench, file: Callable[..., Tenant]) -> None:
    file("caspen", mode="live")
    assert told(bench, "the file says live, in force is observe") == ("warn", "punctual live acme --mode live")
    bench.done("live", "acme", "--yes")
    assert told(bench, "mode live") == ("ok", None)


def test_a_connection_that_no_process_has_taken_up_fails(bench: Bench, file: Callable[..., Tenant]) -> None:
    file("caspen")
    with bench.db.begin() as tx:
        tx.execute(sa.delete(connection_states))
    assert told(bench, "no process has taken it up yet")[0] == "fail"


def test_webhooks_that_do_not_come_are_told(bench: Bench, file: Callable[..., Tenant]) -> None:
    file("caspen", webhook=HOOK)
    todo = "register http://127.0.0.1:8400/hooks/acme at the vendor"
    assert told(bench, "none has come yet") == ("warn", todo)
    state(bench, last_event_at=ago(days=9))
    assert told(bench, "none for 9 days")[0] == "warn"
    state(bench, last_event_at=ago(hours=5), rejected_webhooks=3)
    assert told(bench, "the last one came 5 hours ago")[0] == "ok"
    assert told(bench, "3 webhooks refused")[0] == "warn"
    state(bench, skew_seconds=-200.0)
    assert told(bench, "differ by -200 s")[0] == "warn"


def test_polling_a_vendor_that_sends_webhooks_is_told(bench: Bench, file: Callable[..., Tenant]) -> None:
    file("pexip", more='options = { auth_url = "http://127.0.0.1:1" }')
    assert told(bench, "no webhook although its vendor sends them; polled every 15 minutes")[0] == "warn"


def test_scans_that_do_not_come_are_told(bench: Bench, file: Callable[..., Tenant]) -> None:
    file("caspen")
    assert told(bench, "the first scan has not ended")[1] == "punctual reconcile acme"
    state(bench, last_answer_at=ago(minutes=9), reconciled_at=ago(minutes=46))
    assert told(bench, "the last scan ended 46 minutes ago")[0] == "warn"
    state(bench, reconciled_at=ago(minutes=44))
    assert told(bench, "the last scan ended 44 minutes ago")[0] == "ok"


def test_what_waits_for_a_person_is_told(bench: Bench, file: Callable[..., Tenant]) -> None:
    file("caspen")
    bench.done("pause", "acme", "--reason", "wrong template")
    with bench.db.begin() as tx:
        inbox.tell(tx, "acme", "reply", "reply:1", "An answer was not understood.")
    assert told(bench, "paused: wrong template; nothing is asked or sent") == ("warn", "punctual resume acme")
    assert told(bench, "1 matter for a person") == ("warn", "punctual inbox acme")


def test_staff_who_want_e_mail_need_a_server(bench: Bench, file: Callable[..., Tenant]) -> None:
    file("caspen", more=STAFF)
    assert told(bench, "staff of acme are to get e-mail, but there is no server") == ("fail", "set PUNCTUAL_SMTP_URL")
    file("caspen")
    assert told(bench, "no staff channel")[0] == "warn"


def test_processes_that_stand_still_are_named(bench: Bench, file: Callable[..., Tenant]) -> None:
    file("caspen")
    assert told(bench, "no sweep has ever run")[0] == "warn"
    swept(bench, *ALL, minutes=30)
    assert told(bench, "no sweep for 30 minutes: nothing is sent or asked")[0] == "fail"
    with bench.db.begin() as tx:
        tx.execute(sa.update(slots).where(slots.c.name != names.SWEEPS_SEND).values(lease_until=ago(seconds=1)))
    assert told(bench, "worker-sms: no sweep for 2 minutes or longer")[0] == "fail"


def test_an_address_that_only_this_machine_knows_is_told(bench: Bench) -> None:
    bench.settings("""
        [connections.north]
        vendor = "caspen"
        zone = "Europe/Dublin"
        credentials = { token = "env:NORTH_TOKEN" }
        webhook = { scheme = "shared", header = "X", secret = "env:NORTH_TOKEN" }
        """)
    from punctual.doctor import machine
    from runtime import settings_file

    finding = machine.outside(settings_file.load())
    assert finding is not None
    assert "leads to this machine alone: webhooks of north cannot arrive" in finding.what
    bench.environ.setenv("PUNCTUAL_PUBLIC_URL", "https://hooks.example.com")
    finding = machine.outside(settings_file.load())
    assert finding is not None
    assert finding.level == "ok"


def test_a_broken_file_is_all_that_is_told(bench: Bench) -> None:
    bench.settings('[connections.north]\nvendor = "caspn"\n')
    assert {(each["level"], each["about"]) for each in found(bench)} == {("fail", "settings")}
    assert bench.run("doctor").status == 1


def test_without_servers_everything_else_is_still_looked_at(bench: Bench, file: Callable[..., Tenant]) -> None:
    file("caspen")
    bench.environ.delenv("PUNCTUAL_DATABASE_URL")
    bench.environ.delenv("PUNCTUAL_BROKER_URL")
    levels = {each["about"]: each["level"] for each in found(bench)}
    assert (levels["database"], levels["broker"]) == ("fail", "fail")
    assert told(bench, "token accepted")[0] == "ok"


def test_servers_that_are_away_are_told(bench: Bench, file: Callable[..., Tenant]) -> None:
    file("caspen")
    bench.environ.setenv("PUNCTUAL_DATABASE_URL", "postgresql://p@127.0.0.1:1/p")
    bench.environ.setenv("PUNCTUAL_BROKER_URL", "redis://127.0.0.1:1/0")
    assert told(bench, "the database cannot be reached")[0] == "fail"
    assert told(bench, "webhooks are stored all the same")[0] == "fail"


def test_an_empty_database_names_the_remedy(bench: Bench, file: Callable[..., Tenant], empty_postgres_url: str) -> None:
    file("caspen")
    bench.environ.setenv("PUNCTUAL_DATABASE_URL", empty_postgres_url)
    assert told(bench, "its schema is at nothing") == ("fail", "punctual migrate")


def test_a_machine_without_connections_is_told_how_to_begin(bench: Bench) -> None:
    bench.settings("")
    assert told(bench, "no connection") == ("warn", "punctual connect VENDOR")


def test_an_unknown_connection_is_told_with_the_nearest(bench: Bench) -> None:
    said = bench.run("doctor", "nort")
    assert (said.status, "did you mean north?" in said.err) == (2, True)


def test_case_15_what_webhooks_lose_is_told_per_kind_with_rate_and_delay(
    bench: Bench, file: Callable[..., Tenant]
) -> None:
    file("caspen", webhook=HOOK)
    assert not [each for each in found(bench) if "without a webhook" in each["what"]], "nothing has changed yet"
    with bench.db.begin() as tx:
        losses.announced(tx, "acme", {f"a{n}": Kind.NEW for n in range(9)} | {"b": Kind.CHANGED})
        late = [{"connection": "acme", "external_id": "n", "kind": "new", "delay_seconds": each} for each in (240, 900)]
        tx.execute(sa.insert(losses_table), [*late, {**late[0], "kind": "gone", "delay_seconds": None}])
    [finding] = [each for each in found(bench) if "without a webhook (" in each["what"]]
    assert "3 of 13 changes came without a webhook (23%)" in finding["what"]
    assert "new 2 of 11, found 9 minutes late, at most 15 minutes; changed 0 of 1; gone 1 of 1" in finding["what"]
    assert (finding["level"], finding["loss"]["rate"]) == ("ok", 3 / 13)
    assert finding["loss"]["kinds"]["new"] == {
        "missed": 2,
        "announced": 9,
        "rate": 2 / 11,
        "typical_delay_seconds": 570.0,
        "longest_delay_seconds": 900.0,
    }
    with bench.db.begin() as tx:
        tx.execute(sa.insert(losses_table), late * 2)
    assert told(bench, "7 of 17 changes came without a webhook")[0] == "warn"


def test_case_86_a_whole_list_says_how_long_it_takes_and_how_fresh_that_is(
    bench: Bench, file: Callable[..., Tenant]
) -> None:
    """50,000 records at Caspen are 500 calls; its documents know no date filter."""
    file("caspen", more="reconcile_minutes = 30")
    state(bench, reconciled_at=ago(minutes=3), last_scan_pages=500, last_scan_seconds=1700.0)
    [finding] = [each for each in found(bench) if "a scan is" in each["what"]]
    assert "500 calls, the whole list as its vendor documents no date filter: at least 26 minutes" in finding["what"]
    assert "the last one took 28 minutes. Without a webhook a change is seen within 58 minutes" in finding["what"]
    assert finding["scan"]["seen_within_seconds"] == 30 * 60 + 1700
    assert finding["level"] == "ok"
    file("caspen")
    state(bench, reconciled_at=ago(minutes=3), last_scan_pages=500, last_scan_seconds=1700.0)
    assert told(bench, "a scan is 500 calls")[0] == "warn", "every 15 minutes is more often than it can be"
