"""What a connection says about replies: its own words for answers, and which words cancel."""

import functools

from rules.answers import AnswerKind
from rules.replies import Reply, meaning, number_said
from runtime import checks
from runtime.reading import Table

LONGEST_WORDS = 3  # a cancel word is typed on a phone
MAY_CANCEL = frozenset({Reply.OTHER, Reply.DECLINE})
"""What a cancel word may mean by itself: nothing, or no."""


def answers(table: Table) -> dict[str, dict[str, str]]:
    """`[connections.NAME.answers]`: kind = "template", or kind = { de = "template" } by language."""
    inner = table.table("answers")
    found: dict[str, dict[str, str]] = {}
    for kind in AnswerKind:
        value = inner.raw(kind) if inner else None
        if inner is None or value is None:
            continue
        if isinstance(value, dict):
            found[kind] = _by_language(inner, kind)
        else:
            found[kind] = {"": inner.text(kind, check=functools.partial(_checked, kind))}
    if inner:
        inner.close()
    return found


def _by_language(inner: Table, kind: AnswerKind) -> dict[str, str]:
    languages = inner.table(kind)
    if languages is None:
        return {}
    found = {}
    for tag in languages.names():
        if problem := checks.language(tag):
            languages.complain(tag, f"expected {problem}")
        found[tag.lower()] = languages.text(tag, check=functools.partial(_checked, kind))
    return found


def _checked(kind: AnswerKind, template: str) -> str:
    """What was expected of a template, in the words of `runtime.checks`; "" when it may be used."""
    from texts import check_answer  # Liquid takes a while to import, and few files have words of their own

    problems = check_answer(kind, template) if template else ["it is empty"]
    return f"a template that can be rendered: {problems[0]}" if problems else ""


def cancel_words(table: Table) -> tuple[str, ...]:
    """Words such as `DROP`. What carriers take for an opt-out, or what means something else here, is refused."""
    found = table.texts("cancel_words", check=_cancel_word)
    if not found and table.raw("on_decline") == "write_back":
        table.complain("cancel_words", 'missing: on_decline = "write_back" needs the words that cancel')
    return found


def _cancel_word(word: str) -> str:
    means = meaning(word)
    if means is Reply.OPT_OUT:
        return "a word that does not opt people out of all texts, as carriers read this one"
    plain = word.strip()
    if not plain or len(plain.split()) > LONGEST_WORDS or not any(letter.isalnum() for letter in plain):
        return "a word to reply with, such as DROP"
    if means not in MAY_CANCEL or number_said(word) is not None:
        return "a word that means nothing else in a reply"
    return ""
