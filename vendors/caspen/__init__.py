"""Caspen: practice management. Read one record or page through all; no webhooks are documented."""
