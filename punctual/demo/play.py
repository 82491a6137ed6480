"""Sets the scene, plays four stories side by side, looks over Flower's shoulder, and tells what passed."""

import os
import shutil
import sys
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

from punctual import ports
from punctual.demo import flower
from punctual.demo.report import Report
from punctual.demo.scene import Part, callback, now, parts, write_all
from punctual.demo.story import LEAD, Story, check, stamp
from punctual.demo.trial import Trial
from punctual.demo.world import Stopped, World
from punctual.home import Home, HomeError
from punctual.signals import stop_on_signals
from punctual.stack import Stack
from punctual.up import REASONS

PROJECT = Path(__file__).resolve().parents[2]
RESULT = PROJECT / "build" / "demo.json"
OURS = ("PUNCTUAL_DATABASE_URL", "PUNCTUAL_BROKER_URL", "PUNCTUAL_HOME", "PUNCTUAL_CONFIG", "PUNCTUAL_PUBLIC_URL")
"""What a person's own installation is told; the demo never looks at it."""


def run(folder: Path, *, keep: bool = False, result: Path = RESULT) -> int:
    """Exit status: 0 only when every step passed; 130 after Ctrl-C."""
    result.unlink(missing_ok=True)
    made = parts(now())
    stack = _stack(folder, made)
    stop = threading.Event()
    report = Report()
    with stop_on_signals(stopping=lambda: stop.is_set() or stack.stopping, hurry=stack.hurry):
        try:
            with stack:
                print(f"everything is up; playing at {stack.sandbox_url}\n", flush=True)
                _play(stack, folder, made, report, stop)
        except KeyboardInterrupt:
            print("\ndemo: stopped; everything it started has ended", flush=True)
            return 130
        except REASONS as error:
            print(f"demo: {error}", file=sys.stderr, flush=True)
            return 1
    report.write(result)
    print(f"\n{report.line()}", flush=True)
    if report.failed:
        print(f"logs are in {folder / 'home' / 'log'}", flush=True)
    elif not keep:
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if report.failed else 0


def _stack(folder: Path, made: list[Part]) -> Stack:
    """A home of the demo's own, on free ports, with nothing of an earlier demo and nothing of a person's."""
    home = folder / "home"
    _forget(home)
    sandbox, receiver = ports.any_free(), ports.any_free()
    write_all(home, made, f"http://127.0.0.1:{sandbox}", f"http://127.0.0.1:{receiver}")
    environ = {name: value for name, value in os.environ.items() if name not in OURS}
    extra = {
        "PUNCTUAL_SANDBOX_PORT": str(sandbox),
        "PUNCTUAL_WEB_PORT": str(receiver),
        "PUNCTUAL_FLOWER_PORT": str(ports.any_free()),
        "PUNCTUAL_PUBLIC_URL": f"http://127.0.0.1:{receiver}",
    }
    return Stack(home, home / "punctual.toml", extra_env=extra, sandbox=True, quiet=True, environ=environ)


def _forget(home: Path) -> None:
    """Clear an earlier demo's folder, unless one still runs in it."""
    if not home.exists():
        return
    found = Home(home)
    found.prepare()
    try:
        with found.lock("clearing up"):
            keep = {found.run, home / "mark"}
            for entry in home.iterdir():
                if entry in keep:
                    continue
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    except HomeError as error:
        raise SystemExit(f"demo: {error}") from None


def _play(stack: Stack, folder: Path, made: list[Part], report: Report, stop: threading.Event) -> None:
    world = World(stack, folder, stop)
    try:
        if report.play("all", "0 config, directory and callbacks are set up", lambda: _set_up(world, made)):
            _side_by_side(world, made, report, stop)
            report.play("all", "8 Flower shows the tasks of the story", lambda: flower.shows_the_story(world))
            report.play("all", "8 Flower wants a login", lambda: flower.wants_a_login(world))
            report.play(
                "all", "8 Flower shows no name, number or text", lambda: flower.shows_nothing_private(world, made)
            )
    finally:
        stop.set()
        world.close()


def _set_up(world: World, made: list[Part]) -> str:
    home = world.stack.home.path
    for part in made:
        target = callback(part, world.stack.sandbox_url)
        world.control("POST", "/callbacks", {"name": part.name, "secret": target["secret"]})
        if part.vendor == "officeplace":
            csv = str(home / f"{part.name}.csv")
            world.punctual("contacts", "import", csv, "--connection", part.name)
    names = [word for part in made for word in ("--assign", part.name)]
    world.punctual("configs", "apply", str(home / "config.json"), *names)
    return f"{len(made)} connections"


def _side_by_side(world: World, made: list[Part], report: Report, stop: threading.Event) -> None:
    """One thread per story; Ctrl-C reaches this one, which tells the others."""
    plays = [Story(world, part, report).play for part in made if part.mode == "live"]
    watched = next(part for part in made if part.mode == "observe")
    plays.append(lambda: _observe(world, watched, report))
    plays.append(Trial(world, next(part for part in made if part.mode == "trial"), report).play)
    threads = [threading.Thread(target=_quietly, args=(play,), daemon=True) for play in plays]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            while thread.is_alive():
                thread.join(0.5)
    except KeyboardInterrupt:
        stop.set()
        raise


def _quietly(play: Any) -> None:
    try:
        play()
    except Stopped:
        return


def _observe(world: World, part: Part, report: Report) -> None:
    """A connection that only observes shows what it would have sent, and sends nothing."""

    def act() -> str:
        who = part.people[0]
        booked = world.book(
            part,
            starts_at=stamp(now() + LEAD),
            minutes=30,
            first_name=who.first_name,
            last_name=who.last_name,
            phone=who.phone,
            zone=part.zone,
        )
        external_id = str(booked["id"])
        kept = world.wait("what it would have sent", lambda: world.attempts(part, external_id), 60)
        text = (kept[0].body or b"").decode()
        check(holds=who.first_name in text, otherwise="the text it shows is another one")
        world.pause(timedelta(seconds=3).total_seconds())
        check(holds=not world.texts_at(who.phone), otherwise="it sent a text")
        said = str(world.explain(part, external_id))
        check(holds="observe" in said, otherwise="explain does not say why")
        return "shown, not sent"

    report.play("observe", "7 a connection in observe shows what it would send", act)
