"""What every vendor must do, whoever it is: one suite, run against the sandbox over HTTP and on the vendor's papers.

A vendor's `Kit` says what differs; its `CAPABILITIES` say what it can. Nothing here knows a vendor by its name.
"""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from outbound.client import Client
from rules import surprises
from rules.appointment import Appointment
from rules.errors import AnswerLost, CredentialsRejected, NotFound, RateLimited, Transient, Unsupported
from rules.statuses import Status
from rules.vendors import Change, MappingFacts, Record, VendorApi, Wanted, Way, Window
from tests.vendors.conftest import FIXTURES, Tenant
from tests.vendors.kit import Kit
from vendors.apis import APIS, CAPABILITIES, OPERATIONS
from vendors.webhooks import MAPPINGS, PARSERS, SETTINGS

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
START = NOW + timedelta(days=1)
WINDOW = Window(NOW, NOW + timedelta(days=10))


@dataclass(frozen=True)
class One:
    """One vendor with a customer of its own in the sandbox."""

    kit: Kit
    tenant: Tenant

    @property
    def name(self) -> str:
        return self.kit.vendor

    @property
    def fixtures(self) -> Path:
        return FIXTURES / self.name

    @property
    def capabilities(self) -> Any:
        return CAPABILITIES[self.name]

    def api(self, *, total_seconds: float = 10.0, wrong: dict[str, str] | None = None) -> VendorApi:
        connection = self.kit.connection(self.tenant)
        connection = replace(connection, credentials={**connection.credentials, **(wrong or {})})
        return APIS[self.name](connection, Client(total_seconds=total_seconds))

    def book(self, starts_at: datetime = START, **wanted: Any) -> dict[str, Any]:
        return self.tenant.book(starts_at=starts_at.isoformat(), phone="+13125550142", **wanted)

    def fetch(self, *ids: str) -> dict[str, Record]:
        fetched = self.api().fetch([Wanted(each, START) for each in ids], now=NOW)
        return {record.external_id: record for record in fetched.records}

    def mapped(self, raw: dict[str, Any], **facts: Any) -> Appointment:
        options = self.kit.connection(self.tenant).options
        known = {"zone": "America/Chicago", "now": NOW, "options": options, **facts}
        return MAPPINGS[self.name][0](raw, MappingFacts(**known))

    def way(self, change: Change, raw: dict[str, Any]) -> Way:
        return MAPPINGS[self.name][1](change, raw, self.kit.connection(self.tenant).options)

    def asked(self) -> list[dict[str, Any]]:
        """The calls that came in, without those for tokens."""
        return [call for call in self.tenant.calls() if not call["path"].endswith("/token")]

    def tokens_asked(self) -> int:
        return len(self.tenant.calls()) - len(self.asked())

    def pages(self, window: Window) -> Iterator[Record]:
        cursor: str | None = None
        for _ in range(100):
            page = self.api().page(window, cursor)
            yield from page.records
            cursor = page.cursor
            if cursor is None:
                return
        raise AssertionError("the pages have no end")


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*") if path.suffix in {".json", ".http"})


