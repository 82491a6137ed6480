"""What a reply means, from its words alone. Pure, and biased in one direction: what may be an opt-out is one.

Who asked what, and whether the prompt is still open, is decided elsewhere. What is not clear is `OTHER`: a person reads
it. See `reply_words` for the tables.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from rules import reply_words as words


class Reply(StrEnum):
    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    HELP = "help"
    CONFIRM = "confirm"
    DECLINE = "decline"
    RESCHEDULE = "reschedule"
    CANCEL = "cancel"
    """A connection's own cancel word; the tables never say it (`says`)."""
    OTHER = "other"


LONGEST = 2_000  # characters read: longer than the 10 parts an SMS may have in GSM-7 (1,530); the rest is noise
LONGEST_PHRASE = 6  # words of the longest phrase in the tables

_WORD = re.compile(r"[a-z0-9]+")
_APOSTROPHES = re.compile(r"['’‘ʼ`´]")
_FILLERS = words.POLITE | words.ABOUT

Phrases = Mapping[tuple[str, ...], Reply]


def meaning(body: str, language: str | None = None) -> Reply:
    """What a text from a person asks for. `language` is a tag such as `es` or `es-MX`; None: all are tried.

    Words of the given language count first, then English, then whatever the other languages agree on.
    """
    said = _words(body[:LONGEST])
    if not said:
        return Reply.OTHER
    if _opts_out(said):
        return Reply.OPT_OUT
    is_question = "?" in body[:LONGEST]
    for table in _tables((language or "").replace("_", "-").split("-")[0].lower()):
        found = table.read(said)
        unsure = is_question and (found is Reply.CONFIRM or len(said) == 1)
        if found is not None and not unsure:
            return found
    return Reply.OTHER


def says(body: str, phrases: Iterable[str]) -> bool:
    """Whether a text is one of a connection's own words, with nothing but manners around it."""
    said = _words(body[:LONGEST])
    for phrase in map(_words, phrases):
        # `X` is also a kiss: a word that people add to anything counts only by itself.
        around = frozenset() if words.POLITE & set(phrase) else words.POLITE
        if phrase and "?" not in body[:LONGEST] and [word for word in said if word not in around] == phrase:
            return True
    return False


def number_said(body: str) -> int | None:
    """The number that answers a numbered question: `2`, `#2`, `yes, 2 please`. None when it may be anything else."""
    said = _words(body[:LONGEST])
    figures = [word for word in said if word.isdigit()]
    rest = {word for word in said if not word.isdigit()}
    if len(figures) != 1 or len(figures[0]) > 2 or len(said) > LONGEST_PHRASE or "?" in body[:LONGEST]:
        return None
    return int(figures[0]) if rest <= (words.POLITE | words.BESIDE_A_NUMBER) - {"from"} else None


def _words(body: str) -> list[str]:
    """Lower case, no accents, no punctuation, no emoji; `can't` is `cant`, `S.T.O.P.` is `stop`."""
    if not body.isascii():
        body = unicodedata.normalize("NFKD", body)
        body = "".join(letter for letter in body if not unicodedata.combining(letter))
    found = _WORD.findall(_APOSTROPHES.sub("", body.casefold()))
    if len(found) > 2 and all(len(word) == 1 for word in found):
        return ["".join(found)]
    return found


def _opts_out(said: Sequence[str]) -> bool:
    """STOP and its kin in every language, first word or last, or all there is."""
    meant = [word for word in said if word not in words.POLITE]
    if len(meant) == 1 and meant[0] in opt_out_words():
        return True
    if meant and meant[0] in _stop_words() and meant[1:2] != ["by"]:
        return True
    if meant and meant[-1] in _stop_words() and set(meant[:-1]) <= _assents():
        return True
    return any(_found_at(said, phrase) for phrase in _opt_out_phrases())


