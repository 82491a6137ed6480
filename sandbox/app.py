"""All parts put together: the vendors, the SMS networks, the control API, the callback sinks and the page."""

from pkgutil import resolve_name

from flask import Flask, Response, jsonify, request
from flask.json.provider import DefaultJSONProvider
from werkzeug.exceptions import HTTPException

from sandbox.callbacks import callbacks_blueprint
from sandbox.control import Control
from sandbox.edge import Edge
from sandbox.networks import Networks
from sandbox.page import Page
from sandbox.refusal import Refusal
from sandbox.sms import SmsNetwork
from sandbox.vendor import Vendor
from sandbox.vonage_sms import VonageSms
from sandbox.world import World

VENDORS = (
    "sandbox.carecycle:CareCycle",
    "sandbox.caspen:Caspen",
    "sandbox.pexip:Pexip",
    "sandbox.officeplace:OfficePlace",
)
LARGEST = 4 * 1024 * 1024  # bytes of a request


def create_app(world: World | None = None) -> Flask:
    world = world or World()
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST
    if isinstance(app.json, DefaultJSONProvider):
        app.json.sort_keys = False  # the documents have an order, and a diff against them should be short
    vendors: dict[str, Vendor] = {each.name: each(world) for each in map(resolve_name, VENDORS)}
    texting = SmsNetwork(world), VonageSms(world)
    network = Networks(world, *texting)
    edges: list[Edge] = [*vendors.values(), *texting]
    for edge in edges:
        for blueprint in edge.blueprints():
            app.register_blueprint(blueprint)
    control = Control(world, vendors, network)
    app.register_blueprint(control.blueprint())
    app.register_blueprint(callbacks_blueprint(world.sinks))
    app.register_blueprint(Page(world, vendors, network).blueprint())
    app.extensions["sandbox"] = world

    @app.errorhandler(Refusal)
    def refused(refusal: Refusal) -> Response:
        return refusal.response()

    @app.errorhandler(NotImplementedError)
    def unwritten(error: NotImplementedError) -> Response:
        """What a new vendor's emulation lacks so far, in its own words."""
        answer = jsonify({"error": str(error)})
        answer.status_code = 501
        return answer

    @app.errorhandler(HTTPException)
    def unserved(error: HTTPException) -> Response:
        """Unknown paths and methods, in the words of the vendor whose path it is."""
        status, message = error.code or 500, error.description or error.name
        for edge in edges:
            if request.path.startswith(tuple(f"{prefix}/" for prefix in edge.prefixes)):
                return Refusal(status, edge.words(status, message)).response()
        answer = jsonify({"error": message})
        answer.status_code = status
        return answer

    return app
