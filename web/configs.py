"""`/v2/campaigns/appointment-configs`: create, list, show, replace and delete appointment configs.

Source: vendor-docs 003; FACTS 3.1 for list and delete. Showing one and replacing one are not documented: ours follow
the same shapes.
"""

import re
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, jsonify
from sqlalchemy import Connection

from rules.appointment import Ref
from runtime import config_review, names, reach
from schemas.appointment_config import REQUEST, SERVER_WRITTEN
from schemas.complaints import complaint
from schemas.strict import UUID as PATTERN
from store import config_views, configs, operator_actions, sync_requests
from store.config_views import View
from web import api, booked_changes
from web.config_answers import shown
from web.parts import Parts

PATH = "/campaigns/appointment-configs"
NO_RECORDS: dict[str, Any] = {"failedRecords": []}
"""Documented beside a config's errors."""
OTHER_ID = complaint(
    ("id",),
    "It is another config's than the address names; leave it out, or send this one to its own address.",
    expected="the id in the address",
    received="string",
    code="custom",
)


def blueprint(parts: Parts) -> Blueprint:
    """The five routes."""
    routes = api.blueprint("configs", parts)

    @routes.post(PATH)
    def create() -> Response:
        body = checked(api.read_body())
        with parts.database.begin() as tx:
            identity, _ = configs.save(tx, body, by=api.caller().mark)
            operator_actions.record(tx, api.caller().mark, "configs create", str(identity))
            view = _view(tx, identity)
        return _answer(parts, view)

    @routes.get(PATH)
    def listed() -> Response:
        with parts.database.begin() as tx:
            views = [view for view in config_views.all_of(tx) if _may_see(view)]
        return jsonify({"appointmentConfigs": [shown(view, parts.settings.public_url) for view in views]})

    @routes.get(f"{PATH}/<config_id>")
    def one(config_id: str) -> Response:
        with parts.database.begin() as tx:
            view = _found(tx, config_id)
        return _answer(parts, view)

    @routes.put(f"{PATH}/<config_id>")
    def replace(config_id: str) -> Response:
        with parts.database.begin() as tx:
            view = _mine(_found(tx, config_id))
        to_booked, body = booked_changes.asked(), checked(api.read_body(), view)
        _refuse_out_of_reach(parts, view, body)
        if to_booked == "preview":
            changes = booked_changes.preview(parts, view, body)
            return _answer(parts, booked_changes.as_it_would_be(view, body), changes)
        with parts.database.begin() as tx:
            view = _mine(_found(tx, config_id))
            if view.source == "vendor":
                raise api.refuse(403, "It was pulled from its vendor; change it there, then pull it again")
            _, revision = configs.save(tx, body, by=api.caller().mark, config_id=view.id)
            outcome = f"revision {revision}{', applied to booked ones' if to_booked else ''}"
            operator_actions.record(tx, api.caller().mark, "configs replace", str(view.id), outcome=outcome)
            fresh = _view(tx, view.id)
        moved = booked_changes.move(parts, view.id, revision) if to_booked else None
        with parts.database.begin() as tx:
            touched = plan_anew(tx, fresh)
        _ring(parts, touched)
        return _answer(parts, fresh, moved)

    @routes.delete(f"{PATH}/<config_id>")
    def delete(config_id: str) -> Response:
        with parts.database.begin() as tx:
            view = _mine(_found(tx, config_id))
            configs.delete(tx, view.id)
            operator_actions.record(tx, api.caller().mark, "configs delete", str(view.id))
            touched = plan_anew(tx, view)
        _ring(parts, touched)
        return _answer(parts, view)

    return routes


def checked(said: Any, view: View | None = None) -> dict[str, Any]:
    """The body, held to the documented shape, its texts tried before anybody gets one.

    It may be an answer that somebody has edited: what only the server writes says nothing then, as long as the id is
    the replaced one's (`view`).
    """
    if isinstance(said, dict):
        if view is not None and str(said.get("id", view.id)).lower() != str(view.id):
            raise api.invalid([OTHER_ID], **NO_RECORDS)
        said = {key: value for key, value in said.items() if key not in SERVER_WRITTEN}
    body = api.load(REQUEST, said, **NO_RECORDS)
    _refuse(config_review.problems(body), expected="a template", received="string")
    return body


def _refuse_out_of_reach(parts: Parts, view: View, body: dict[str, Any]) -> None:
    """What nobody could be told is refused when it is saved, not skipped when it is due."""
    known = parts.settings.connections
    for name in sorted({each.connection for each in view.assigned} & set(known)):
        wrong = reach.problems({**body, "id": str(view.id)}, known[name])
        _refuse(wrong, expected="an action that somebody can be told", received="object")


def _refuse(wrong: list[tuple[config_review.Place, str]], *, expected: str, received: str) -> None:
    if wrong:
        told = [complaint(place, why, expected=expected, received=received, code="custom") for place, why in wrong]
        raise api.invalid(told, **NO_RECORDS)


def plan_anew(tx: Connection, view: View) -> list[str]:
    """Have everything planned anew that the config may plan for. Workers do it: it may be a hundred thousand."""
    touched = sorted({each.connection for each in view.assigned})
    for name in touched:
        sync_requests.ask(tx, name, [Ref("plan", "")], "operator")
    return touched


def _ring(parts: Parts, touched: list[str]) -> None:
    for name in touched:
        parts.bell.ring(names.APPOINTMENTS_SYNC, name)


def _found(tx: Connection, config_id: str) -> View:
    view = config_views.one(tx, UUID(config_id)) if re.match(PATTERN, config_id) else None
    if view is None or not _may_see(view):
        raise api.refuse(404, "Appointment config not found")
    return view


def _view(tx: Connection, identity: UUID) -> View:
    view = config_views.one(tx, identity)
    if view is None:
        raise AssertionError("a config that was just saved is there")
    return view


def _may_see(view: View) -> bool:
    """A key of one connection sees what is assigned there, and what it made itself."""
    who = api.caller()
    theirs = {each.connection for each in view.assigned}
    return who.connection is None or who.connection in theirs or (not theirs and view.created_by == who.mark)


def _mine(view: View) -> View:
    """A key of one connection changes nothing that others are texted by."""
    who = api.caller()
    if who.connection is not None and {each.connection for each in view.assigned} - {who.connection}:
        raise api.refuse(403, "Other connections use this appointment config too")
    return view


def _answer(parts: Parts, view: View, to_booked: dict[str, Any] | None = None) -> Response:
    config = shown(view, parts.settings.public_url)
    if to_booked is not None:
        config["punctual"]["applyToBooked"] = to_booked
    return jsonify({"appointmentConfig": config})
