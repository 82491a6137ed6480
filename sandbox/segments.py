"""How many SMS a text is, counted from the standard (3GPP TS 23.038): 160 or 153 septets, or 70 or 67 UTF-16 units."""

BASIC = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = set("^{}\\[~]|€\f")  # two septets each


def segments(text: str) -> int:
    if set(text) <= BASIC | EXTENDED:
        length, alone, joined = sum(2 if letter in EXTENDED else 1 for letter in text), 160, 153
    else:
        length, alone, joined = len(text.encode("utf-16-le")) // 2, 70, 67
    return 1 if length <= alone else -(-length // joined)
