import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from rules.promises import SENTENCES, SkipReason
from rules.senders import SenderSettings
from runtime.settings import Settings
from store import inbox, losses
from store.engine import Database
from store.losses import Kind
from store.tables import connection_states
from store.tables import losses as losses_table
from tests.web.given import MakeApp, Rung, booked
from web.status import day

pytestmark = pytest.mark.servers

USER, PASSWORD = "operator", "correct horse battery"


@pytest.fixture
def visitor(make_app: MakeApp, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """Somebody with a browser, at pages that have a user."""
    monkeypatch.setenv("PUNCTUAL_STATUS_USER", USER)
    monkeypatch.setenv("PUNCTUAL_STATUS_PASSWORD", PASSWORD)
    return make_app(Rung()).test_client()


def form_token(client: FlaskClient) -> str:
    found = re.search(r'name="form" value="([^"]+)"', client.get("/status/login", base_url=SITE).text)
    assert found
    return found[1]


SITE = "https://hooks.example.com"  # the cookie is for https only, as the public address is


def log_in(client: FlaskClient, password: str = PASSWORD, **more: str) -> TestResponse:
    form = {"form": form_token(client), "user": USER, "password": password} | more
    return client.post("/status/login", data=form, base_url=SITE)


@pytest.fixture
def operator(visitor: FlaskClient) -> FlaskClient:
    assert log_in(visitor).status_code == 303
    return visitor


def test_a_stranger_is_sent_to_the_login_and_back(visitor: FlaskClient) -> None:
    answer = visitor.get("/status/appointments/north/app_1", base_url=SITE)
    assert answer.status_code == 303
    assert answer.location == "/status/login?next=/status/appointments/north/app_1"
    answer = log_in(visitor, next="/status/appointments/north/app_1")
    assert (answer.status_code, answer.location) == (303, "/status/appointments/north/app_1")
    assert visitor.get("/status", base_url=SITE).status_code == 200


@pytest.mark.parametrize(
    "target", ["https://evil.example", "//evil.example", "/status\\@evil", "/statusx", "/hooks/x", ""]
)
def test_a_login_never_leads_to_another_site(visitor: FlaskClient, target: str) -> None:
    assert log_in(visitor, next=target).location == "/status"


def test_a_wrong_password_or_a_foreign_form_logs_nobody_in(visitor: FlaskClient) -> None:
    assert log_in(visitor, password="wrong").status_code == 401
    assert log_in(visitor, form="from another site").status_code == 400
    assert visitor.get("/status", base_url=SITE).status_code == 303


def test_the_eleventh_wrong_password_has_to_wait_even_when_it_is_right(visitor: FlaskClient) -> None:
    for _ in range(10):
        assert log_in(visitor, password="guess").status_code == 401
    answer = log_in(visitor)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0


def test_a_logout_ends_the_session(operator: FlaskClient) -> None:
    page = operator.get("/status", base_url=SITE).text
    token = re.search(r'name="form" value="([^"]+)"', page)
    assert token
    operator.post("/status/logout", data={"form": token[1]}, base_url=SITE)
    assert operator.get("/status", base_url=SITE).status_code == 303


def test_another_password_logs_everybody_out(
    operator: FlaskClient, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    cookie = operator.get_cookie("punctual", domain="hooks.example.com", path="/status")
    assert cookie is not None
    assert cookie.http_only
    assert cookie.secure
    assert cookie.same_site == "Lax"
    monkeypatch.setenv("PUNCTUAL_STATUS_PASSWORD", "a new one")
    restarted = make_app(Rung()).test_client()
    restarted.set_cookie("punctual", cookie.value, domain="hooks.example.com", path="/status")
    assert restarted.get("/status", base_url=SITE).status_code == 303


def test_without_a_user_nobody_gets_in_and_the_page_says_what_to_set(client: FlaskClient) -> None:
    for method, path in (("GET", "/status"), ("GET", "/status/login"), ("POST", "/status/login")):
        answer = client.open(path, method=method, data={"user": "", "password": ""})
        assert answer.status_code == 503
        assert "PUNCTUAL_STATUS_USER" in answer.text


def test_pages_let_a_browser_do_nothing_more(operator: FlaskClient) -> None:
    for path in ("/status", "/status/login", "/status/static/punctual.css", "/status/appointments/north/nothing"):
        headers = operator.get(path, base_url=SITE).headers
        assert headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"


def test_the_overview_shows_how_things_stand(operator: FlaskClient, database: Database) -> None:
    noon = datetime.combine(
        datetime.now(ZoneInfo("Europe/Amsterdam")).date(),
        datetime.min.time().replace(hour=12),
        ZoneInfo("Europe/Amsterdam"),
    ) - datetime.now(UTC)
    booked(database, "app_soon", due_in=timedelta(minutes=5), state="planned")
    booked(database, "app_skipped", due_in=noon, state="skipped", reason="short_notice")
    with database.begin() as tx:
        values = {"connection": "north", "mode": "live", "skew_seconds": -200.0, "rejected_webhooks": 3}
        paused = {"paused_until": sa.func.clock_timestamp() + timedelta(hours=1), "paused_reason": "credentials"}
        tx.execute(sa.insert(connection_states).values(**values, **paused))
        inbox.tell(tx, "north", "x", "x", "The vendor refuses our credentials.")
    page = operator.get("/status", base_url=SITE).text
    for shown in (
        "live",
        "app_soon",
        "Paused: credentials",
        "-200 s",
        "3 webhooks refused",
        "1 skipped",
        "The vendor refuses our credentials.",
    ):
        assert shown in page, shown
    assert SENTENCES[SkipReason.SHORT_NOTICE] in page


def test_the_overview_says_what_this_months_texts_have_cost(
    make_app: MakeApp, settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUNCTUAL_STATUS_USER", USER)
    monkeypatch.setenv("PUNCTUAL_STATUS_PASSWORD", PASSWORD)
    sender = SenderSettings("texts", "console", ("+31612345678",), "", {}, {"price_per_segment": Decimal("0.05")})
    north = replace(settings.connections["north"], sender="texts", max_cost_per_month=Decimal(150))
    priced = replace(settings, senders={"texts": sender}, connections={**settings.connections, "north": north})
    visitor = make_app(Rung(), priced).test_client()
    log_in(visitor)
    page = visitor.get("/status", base_url=SITE).text
    assert "USD 0.0000 of USD 150.00" in page
    assert page.count("no price is set") == len(settings.connections) - 1


def test_an_appointment_is_explained_in_plain_words(operator: FlaskClient, database: Database) -> None:
    booked(database, "app/7?", due_in=timedelta(hours=1), state="skipped", reason="opted_out")
    answer = operator.get("/status/find", query_string={"connection": "north", "id": " app/7? "}, base_url=SITE)
    page = operator.get(answer.location, base_url=SITE)
    assert page.status_code == 200
    assert SENTENCES[SkipReason.OPTED_OUT] in page.text
    assert "appointment.updated" in page.text


@pytest.mark.parametrize("path", ["north/nothing", "nobody/app_1", "north/%00", "north/<script>alert(1)</script>"])
def test_what_is_unknown_is_said_so(operator: FlaskClient, path: str) -> None:
    answer = operator.get(f"/status/appointments/{path}", base_url=SITE)
    assert answer.status_code == 404
    assert "<script>" not in answer.text


def test_what_a_vendor_names_is_shown_as_text(operator: FlaskClient, database: Database) -> None:
    booked(database, '"><script>alert(1)</script>', due_in=timedelta(minutes=1), state="planned")
    page = operator.get("/status", base_url=SITE).text
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize(("on", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-01", 24)])
def test_today_is_the_connections_own_day_also_when_clocks_change(on: str, hours: int) -> None:
    start, end = day(datetime.fromisoformat(f"{on}T10:00:00+00:00"), "Europe/Amsterdam")
    assert (end.astimezone(UTC) - start.astimezone(UTC)) == timedelta(hours=hours)
    assert start.isoformat().startswith(on)


def test_case_15_the_page_says_what_webhooks_lose_per_kind_with_rate_and_delay(
    operator: FlaskClient, database: Database
) -> None:
    with database.begin() as tx:
        scan = {"last_scan_pages": 12, "last_scan_seconds": 240.0, "reconciled_at": sa.func.clock_timestamp()}
        tx.execute(sa.insert(connection_states).values(connection="north", **scan))
        losses.announced(tx, "north", {f"a{n}": Kind.NEW for n in range(3)})
        tx.execute(
            sa.insert(losses_table).values(connection="north", external_id="x", kind="new", delay_seconds=7200.0)
        )
    page = operator.get("/status", base_url=SITE).text
    rows = [re.sub(r"\s*<[^>]+>\s*", "|", each) for each in re.findall(r"<tr>.*?</tr>", page, re.DOTALL)]
    words = [[word for word in row.split("|") if word.strip()] for row in rows]
    assert ["north", "new", "3", "1", "25.0 %", "2 hours", "2 hours", "12 calls, 4 minutes", "19 minutes"] in words
    assert ["north", "changed", "0", "0", "no changes"] in words
    assert ["polled", "polled: no webhook is to come", "none yet", "not known"] in words
