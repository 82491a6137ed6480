import threading
import time

from sandbox.limits import Limits
from tests.sandbox.given import until

NORTH = {"Authorization": "Bearer north-token"}
CARE = {"x-api-key": "cc_key"}


def test_caspen_counts_down_and_says_when_to_come_back(client):
    left = [client.get("/caspen/v1/appointments", headers=NORTH).headers["X-RateLimit-Remaining"] for _ in range(60)]
    assert left == [str(number) for number in range(59, -1, -1)]
    refused = client.get("/caspen/v1/appointments", headers=NORTH)
    assert (refused.status_code, refused.json) == (429, {"message": "Too Many Attempts."})
    assert 1 <= int(refused.headers["Retry-After"]) <= 61
    assert int(refused.headers["X-RateLimit-Reset"]) >= time.time()
    assert (refused.headers["X-RateLimit-Limit"], refused.headers["X-RateLimit-Remaining"]) == ("60", "0")


def test_carecycle_says_it_in_the_body(client):
    statuses = [client.get("/carecycle/v2/customers", headers=CARE).status_code for _ in range(61)]
    assert statuses == [200] * 60 + [429]
    body = client.get("/carecycle/v2/customers", headers=CARE).json
    assert (set(body), body["code"]) == ({"message", "code", "retryAfter"}, "RATE_LIMIT_EXCEEDED")


def test_officeplace_says_nothing_about_when(client, office_auth):
    for _ in range(60):
        answer = client.get("/officeplace/t-1/appointment", headers=office_auth)
    assert answer.status_code == 429
    assert "Retry-After" not in answer.headers


def test_tenants_do_not_use_up_each_others_limit(client):
    other = {"vendor": "caspen", "name": "south", "credentials": {"token": "south-token"}}
    client.post("/control/tenants", json=other)
    for _ in range(61):
        client.get("/caspen/v1/appointments", headers=NORTH)
    assert client.get("/caspen/v1/appointments", headers={"Authorization": "Bearer south-token"}).status_code == 200


def test_limits_can_be_switched_off_and_scaled(client):
    client.put("/control/limits", json={"enabled": False})
    assert {client.get("/caspen/v1/appointments", headers=NORTH).status_code for _ in range(70)} == {200}
    shown = client.put("/control/limits", json={"enabled": True, "window_seconds": 0.5}).json
    assert shown["window_seconds"] == 0.5
    assert client.put("/control/limits", json={"windows": 1}).status_code == 400


def test_a_rolling_window_never_lets_more_through_than_allowed():
    limits = Limits()
    limits.settings.window_seconds = 0.2
    passed: list[float] = []
    waits: list[float] = []

    def knock() -> None:
        end = time.monotonic() + 0.7
        while time.monotonic() < end:
            left, wait = limits.take("key", 5)
            if left >= 0:
                passed.append(time.monotonic())
            else:
                waits.append(wait)

    threads = [threading.Thread(target=knock) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    passed.sort()
    assert len(passed) >= 15
    assert 0 < min(waits) <= max(waits) <= 0.2
    assert all(later - earlier >= 0.19 for earlier, later in zip(passed, passed[5:], strict=False))


def test_pexip_serves_four_at_once(world, client, pexip_auth):
    client.put("/control/faults", json={"vendor": "pexip", "fault": "slow", "seconds": 30, "count": 4})
    app = client.application
    at = "/pexip/enterprises/acme/appointments"

    def call() -> None:
        app.test_client().get(at, headers=pexip_auth)

    threads = [threading.Thread(target=call) for _ in range(4)]
    for each in threads:
        each.start()
    until(lambda: not world.faults.all())
    fifth = client.get(at, headers=pexip_auth)
    world.stopping.set()
    for each in threads:
        each.join()
    assert (fifth.status_code, fifth.json["errors"][0]["code"]) == (429, "TOO_MANY_REQUESTS")
    assert client.get(at, headers=pexip_auth).status_code == 200
    summary = client.get("/control/requests?vendor=pexip&tenant=acme").json
    assert summary["concurrency_high_water"] == 5
