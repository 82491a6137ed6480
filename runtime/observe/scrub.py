"""Takes out what looks private. A net below the rule that nothing private is logged, not a substitute for it."""

import re
from collections.abc import Mapping
from typing import Any

_PATTERNS = (
    (re.compile(r"(?<=://)[^/\s@]*:[^/\s@]*@"), "<credentials>@"),
    (re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+"), "<email>"),
    (re.compile(r"\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{6,}", re.IGNORECASE), r"\1 <secret>"),
    (re.compile(r"\bwhsec_[A-Za-z0-9+/=]+"), "<secret>"),
    # International, as E.164 or with the separators people write; then national ones with their leading zero.
    (re.compile(r"(?:\+|%2B|\b00)[1-9](?:[\s().-]{0,2}[0-9]){6,14}", re.IGNORECASE), "<number>"),
    (re.compile(r"(?<![\w.:-])0[1-9](?:[\s/-]?[0-9]){6,11}(?![\w.:-])"), "<number>"),
)
DEEPEST = 6


def scrub(value: Any, depth: int = 0) -> Any:
    """The same value with e-mail addresses, telephone numbers and secrets replaced, in every string inside it."""
    if isinstance(value, str):
        for pattern, shown in _PATTERNS:
            value = pattern.sub(shown, value)
        return value
    if value is None or isinstance(value, bool | int | float):
        return value
    if depth >= DEEPEST:
        return "<deep>"
    if isinstance(value, Mapping):
        return {scrub(str(key)): scrub(each, depth + 1) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [scrub(each, depth + 1) for each in value]
    if isinstance(value, BaseException):
        return type(value).__name__  # what it says may quote a row
    return scrub(str(value))
