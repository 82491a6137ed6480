"""The pages in a real Chromium: what a person at the booking desk does, and what the person with the phone."""

import os
import shutil
import threading
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright
from werkzeug.serving import make_server

from sandbox.app import create_app
from sandbox.world import World
from tests.sandbox.given import SENDER, SID, TOKEN, Receiver, until

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(
        CHROMIUM is None and os.environ.get("CI") != "true",  # where it must be there, its absence is a failure
        reason="Chromium is not installed (Debian: apt-get install chromium)",
    ),
]
QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
PHONE = "+13125550142"
VENDORS = ("care", "north", "acme", "desk")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    assert CHROMIUM, "Chromium is not installed (Debian: apt-get install chromium)"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def address(world: World) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, create_app(world), threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context(base_url=address)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.set_default_timeout(15_000)
    page.goto("/")
    yield page
    context.close()
    assert [said for said in complaints if "favicon" not in said and "404" not in said] == []


def section(page: Page, tenant: str) -> Locator:
    return page.get_by_role("region").filter(has=page.get_by_role("heading", name=tenant))


def book(page: Page, tenant: str, first_name: str = "Ada", starts: str = "2030-05-01T10:00") -> Locator:
    """Fill in the tenant's form; the row that comes of it."""
    place = section(page, tenant)
    if not place.get_by_label("First name").is_visible():
        place.get_by_text(f"Book at {tenant}").click()
    place.get_by_label("First name").fill(first_name)
    place.get_by_label("Phone").fill(PHONE)
    place.get_by_label("Starts").fill(starts)
    place.get_by_label("Zone").fill("America/Chicago")
    place.get_by_role("button", name="Book").click()
    row = place.get_by_role("row").filter(has_text=f"{first_name} Byron")
    expect(row).to_be_visible()
    return row


@pytest.mark.parametrize("tenant", VENDORS)
def test_an_appointment_is_booked_moved_and_deleted_at_each_vendor(
    page: Page, tenant: str, world: World, receiver: Receiver
) -> None:
    row = book(page, tenant)
    expect(row).to_contain_text("2030-05-01 15:00:00 UTC")
    row.get_by_label("to (UTC)").fill("2030-06-02T09:30")
    row.get_by_role("button", name="move").click()
    expect(row).to_contain_text("2030-06-02 09:30:00 UTC")
    row.get_by_role("button", name="delete").click()
    expect(row).to_have_count(0)
    expect(section(page, tenant).get_by_text("No appointments.")).to_be_visible()
    kinds = {each.type for each in world.postman.log()}
    assert kinds, "nothing was announced"
    until(lambda: len(receiver.got) == len(world.postman.log()))


@pytest.mark.parametrize("tenant", ["north", "acme"])
def test_it_is_cancelled_and_completed_where_the_vendor_can_say_so(page: Page, tenant: str) -> None:
    for button, word, name in (("cancel", "cancelled", "Ada"), ("complete", "completed", "Ben")):
        row = book(page, tenant, name)
        row.get_by_role("button", name=button, exact=True).click()
        expect(row.get_by_role("cell").nth(4)).to_have_text(word if tenant == "north" else word.upper())


@pytest.mark.parametrize("tenant", ["care", "desk"])
def test_it_is_cancelled_by_disappearing_where_that_is_all_there_is(page: Page, tenant: str) -> None:
    row = book(page, tenant)
    row.get_by_role("button", name="cancel", exact=True).click()
    expect(row).to_have_count(0)


def test_a_change_without_the_box_is_announced_to_nobody(page: Page, receiver: Receiver, world: World) -> None:
    row = book(page, "north")
    until(lambda: len(receiver.got) == 1)
    row.get_by_label("webhook").uncheck()
    row.get_by_role("button", name="cancel", exact=True).click()
    expect(row).to_contain_text("cancelled")
    assert len(world.postman.log()) == 1


def test_what_went_wrong_is_said_on_the_page(page: Page) -> None:
    row = book(page, "north")
    row.get_by_label("to (UTC)").fill("")
    row.get_by_role("button", name="move").click()
    expect(page.get_by_role("alert")).to_contain_text("is not a time")


def test_the_phone_shows_a_text_and_answers_it(page: Page, address: str, receiver: Receiver) -> None:
    book(page, "north")
    sent = {"From": SENDER, "To": PHONE, "Body": "Hi Ada, Tuesday at 10.\nAnswer C to confirm."}
    path = f"{address}/sms/2010-04-01/Accounts/{SID}/Messages.json"
    httpx.post(path, data=sent, auth=(SID, TOKEN), timeout=10).raise_for_status()
    section(page, "north").get_by_role("link", name=PHONE).click()
    texts = page.get_by_role("list", name="Texts").get_by_role("listitem")
    expect(texts).to_have_count(1)
    expect(texts.first).to_contain_text("Answer C to confirm.")
    expect(page.get_by_label("Answer")).to_be_focused()
    page.get_by_label("Answer").fill("C")
    page.get_by_label("Answer").press("Enter")
    expect(texts).to_have_count(2)
    expect(texts.last).to_contain_text("C")
    until(lambda: any(b"Body=C" in body for _, body in receiver.got))
    page.get_by_role("link", name="Phones").click()
    expect(page.get_by_role("row").filter(has_text=PHONE)).to_contain_text("Ada Byron")


def test_a_fault_is_switched_on_seen_and_switched_off(page: Page, world: World, receiver: Receiver) -> None:
    place = page.get_by_role("region").filter(has=page.get_by_role("heading", name="Faults"))
    expect(place).to_contain_text("None is switched on")
    place.get_by_text("Switch one on").click()
    place.get_by_label("Whose").select_option("caspen/north")
    place.get_by_label("Fault").select_option("lost")
    place.get_by_role("button", name="Switch on").click()
    row = place.get_by_role("row").filter(has_text="the webhook is never posted")
    expect(row).to_contain_text("1 more")
    book(page, "north")
    expect(place).to_contain_text("None is switched on")
    assert [each.fault for each in world.postman.log()] == ["lost"]
    place.get_by_text("Switch one on").click()
    place.get_by_label("Whose").select_option("caspen/north")
    place.get_by_label("How often").fill("")
    place.get_by_role("button", name="Switch on").click()
    expect(place).to_contain_text("until it is switched off")
    place.get_by_role("button", name="switch off").click()
    expect(place).to_contain_text("None is switched on")


def test_on_a_small_screen_the_page_scrolls_no_wider_than_the_screen(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    row = book(page, "north")
    page.get_by_text("Switch one on").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    box = row.bounding_box()
    assert box is not None
    assert box["height"] < 200, "its buttons stand beside one another, not below"
