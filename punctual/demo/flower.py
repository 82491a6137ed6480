"""What Flower shows of the story: the tasks, behind a login, and nothing private."""

import json

from punctual.demo.scene import TEMPLATE, Part
from punctual.demo.story import check
from punctual.demo.world import World
from runtime import names

STORY = (
    names.APPOINTMENTS_SYNC,
    names.PROMISES_SEND,
    names.ATTEMPTS_SETTLE,
    names.REPLIES_RESOLVE,
    names.STATUSES_WRITE_BACK,
    names.CONNECTIONS_RECONCILE,
    names.OPERATE_RECONCILE,
)


def _tasks(world: World) -> str:
    answer = world.flower("/api/tasks?limit=10000")
    answer.raise_for_status()
    return answer.text


def shows_the_story(world: World) -> str:
    world.wait("the tasks are there", lambda: all(name in _tasks(world) for name in STORY), 20)
    return f"{len(json.loads(_tasks(world)))} tasks, {len(STORY)} kinds of the story among them"


def wants_a_login(world: World) -> str:
    for path in ("/api/tasks", "/tasks", "/workers", "/"):
        status = world.flower(path, login=False).status_code
        check(holds=status == 401, otherwise=f"{path} was answered {status} without a login")
    return "401 without one"


def shows_nothing_private(world: World, made: list[Part]) -> str:
    shown = _tasks(world) + world.flower("/workers").text + world.flower("/tasks").text
    words = {word for part in made for each in part.people for word in (each.last_name, each.phone, each.phone[2:])}
    words |= {each.first_name for part in made for each in part.people}
    words |= {TEMPLATE.split("}}")[-1].strip(), "Thank you for your visit"}
    found = sorted(word for word in words if word in shown)
    check(holds=not found, otherwise=f"{len(found)} private words are shown")
    return f"none of {len(words)} names, numbers and texts"
