"""The pages in a real browser, as a person with a keyboard meets them."""

import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from werkzeug.serving import make_server

from runtime.settings import Settings
from store.engine import Database
from tests.web.given import MakeApp, Rung, booked

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.servers,
    pytest.mark.e2e,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (Debian: apt-get install chromium)"),
]
PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def address(make_app: MakeApp, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("PUNCTUAL_STATUS_USER", "operator")
    monkeypatch.setenv("PUNCTUAL_STATUS_PASSWORD", PASSWORD)
    app = make_app(Rung(), replace(settings, public_url="http://127.0.0.1"))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def complaints() -> list[str]:
    """What the browser's console said: a style or a form that the policy forbids would be among it."""
    return []


@pytest.fixture
def page(browser: Browser, complaints: list[str]) -> Iterator[Page]:
    page = browser.new_page()
    page.set_default_timeout(15_000)
    page.on("console", lambda said: complaints.append(said.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    page.close()


def log_in(page: Page, address: str) -> None:
    page.goto(f"{address}/status")
    page.get_by_label("User").fill("operator")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Password").press("Enter")
    expect(page.get_by_role("heading", name="Status", exact=True)).to_be_visible()


def test_an_operator_logs_in_finds_an_appointment_and_reads_why(
    page: Page, address: str, database: Database, complaints: list[str]
) -> None:
    booked(database, "app_7", due_in=timedelta(minutes=5), state="planned")
    log_in(page, address)
    expect(page.get_by_role("table", name="Connections")).to_be_visible()
    page.get_by_role("link", name="app_7").click()
    expect(page.get_by_role("heading", name="app_7")).to_be_visible()
    expect(page.get_by_text("appointment.updated")).to_be_visible()
    page.get_by_role("link", name="Overview").click()
    page.get_by_label("Connection", exact=True).select_option("north")
    page.get_by_label("The vendor's id").fill("app_7")
    page.get_by_role("button", name="Explain").click()
    expect(page.get_by_role("heading", name="app_7")).to_be_visible()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    assert complaints == []


def test_the_style_is_applied_and_a_phone_needs_no_sideways_scrolling(
    page: Page, address: str, database: Database
) -> None:
    booked(database, "an-id-that-is-" + "very-" * 30 + "long", due_in=timedelta(minutes=5), state="planned")
    log_in(page, address)
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("getComputedStyle(document.querySelector('header')).display") == "flex"
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_keyboard_reaches_the_content_first(page: Page, address: str) -> None:
    log_in(page, address)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the page's content")).to_be_focused()


def test_the_pages_work_without_javascript(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    log_in(page, address)
    context.close()
