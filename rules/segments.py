"""How many billed parts a text has, and why. Exact, because people pay for every part.

GSM 03.38 (3GPP TS 23.038): a text whose characters are all in the basic table or its extension is sent in 7-bit units,
an extension character takes two. One character outside them sends the whole text as UCS-2, in 16-bit units. A text of
more than one part spends 7 or 3 units of each part on the header that joins them, and no part ends in the middle of
an escape or a surrogate pair.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = frozenset("\f^{}\\[~]|€")
GSM7 = BASIC | EXTENSION

ALONE = {"gsm7": 160, "ucs2": 70}
JOINED = {"gsm7": 153, "ucs2": 67}

Encoding = Literal["gsm7", "ucs2"]


@dataclass(frozen=True, slots=True)
class Segments:
    """`units` are septets for gsm7 and 16-bit units for ucs2. An empty text has no segment."""

    encoding: Encoding
    count: int
    units: int


def segments(body: str) -> Segments:
    """Encoding, number of billed parts and units of a text as the networks count them."""
    letters = set(body)
    encoding: Encoding = "gsm7" if letters <= GSM7 else "ucs2"
    wide = letters & EXTENSION if encoding == "gsm7" else {letter for letter in letters if letter > "\uffff"}
    units = len(body) + (sum(letter in wide for letter in body) if wide else 0)
    if units <= ALONE[encoding]:
        return Segments(encoding, 1 if units else 0, units)
    if wide:
        return Segments(encoding, _packed((2 if letter in wide else 1 for letter in body), JOINED[encoding]), units)
    return Segments(encoding, -(-units // JOINED[encoding]), units)


def foreign(body: str) -> list[str]:
    """The characters that make a text UCS-2, in order of appearance: what to replace to pay less."""
    return list(dict.fromkeys(letter for letter in body if letter not in GSM7))


def _packed(widths: Iterable[int], room: int) -> int:
    """Parts needed when no character may be split over two of them."""
    count, left = 1, room
    for width in widths:
        if width > left:
            count, left = count + 1, room
        left -= width
    return count
