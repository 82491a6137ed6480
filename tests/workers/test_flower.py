"""What an operator can see and press, on a real worker and a real Flower."""

import re
import signal
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from runtime import names
from tests.until import until
from tests.workers.conftest import Flower
from tests.workers.stage import MAIL, NUMBER, PERSON

pytestmark = pytest.mark.e2e

PAGES = ["/", "/workers", "/tasks", "/broker", "/api/workers", "/api/tasks", "/api/task/types", "/metrics"]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("auth", [None, ("operator", "wrong"), ("", "")])
def test_nobody_sees_a_page_without_the_login(flower: Flower, page: str, auth: tuple[str, str] | None) -> None:
    assert httpx.get(flower.url + page, auth=auth, timeout=20).status_code == 401
    assert flower.api.get(page).status_code == 200


def test_nobody_presses_anything_without_the_login(flower: Flower) -> None:
    for path in ("task/async-apply/appointments.sync", "task/send-task/x", "worker/shutdown/stage@here"):
        assert httpx.post(f"{flower.url}/api/{path}", json={}, timeout=20).status_code == 401


def test_the_open_health_check_says_nothing(flower: Flower) -> None:
    assert httpx.get(f"{flower.url}/healthcheck").text == "OK"


def test_a_task_shows_its_line(flower: Flower) -> None:
    shown = flower.task(flower.press(names.APPOINTMENTS_SYNC, "caspen-north"))
    assert shown["state"] == "SUCCESS"
    assert shown["result"] == "'caspen-north: 12 fetched, 9 planned, 1 skipped short_notice'"
    assert shown["routing_key"] == "sync"


@pytest.mark.parametrize(
    ("which", "line"),
    [
        ("limited", "again: RateLimited: the vendor counts our calls"),
        ("refused", "needs person: CredentialsRejected: 401 after a fresh token"),
        ("done", "already done: AlreadyDone"),
    ],
)
def test_a_fate_is_a_line_and_no_failure(flower: Flower, which: str, line: str) -> None:
    shown = flower.task(flower.press(names.ATTEMPTS_SETTLE, which))
    assert (shown["state"], shown["result"]) == ("SUCCESS", f"'{line}'")


def test_a_crash_shows_where_and_no_facts(flower: Flower) -> None:
    shown = flower.task(flower.press(names.STATUSES_WRITE_BACK))
    assert shown["state"] == "FAILURE"
    assert re.fullmatch(r"Crashed\('ValueError at tests/workers/stage\.py:\d+'\)", shown["exception"])


def test_no_name_number_or_address_of_a_person_is_in_anything_flower_holds(flower: Flower) -> None:
    ids = [flower.press(name) for name in (names.STATUSES_WRITE_BACK, names.REPLIES_RESOLVE)]
    ids.append(flower.press(names.ATTEMPTS_SETTLE, "refused"))
    seen = [str(flower.task(each)) for each in ids]
    seen += [flower.api.get(page).text for page in ("/api/tasks", "/tasks", "/metrics", f"/task/{ids[0]}")]
    seen.append(flower.stage.said("stage").decode())
    for private in (PERSON, "Lovelace", NUMBER, MAIL):
        assert not [each for each in seen if private in each]


def test_a_message_that_is_more_than_a_doorbell_is_refused(flower: Flower) -> None:
    for options in (
        {"countdown": 301},
        {"eta": "2031-01-01 00:00:00.0"},
        {"args": [{"name": PERSON}]},
        {"kwargs": {"a": "b"}},
    ):
        for how in ("async-apply", "send-task"):
            answer = flower.api.post(f"/api/task/{how}/{names.APPOINTMENTS_SYNC}", json={"args": ["north"], **options})
            assert answer.status_code >= 400
    assert flower.api.post(f"/api/task/send-task/{names.APPOINTMENTS_SYNC}", json={"queue": "snyc"}).status_code >= 400


def test_queues_are_counted(flower: Flower) -> None:
    counted = flower.api.get("/api/queues/length").json()["active_queues"]
    assert {each["name"] for each in counted} == {"sms", "sync", "rest"}


def test_a_queue_is_let_go_and_taken_up_again(flower: Flower) -> None:
    assert press(flower, "worker/queue/cancel-consumer/stage@here", queue="sync") == 200
    waiting = flower.press(names.APPOINTMENTS_SYNC, "north")
    assert press(flower, "worker/queue/add-consumer/stage@here", queue="sync") == 200
    assert flower.task(waiting)["state"] == "SUCCESS"


def test_a_task_that_waits_is_revoked(flower: Flower) -> None:
    task_id = str(uuid4())
    assert press(flower, f"task/revoke/{task_id}") == 200
    flower.press(names.APPOINTMENTS_SYNC, "north", task_id=task_id)
    assert flower.task(task_id)["state"] == "REVOKED"


def test_what_a_pool_of_threads_cannot_do(flower: Flower, tmp_path: Path) -> None:
    """The README tells it. Should Celery learn one of them, this test says so."""
    file = tmp_path / "hold"
    file.touch()
    held = flower.press(names.CONNECTIONS_RECONCILE, str(file))
    until(file.with_suffix(".begun").exists)
    assert press(flower, f"task/revoke/{held}", terminate="true") == 200  # and yet it runs on
    for control in ("grow", "shrink", "restart"):
        assert press(flower, f"worker/pool/{control}/stage@here") == 403
    assert press(flower, "worker/pool/autoscale/stage@here", min="1", max="9") == 403
    limit = {"workername": "stage@here", "soft": "0.1", "hard": "0.2"}
    assert press(flower, f"task/timeout/{names.CONNECTIONS_RECONCILE}", **limit) == 200  # and yet it binds nobody
    second = tmp_path / "second"
    second.touch()
    flower.press(names.CONNECTIONS_RECONCILE, str(second))
    until(second.with_suffix(".begun").exists)
    assert press(flower, f"task/rate-limit/{names.APPOINTMENTS_SYNC}", workername="stage@here", ratelimit="1/h") == 200
    for _ in range(3):  # and yet all of them run
        assert flower.task(flower.press(names.APPOINTMENTS_SYNC, "north"))["state"] == "SUCCESS"
    for each in (file, second):
        each.unlink()
        until(each.with_suffix(".ended").exists)


def test_its_history_is_kept_over_a_restart(flower: Flower) -> None:
    before = flower.press(names.APPOINTMENTS_SYNC, "kept")
    flower.task(before)
    flower.process.send_signal(signal.SIGTERM)
    assert flower.process.wait(20) == 0
    flower.process = flower.start()
    assert "kept" in flower.task(before)["result"]
    until(lambda: flower.knows("stage@here"), 60)


def press(flower: Flower, path: str, **params: str) -> int:
    return flower.api.post(f"/api/{path}", params=params).status_code
