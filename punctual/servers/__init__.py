"""A real PostgreSQL and a real Valkey from wheels, as children of whoever starts them; no second code path."""

from punctual.servers.postgres import EmbeddedPostgres
from punctual.servers.process import ServerError
from punctual.servers.valkey import EmbeddedValkey

__all__ = ["EmbeddedPostgres", "EmbeddedValkey", "ServerError"]
