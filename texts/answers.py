"""The text of an answer: the connection's own words for it, else ours in the person's language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from rules.answers import AnswerKind
from texts import liquid, words
from texts.answer_words import ANSWERS
from texts.facts import Facts, clean, values_for
from texts.invites import invites_opt_out

Own = Mapping[str, Mapping[str, str]]
"""A connection's own words: kind -> language, or "" for every language -> template."""

ALWAYS = frozenset({"contact", "practice.name", "language"})
ABOUT_ONE = ALWAYS | {"appointment.date", "appointment.time", "appointment.weekday", "appointment.zone"}
NAMES: Mapping[AnswerKind, frozenset[str]] = {
    AnswerKind.WHICH: ALWAYS | {"choices"},
    AnswerKind.MOVED: ABOUT_ONE,
    AnswerKind.CONFIRMED: ABOUT_ONE,
    AnswerKind.CANCEL_PASSED_ON: ABOUT_ONE,
}
"""What each kind may name; the others only `ALWAYS`, because they may be about no appointment at all."""
SHORTEST_SET = {AnswerKind.WHICH: frozenset({"choices"}), AnswerKind.MOVED: frozenset({"appointment.time"})}
"""What must be named, or the answer would ask nothing."""


@dataclass(frozen=True, slots=True)
class Line:
    """An appointment as an answer names it. `first_name` is only given where two people share the number."""

    starts_at: datetime
    zone: str
    zone_is_guess: bool = False
    first_name: str = ""


def answer_text(
    kind: AnswerKind, language: str, own: Own, *, practice: str, contact: str, lines: Sequence[Line] = ()
) -> str:
    """What is sent. Raises `TemplateProblem` when a template of the connection's own cannot be rendered."""
    template, tongue = template_for(kind, language, own)
    values = {
        "practice": {"name": clean(practice)},
        "contact": clean(contact).rstrip("."),
        "language": words.locale_of(tongue).language,
        "choices": "\n".join(f"{number}) {_named(line, tongue)}" for number, line in enumerate(lines, 1)),
    }
    if len(lines) == 1:
        values |= {"appointment": values_for(_facts(lines[0], tongue), template)["appointment"]}
    return liquid.render(template, values, language=tongue)


def template_for(kind: AnswerKind, language: str, own: Own) -> tuple[str, str]:
    """The template and the language that its dates are written in."""
    tag = language.replace("_", "-").lower()
    short = tag.partition("-")[0]
    mine = own.get(kind, {})
    for each in (tag, short, ""):
        if each in mine:
            return mine[each], language
    ours = ANSWERS[kind]
    return (ours[short], language) if short in ours else (ours[words.FALLBACK], words.FALLBACK)


def check_answer(kind: AnswerKind, template: str) -> list[str]:
    """What is wrong with a connection's own template."""
    allowed = NAMES.get(kind, ALWAYS)
    problems = [str(problem) for problem in liquid.check(template, allowed)]
    problems += [invites_opt_out(template) or ""]
    missing = SHORTEST_SET.get(kind, frozenset()) - liquid.variables(template)
    return [*filter(None, problems), *(f"it must say {{{{ {name} }}}}" for name in sorted(missing))]


def _named(line: Line, language: str) -> str:
    """`Anna, March 3, 2:30 PM`."""
    local = line.starts_at.astimezone(ZoneInfo(line.zone))
    time = words.time_in_words(local.time(), language)
    zone = f" {words.zone_in_words(local, language)}" if line.zone_is_guess else ""
    name = f"{clean(line.first_name)}, " if line.first_name else ""
    return f"{name}{words.date_in_words(local.date(), language)}, {time}{zone}"


def _facts(line: Line, language: str) -> Facts:
    return Facts(starts_at=line.starts_at, zone=line.zone, zone_is_guess=line.zone_is_guess, language=language)
