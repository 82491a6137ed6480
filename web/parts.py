"""What the views work with, chosen once when the app is made."""

from dataclasses import dataclass

from runtime.settings import Settings
from store.engine import Database
from web.bell import Bell
from web.tallies import Tallies
from web.writer import Writer


@dataclass(frozen=True, slots=True)
class Parts:
    """`writer` and `tallies` have connections of their own: a slow page must not hold up a webhook."""

    settings: Settings
    database: Database
    writer: Writer
    tallies: Tallies
    bell: Bell
