"""Refuses templates that tell people to reply STOP, CANCEL and the like for anything but opting out.

Those words belong to the carriers: whoever writes CANCEL to cancel an appointment gets no text any more, and keeps the
appointment. The test reads a sentence at a time and is meant to be understood, not to be clever.
"""

import re
import unicodedata

from rules.replies import opt_out_words
from texts.liquid import filled

REPLY = re.compile(
    r"\b(?:reply|replying|respond|answer|text|txt|send|write|type|"
    r"responda|responde|conteste|contesta|envie|envia|escriba|escribe|mande|manda|"
    r"repondez|reponds|repondre|envoyez|envoie|ecrivez|ecris|textez|"
    r"antworten|antworte|schreiben|schreibe|senden|sende|schicken|simsen|"
    r"antwoord|antwoordt|beantwoord|stuur|reageer|schrijf|sms)\b"
)

OPTING_OUT = re.compile(
    r"opt(?:ing)?[ -]?out|unsubscrib|no (?:more|longer)|\bto (?:end|quit|stop)\W*$"
    r"|= ?(?:end|quit|stop)\W*$"
    r"|(?:stop|quit|end|cancel) (?:receiving|getting)"
    r"|(?:stop|quit|end|cancel) (?:(?:all|these|our|the|any|future) )*(?:texts?|sms|messag|remind)"
    r"|(?:darse|dar|darte) de baja|deja\w* de recibir|no recibir|no mas (?:mensajes|sms)"
    r"|cancelar (?:los|la suscripcion)"
    r"|desabonn|desinscri|ne plus (?:en )?recevoir|(?:arreter|stopper) (?:les|de recevoir)|plus de (?:sms|messages)"
    r"|ab(?:zu)?meld|meld\w* (?:sie |du )?(?:sich|dich) ab|ab(?:zu)?bestell|aus(?:zu)?trag"
    r"|keine (?:weiteren |sms|nachrichten|erinnerung)|nicht mehr"
    r"|(?:sms|nachrichten) (?:zu )?(?:stoppen|beenden)"
    r"|af(?: te )?meld|meld\w* (?:u|je) (?:zich )?af|uit(?: te )?schrij|geen (?:sms|berichten|herinnering)|niet meer"
    r"|(?:sms|berichten) (?:te )?(?:stoppen|stopzetten)"
)

FOR = r"(?:to|para|pour|um|om|if|si|wenn|als)"

_SENTENCE = re.compile(r"[.!?;\n]+")
_MARKUP = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_NEXT_ANSWER = re.compile(rf"\b(?:or|o|ou|oder|of)\b|,(?!\s*{FOR}\b)|/", re.IGNORECASE)
"""Between two answers: `YES to confirm or STOP to opt out`."""
_BETWEEN = re.compile(r"\b(?:with|back|us|the|word|con|la|palabra|avec|le|mot|sie|mit|dem|wort|met|het|woord|an|a)\b")
_PURPOSE = re.compile(rf"\b{FOR}\b")
_OPENING, _CLOSING = set("\"'“‘«„"), set("\"'”’»“")
_ASKED_AFTER = re.compile(r"\W*\b(?:antwort\w*|antwoord\w*|zuruck\w*|senden|schreiben|schicken|sturen|terugsturen)\b")
"""German and Dutch may ask after the word: `mit STOP antworten, um ...`."""
_TOLD_AFTER = re.compile(rf"\W*(?:=|->|\b{FOR}\b)|{_ASKED_AFTER.pattern}")
_LEAD = re.compile(r"\W*(?:(?:please|just|use|press|bitte)\W*)*")
_TOLD_BEFORE = re.compile(r"(?:\b(?:with|by|con|avec|mit|per|met)|[:=])\W*$")
"""How a word in capitals is offered where nobody is asked before it: `CANCEL to cancel`, `mit STOP antworten`."""

ONLY_STOP = frozenset({
    "stop", "stopall", "unsubscribe", "optout", "arret", "stopp", "alto", "baja", "desabonner", "desinscrire",
    "abmelden", "abbestellen", "afmelden", "uitschrijven",
})  # fmt: skip
"""Words with only one purpose, which need not be told. `Reply CANCEL.` would be taken for the appointment's."""


def invites_opt_out(template: str) -> str | None:
    """Why the template is refused, as a sentence for its author; None when it may be used."""
    # Every branch as it is written, and the whole as it is sent: a word may be assigned, or printed as a constant.
    written, sent = _plain(_MARKUP.sub(" _ ", template)), _plain(filled(template, "_"))
    for sentence in _SENTENCE.split(f"{written}\n{sent}"):
        asked = REPLY.search(sentence.lower())
        for word, purpose in _answers(sentence, asked.end() if asked else len(sentence)):
            is_bare = not purpose and word.lower() in ONLY_STOP
            if not is_bare and not OPTING_OUT.search(purpose.lower()):
                return (
                    f"It tells people to reply {word.upper()}, which opts them out of all texts. "
                    "Use another word, for example C to confirm or R to reschedule."
                )
    return None


def _answers(sentence: str, start: int) -> list[tuple[str, str]]:
    """Each opt-out word that is offered as an answer, with what the sentence says it is for."""
    offered = [match for match in re.finditer(r"[A-Za-z]+", sentence) if _is_offered(sentence, match, start)]
    found: list[tuple[str, str]] = []
    after = None
    for match in reversed(offered):
        purpose = _purpose(sentence, match, start)
        if not purpose and after and _NEXT_ANSWER.fullmatch(sentence[match.end() : after.start()].strip()):
            purpose = found[-1][1]  # "CANCEL or QUIT to unsubscribe": both are for the same
        found.append((match.group(), purpose))
        after = match
    return found[::-1]


def _is_offered(sentence: str, match: re.Match[str], start: int) -> bool:
    """In capitals, in quotes, or straight after the request, which ends at `start`."""
    if match.group().lower() not in opt_out_words():
        return False
    quoted = sentence[match.start() - 1 : match.start()] in _OPENING and sentence[match.end() :][:1] in _CLOSING
    stands_out = quoted or (match.group().isupper() and not sentence.isupper())
    if match.start() >= start:
        return stands_out or not re.search("[a-z]", _BETWEEN.sub("", sentence[start : match.start()].lower()))
    before, after = sentence[: match.start()].lower(), sentence[match.end() :].lower()
    is_first = _LEAD.fullmatch(_NEXT_ANSWER.split(before)[-1])  # "we will CANCEL if you are late" offers nothing
    return stands_out and bool((is_first and _TOLD_AFTER.match(after)) or _TOLD_BEFORE.search(before))


def _purpose(sentence: str, match: re.Match[str], start: int) -> str:
    """What follows the word up to the next answer; where nothing does, what stands before it."""
    after = _ASKED_AFTER.sub("", _NEXT_ANSWER.split(sentence[match.end() :])[0].lower(), count=1)
    if re.search("[A-Za-z]{2}", after):
        return after
    if match.start() >= start:
        before = sentence[:start]
        return before if _PURPOSE.search(before.lower()) else ""
    before = _BETWEEN.sub("", _NEXT_ANSWER.split(sentence[: match.start()])[-1].lower())
    return before if re.search("[a-z]{2}", before) else ""


def _plain(text: str) -> str:
    """Without accents, so that one spelling is enough."""
    return "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
