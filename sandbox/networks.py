"""The SMS networks side by side: a text to a sender number goes to the network that the number belongs to."""

from typing import ClassVar, Protocol

from sandbox.refusal import Record, no
from sandbox.world import World


class Network(Protocol):
    name: ClassVar[str]

    def reply(self, phone: str, sent: Record) -> Record:
        """Somebody texts from `phone` to a sender number of this network."""
        ...


class Networks:
    def __init__(self, world: World, *networks: Network) -> None:
        self.world = world
        self._named = {each.name: each for each in networks}

    def reply(self, phone: str, sent: Record) -> Record:
        recipient = sent.get("to")
        if not isinstance(recipient, str) or not isinstance(sent.get("body"), str):
            raise no('a reply needs "to" (a sender number) and "body"')
        tenant = self.world.owner_of(recipient)
        if tenant is None:
            raise no(f"no SMS tenant has the number {recipient}", 404)
        return self._named[tenant.vendor].reply(phone, sent)