@dataclass(frozen=True)
class _Table:
    """One reading of the tables. Only a language that was expected is read inside sentences."""

    phrases: Phrases
    reads_sentences: bool = True
    refusals: tuple[tuple[str, ...], ...] = ()

    def read(self, said: Sequence[str]) -> Reply | None:
        """Every word accounted for, or a wish that counts inside a sentence. None: not clear."""
        found, rest = self.cover(said)
        if not rest and len(found) == 1:
            return next(iter(found))
        if not self.reads_sentences:
            return None
        if self.asks_to_move(said):
            return Reply.RESCHEDULE
        # Whole phrases only: "no" proves nothing in "no idea where you are".
        if Reply.CONFIRM not in found and any(_found_at(said, phrase) for phrase in self.refusals):
            return Reply.DECLINE
        return None

    def cover(self, said: Sequence[str]) -> tuple[set[Reply], list[str]]:
        """What the longest phrases from the left say, and the words that nothing accounts for."""
        found: set[Reply] = set()
        rest: list[str] = []
        at, letters = 0, sum(len(word) == 1 for word in said)
        while at < len(said):
            for size in range(min(LONGEST_PHRASE, len(said) - at), 0, -1):
                reply = self.phrases.get(tuple(said[at : at + size]))
                is_chat = size == 1 == len(said[at]) and letters > 1  # "r u there" asks for no other time
                if reply is not None and not is_chat:
                    found.add(reply)
                    at += size
                    break
            else:
                if said[at] not in _FILLERS:
                    rest.append(said[at])
                at += 1
        return found, rest

    def asks_to_move(self, said: Sequence[str]) -> bool:
        """Whether a reschedule phrase stands there and is not ruled out: `I do not need to reschedule`."""
        return any(
            self.phrases.get(tuple(said[at : at + size])) is Reply.RESCHEDULE
            # One letter is an answer only by itself, and "no" is one too: "No, I need to reschedule".
            and (size > 1 or len(said[at]) > 1)
            and not (words.NOT - {"no"}) & set(said[max(0, at - 3) : at])
            for at in range(len(said))
            for size in range(1, LONGEST_PHRASE + 1)
        )


def _found_at(said: Sequence[str], phrase: Sequence[str]) -> bool:
    """Whether a phrase stands in the text, and no `not` in the two words before it."""
    size = len(phrase)
    return any(
        tuple(said[at : at + size]) == tuple(phrase) and not words.NOT & set(said[max(0, at - 2) : at])
        for at in range(len(said) - size + 1)
        if said[at] == phrase[0]
    )


@cache
def _tables(language: str) -> tuple[_Table, ...]:
    """The tables to ask, in order."""
    order = [tag for tag in dict.fromkeys((language, "en")) if tag in words.LANGUAGES] if language else []
    others = [tag for tag in words.LANGUAGES if tag not in order]
    known = [_Table(phrases, refusals=_refusals(phrases)) for phrases in map(_phrases, order)]
    rest = _agreed(others)
    return (*known, _Table(rest, reads_sentences=not order, refusals=_refusals(rest)))


def _refusals(phrases: Phrases) -> tuple[tuple[str, ...], ...]:
    return tuple(key for key, reply in phrases.items() if reply is Reply.DECLINE and len(key) > 1)


def _phrases(language: str) -> Phrases:
    return {
        tuple(phrase.split()): reply
        for reply, table in (
            (Reply.CONFIRM, words.CONFIRM),
            (Reply.DECLINE, words.DECLINE),
            (Reply.RESCHEDULE, words.RESCHEDULE),
            (Reply.OPT_IN, words.OPT_IN),
            (Reply.HELP, words.HELP),
        )
        for phrase in table[language]
    }


def _agreed(languages: Iterable[str]) -> Phrases:
    """What several languages say, without what they disagree on; one letter is nobody's word but its own language's."""
    agreed: dict[tuple[str, ...], Reply] = {}
    disputed: set[tuple[str, ...]] = set()
    for language in languages:
        for phrase, reply in _phrases(language).items():
            if phrase == (phrase[0][0],) and language != "en":
                continue
            if agreed.setdefault(phrase, reply) is not reply:
                disputed.add(phrase)
    return {phrase: reply for phrase, reply in agreed.items() if phrase not in disputed}


@cache
def _stop_words() -> frozenset[str]:
    return frozenset().union(*words.STOP_WORDS.values())


@cache
def opt_out_words() -> frozenset[str]:
    """Every single word that opts out when it is all that is written, of all languages."""
    return _stop_words().union(*words.ALONE_WORDS.values())


@cache
def _opt_out_phrases() -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(phrase.split()) for phrases in words.OPT_OUT_PHRASES.values() for phrase in phrases)


@cache
def _assents() -> frozenset[str]:
    """Words that may stand before a STOP without changing it: `ok stop`, `no stop`, `I want this to stop`."""
    answers = {phrase for table in (words.CONFIRM, words.DECLINE) for each in table.values() for phrase in each}
    return frozenset(answers | _FILLERS | {"i", "want", "to", "said"})
