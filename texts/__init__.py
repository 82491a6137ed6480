"""What a text says: Liquid, strict, from a closed list of plain values; dates in words; what it costs in segments."""

from rules.segments import Segments, foreign, segments
from texts.answers import Line, Own, answer_text, check_answer
from texts.examples import example, longest
from texts.facts import Facts, values_for
from texts.invites import invites_opt_out
from texts.liquid import TemplateProblem, check, needs, render, variables
from texts.names import VARIABLES

__all__ = [
    "VARIABLES",
    "Facts",
    "Line",
    "Own",
    "Segments",
    "TemplateProblem",
    "answer_text",
    "check",
    "check_answer",
    "example",
    "foreign",
    "invites_opt_out",
    "longest",
    "needs",
    "render",
    "segments",
    "text_for",
    "values_for",
    "variables",
]


def text_for(template: str, facts: Facts) -> str:
    """The whole way from a template to what is sent. Raises `TemplateProblem`."""
    return render(template, values_for(facts, template), language=facts.language)
