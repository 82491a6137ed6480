"""Pexip Engage: enterprise scheduling. Documented webhooks, filters, actions and OAuth2."""