class Conformance:
    """Inherit, and give a fixture `one`."""

    # Looking at appointments

    def test_a_known_appointment_is_fetched_as_it_stands(self, one: One) -> None:
        booked = one.book()
        record = one.fetch(booked["id"])[booked["id"]]
        assert booked["record"].items() <= record.raw.items()
        found = one.mapped(record.raw)
        assert (found.external_id, found.starts_at, found.status) == (booked["id"], START, Status.SCHEDULED)
        assert found.problems == ()

    def test_an_unknown_one_is_absent_and_hides_no_other(self, one: One) -> None:
        booked = one.book()
        fetched = one.api().fetch([Wanted("404"), Wanted(booked["id"], START), Wanted("..")], now=NOW)
        assert fetched.absent == {"404", ".."}
        assert [record.external_id for record in fetched.records] == [booked["id"]]

    def test_many_cost_as_few_calls_as_the_vendor_says(self, one: One) -> None:
        ids = [one.book(START + timedelta(minutes=n))["id"] for n in range(24)]
        assert one.fetch(*ids).keys() == set(ids)
        assert len(one.asked()) == -(-24 // one.capabilities.batch)

    def test_a_moved_one_is_found_at_its_new_time(self, one: One) -> None:
        booked, later = one.book(), START + timedelta(days=5)
        one.tenant.act(booked["id"], "move", starts_at=later.isoformat())
        assert one.mapped(one.fetch(booked["id"])[booked["id"]].raw).starts_at == later

    def test_case_80_a_cancelled_one_shows_as_the_vendor_shows_it(self, one: One) -> None:
        booked = one.book()
        one.tenant.act(booked["id"], "cancel")
        fetched = one.api().fetch([Wanted(booked["id"], START)], now=NOW)
        if one.kit.cancelled == "absent":
            assert (set(fetched.absent), list(fetched.records)) == ({booked["id"]}, [])
        else:
            assert fetched.absent == frozenset()
            assert one.mapped(fetched.records[0].raw).status is Status.CANCELLED

    def test_a_deleted_one_is_absent(self, one: One) -> None:
        booked = one.book()
        one.tenant.act(booked["id"], "delete")
        assert one.api().fetch([Wanted(booked["id"], START)], now=NOW).absent == {booked["id"]}

    def test_case_20_an_older_answer_is_dated_where_the_vendor_dates_its_records(self, one: One) -> None:
        booked = one.book()
        one.tenant.act(booked["id"], "move", starts_at=(START + timedelta(hours=2)).isoformat())
        newer = one.mapped(one.fetch(booked["id"])[booked["id"]].raw)
        one.tenant.fault("stale_read", id=booked["id"])
        older = one.mapped(one.fetch(booked["id"])[booked["id"]].raw)
        assert (older.starts_at, newer.starts_at) == (START, START + timedelta(hours=2))
        if not one.kit.dated:
            assert (older.version, newer.version) == (None, None)
            return
        assert older.version is not None
        assert newer.version is not None
        assert older.version < newer.version

    def test_case_86_what_no_webhook_announces_is_found_by_paging_and_nothing_is_missed(self, one: One) -> None:
        booked = {one.book(START + timedelta(hours=n), announce=False)["id"] for n in range(110)}
        assert {record.external_id for record in one.pages(WINDOW)} == booked

    def test_a_customers_appointments_are_found_or_the_vendor_says_that_it_cannot(self, one: One) -> None:
        booked = one.book()
        one.book()
        try:
            found = one.api().customer(booked["person_id"], now=NOW).records
        except Unsupported:
            return
        assert [record.external_id for record in found] == [booked["id"]]

    def test_the_number_comes_from_where_the_vendor_says(self, one: One) -> None:
        booked = one.book(zone="America/Phoenix", first_name="Ada", last_name="Byron")
        (seat,) = one.mapped(one.fetch(booked["id"])[booked["id"]].raw).attendees
        assert seat.person_id == booked["person_id"]
        source, contact = one.capabilities.contacts, one.api().contact(booked["person_id"])
        if source == "directory":
            assert (seat.contact, contact) == (None, None)
            return
        assert contact is not None
        assert (contact.phone, contact.first_name, contact.last_name) == ("+13125550142", "Ada", "Byron")
        assert (seat.contact is not None) == (source == "record")
        if seat.contact is not None:
            assert (seat.contact.phone, seat.contact.zone) == ("+13125550142", "America/Phoenix")
        with pytest.raises(NotFound):
            one.api().contact("404")

    # Writing

    @pytest.mark.parametrize("change", Change)
    def test_a_change_is_written_only_where_the_way_says_so(self, one: One, change: Change) -> None:
        booked = one.book(**(one.kit.writable or {}))
        if one.way(change, booked["record"]) is not Way.API:
            with pytest.raises(Unsupported):
                one.api().write(booked["id"], change, booked["record"])
            assert one.asked() == []
            return
        written = one.api().write(booked["id"], change, booked["record"])
        assert written is not None
        assert one.way(change, written.raw) is not Way.API
        assert one.fetch(booked["id"])[booked["id"]].raw == written.raw

    def test_case_68_a_write_whose_answer_is_lost_says_so_and_shows_when_read_back(self, one: One) -> None:
        if one.kit.writable is None:
            assert {one.way(change, one.book()["record"]) for change in Change} <= {Way.CALLBACK, Way.STAFF}
            return
        booked = one.book(**one.kit.writable)
        one.api().check()
        one.tenant.fault("timeout_after_acceptance", seconds=20)
        with pytest.raises(AnswerLost):
            one.api(total_seconds=0.7).write(booked["id"], Change.CONFIRM, booked["record"])
        assert one.way(Change.CONFIRM, one.fetch(booked["id"])[booked["id"]].raw) is not Way.API

    # When it goes wrong

    def test_wrong_credentials_need_a_person_and_bury_nobody(self, one: One) -> None:
        for call in self._reads(one.api(wrong=one.kit.wrong)):
            with pytest.raises(CredentialsRejected):
                call()

    def test_case_18_a_429_says_for_how_long_where_the_vendor_does(self, one: One) -> None:
        one.api().check()
        one.tenant.fault("rate_limited", seconds=7)
        with pytest.raises(RateLimited) as raised:
            one.fetch("404")
        assert raised.value.retry_after == one.kit.retry_after

    def test_case_19_a_500_is_tried_again_and_makes_nobody_absent(self, one: One) -> None:
        one.api().check()
        one.tenant.fault("error_500", count=3)
        for call in self._reads(one.api())[:3]:
            with pytest.raises(Transient):
                call()

    def test_a_slow_answer_is_cut_in_time(self, one: One) -> None:
        one.api().check()
        one.tenant.fault("slow", seconds=20)
        began = time.monotonic()
        with pytest.raises(AnswerLost):
            one.api(total_seconds=0.7).fetch([Wanted("404", START)], now=NOW)
        assert time.monotonic() - began < 3

    def test_an_answer_that_is_lost_makes_nobody_absent(self, one: One) -> None:
        booked = one.book()
        one.api().check()
        one.tenant.fault("timeout_after_acceptance", method="GET", seconds=20)
        with pytest.raises(AnswerLost):
            one.api(total_seconds=0.7).fetch([Wanted(booked["id"], START)], now=NOW)

    def test_an_expired_token_is_renewed_once_where_there_are_tokens(self, one: One) -> None:
        one.api().check()
        before, booked = one.tokens_asked(), one.book()
        one.tenant.fault("token_expired")
        if not one.kit.renews_tokens:
            with pytest.raises(CredentialsRejected):
                one.fetch(booked["id"])
            return
        assert one.fetch(booked["id"]).keys() == {booked["id"]}
        assert one.tokens_asked() == before + 1
        one.tenant.fault("token_expired", count=2)
        with pytest.raises(CredentialsRejected):
            one.fetch(booked["id"])

    def _reads(self, api: VendorApi) -> list[Callable[[], object]]:
        return [
            lambda: api.fetch([Wanted("404", START)], now=NOW),
            lambda: api.page(WINDOW, None),
            api.check,
        ]

    # Records and webhooks, as bytes

    def test_the_sandboxs_own_webhooks_lead_to_what_they_are_about(self, one: One) -> None:
        webhook = {"url": "http://127.0.0.1:9/", "scheme": "shared", "header": "x", "secret": "s", "retries": False}
        one.tenant.configure(webhook=webhook)
        booked = one.book()
        posted = one.tenant.posted()
        keys = {ref.key for each in posted for notice in PARSERS[one.name]({}, each) for ref in notice.refs}
        assert posted
        assert keys <= {booked["id"], booked["person_id"]}
        assert keys

    def test_every_recorded_webhook_is_recognised(self, one: One) -> None:
        recorded = files(one.fixtures / "webhooks")
        assert recorded, "no webhook is recorded"
        for path in recorded:
            notices = PARSERS[one.name]({"webhook-id": "msg_1"}, path.read_bytes())
            assert all(notice.recognised for notice in notices), path.name

    def test_every_recorded_record_is_mapped_and_one_of_them_is_usable(self, one: One) -> None:
        found = [one.mapped(raw) for raw in self._recorded(one)]
        assert any(each.external_id and each.starts_at for each in found), "no recorded record has a start"

    def test_case_24_a_time_without_an_offset_is_refused_and_said(self, one: One) -> None:
        found = one.mapped({**one.book()["record"], **one.kit.naive})
        assert found.starts_at is None
        assert found.problems == (f"{next(iter(one.kit.naive))}: a time without an offset",)

    def test_case_23_a_zone_that_is_missing_or_no_zone_is_none(self, one: One) -> None:
        raw = one.book()["record"]
        for zone in (None, "string", "../../etc/passwd"):
            assert one.mapped({**raw, "timezone": zone, "timeZone": zone}).zone is None

    def test_an_unknown_word_or_field_is_tolerated_and_counted(self, one: One) -> None:
        booked = one.book()
        changes = {"newField": 1, **({one.kit.status_field: "TELEPORTED"} if one.kit.status_field else {})}
        one.tenant.act(booked["id"], "set", fields=changes)
        before = surprises.SURPRISES.counts()
        record = one.fetch(booked["id"])[booked["id"]]
        assert record.raw["newField"] == 1
        after = {met[1:]: n - before.get(met, 0) for met, n in surprises.SURPRISES.counts().items()}
        if one.kit.fields_documented:
            assert after["field", "newField"] == 1
        if one.kit.status_field:
            assert one.mapped(record.raw).status is Status.UNKNOWN
            assert after[one.kit.status_field, "TELEPORTED"] == 1

    def _recorded(self, one: One) -> list[dict[str, Any]]:
        """Records in whatever a recorded answer wraps them."""
        found: list[Any] = []
        for path in files(one.fixtures / "records"):
            said = json.loads(path.read_bytes())
            inner = next((said[name] for name in ("results", "data") if isinstance(said, dict) and name in said), said)
            found += inner if isinstance(inner, list) else [inner]
        return [each for each in found if isinstance(each, dict)]

    # What else belongs to a vendor

    def test_the_check_is_one_cheap_call_and_a_line_for_people(self, one: One) -> None:
        line = one.api().check()
        assert line
        assert "\n" not in line
        assert len(one.asked()) == 1

    def test_there_is_a_call_by_hand_for_reading_one_appointment_or_many(self, one: One) -> None:
        assert any(not each.changes and each.method == "GET" for each in OPERATIONS[one.name].values())

    def test_options_are_refused_by_name_and_the_defaults_are_not(self, one: One) -> None:
        settings = SETTINGS[one.name]
        assert settings.DEFAULT_BASE_URL.startswith("https://")
        assert settings.check_options({}) == []
        assert settings.check_options({name: default for name, (_, default, _) in settings.OPTIONS.items()}) == []
        assert [each.partition(":")[0] for each in settings.check_options({"colour": 1})] == ["options.colour"]
        assert all(told for told in settings.CREDENTIALS.values())
        assert all(told for _, _, told in settings.OPTIONS.values())
