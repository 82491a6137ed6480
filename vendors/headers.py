"""Headers whose names are lower case, made once per request: each look at them would make a copy of its own."""

from collections.abc import Mapping


class Lowered(dict[str, str]):
    """Every name is lower case."""


def lowered(headers: Mapping[str, str]) -> Lowered:
    """The same headers; these very ones where they are lower case already."""
    if isinstance(headers, Lowered):
        return headers
    return Lowered((str(name).lower(), str(value)) for name, value in headers.items())
