"""What is wrong with the texts of a config, and what they cost: asked by the API and by the command line alike."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from schemas.appointment_rules import to_rules
from schemas.workflow_parts import MOST_SEGMENTS
from texts import TemplateProblem, check, example, foreign, invites_opt_out, longest, segments, text_for
from texts.facts import Facts

Place = tuple[str | int, ...]


def problems(body: Mapping[str, Any]) -> list[tuple[Place, str]]:
    """Where a text is wrong and why, with line and column. `body` has passed the strict schema."""
    return [(place, problem) for place, template in _templates(body) for problem in _of(template)]


def texts(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each text with an ordinary and with the dearest values, as `TextCost` has it. Stored bodies may hold anything.

    A template that makes no text of these values is left out: `problems`, or `not_executable`, tells of it.
    """
    found = []
    for workflow in to_rules(body).workflows:
        for language, template in ((None, workflow.template), *workflow.templates) if workflow.texts else ():
            ordinary, worst = cost(template, example(language or "en")), cost(template, longest(language or "en"))
            if ordinary is not None and worst is not None:
                found.append({"workflowId": workflow.id, "language": language, "example": ordinary, "worst": worst})
    return found


def cost(template: str, facts: Facts) -> dict[str, Any] | None:
    """The text and its parts, as `Cost` has it; None where the template makes none of these facts."""
    try:
        text = text_for(template, facts)
    except TemplateProblem:
        return None
    counted = segments(text)
    return {
        "text": text,
        "encoding": counted.encoding,
        "segments": counted.count,
        "units": counted.units,
        "foreign": foreign(text),
    }


@dataclass(frozen=True, slots=True)
class _Template:
    source: str
    language: str
    most_segments: int


def _templates(body: Mapping[str, Any]) -> Iterator[tuple[Place, _Template]]:
    """Each template with its place."""
    for index, workflow in enumerate(body.get("workflows", ())):
        action = workflow["action"]
        if action["type"] != "sms":
            continue
        place: Place = ("workflows", index, "action")
        most = action.get("maxSegments", MOST_SEGMENTS)
        yield (*place, "template"), _Template(action["template"], "en", most)
        for language, template in sorted(action.get("templates", {}).items()):
            yield (*place, "templates", language), _Template(template, language, most)


def _of(template: _Template) -> list[str]:
    wrong = [str(each) for each in check(template.source)]
    if refusal := invites_opt_out(template.source):
        wrong.append(refusal)
    if wrong:
        return wrong
    worst = cost(template.source, longest(template.language))
    if worst is not None and worst["segments"] > template.most_segments:
        count, most = worst["segments"], template.most_segments
        return [f"It may take {count} segments, at most {most} are allowed (maxSegments)."]
    return []
