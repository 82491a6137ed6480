"""Ids in addresses. They come from records and webhooks, and must not lead anywhere else."""

from urllib.parse import quote

from rules.errors import NotFound


def segment(external_id: str) -> str:
    """One path segment. Raises `NotFound` for ids that no record can have: empty, and `..`, which a client resolves."""
    if external_id.strip(".") == "":
        raise NotFound("no such id")
    return quote(external_id, safe="")
