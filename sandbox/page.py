"""What a person sees: appointments with forms to book and change them, and phones with a field to answer."""

from flask import Blueprint

from sandbox.sms import SmsNetwork
from sandbox.vendor import Vendor
from sandbox.world import World


class Page:
    def __init__(self, world: World, vendors: dict[str, Vendor], network: SmsNetwork) -> None:
        self.world, self.vendors, self.network = world, vendors, network

    def blueprint(self) -> Blueprint:
        return Blueprint("page", __name__)
