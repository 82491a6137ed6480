"""Liquid, as strict as it can be: whatever cannot be right is refused when a config is saved, with its place.

The set of tags and filters is closed. There are no lists among the values, so there are no loops; `date` is left out
because `{{ "now" | date }}` would ask the machine's clock and zone.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import lru_cache, wraps
from typing import Any

from liquid import BoundTemplate, Environment, StrictUndefined
from liquid.builtin.expressions import FilteredExpression, Path
from liquid.builtin.output import OutputNode
from liquid.exceptions import FilterValueError, LiquidError
from liquid.static_analysis import TemplateAnalysis

from texts.names import VARIABLES, tree

TAGS = frozenset({
    "if", "unless", "case", "assign", "capture", "comment", "raw", "echo", "#",
    "content", "output", "illegal",  # not written by anyone: how the library names plain text and {{ }}
})  # fmt: skip

FILTERS = frozenset({
    "append", "capitalize", "default", "downcase", "lstrip", "prepend", "remove", "remove_first", "replace",
    "replace_first", "rstrip", "slice", "strip", "strip_newlines", "truncate", "truncatewords", "upcase",
})  # fmt: skip

LONGEST_TEMPLATE = 4_000  # characters of source; a text has at most 1,600 at Twilio
LONGEST_TEXT = 8_000  # rendered, or made by one filter


UNSENDABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
"""Control characters other than tabs and line ends, and lone surrogates, which JSON can hold and UTF-8 cannot."""

UNREADABLE = (LiquidError, RecursionError)  # the library descends once per `and` of a condition


class TemplateProblem(Exception):
    """What is wrong with a template, and where. Lines and columns count from 1."""

    def __init__(self, line: int, column: int, message: str) -> None:
        super().__init__(f"line {line}, column {column}: {message}")
        self.line = line
        self.column = column
        self.message = message

    def __eq__(self, other: object) -> bool:
        return isinstance(other, TemplateProblem) and self.args == other.args

    def __hash__(self) -> int:
        return hash(self.args)


def _bounded(apply: Callable[..., Any]) -> Callable[..., Any]:
    """A filter that may not make much out of little: `replace` after `replace` grows by powers."""

    @wraps(apply)
    def bounded(*args: Any, **kwargs: Any) -> Any:
        made = apply(*args, **kwargs)
        if isinstance(made, str) and len(made) > LONGEST_TEXT:
            raise FilterValueError(f"the text is longer than {LONGEST_TEXT} characters", token=None)
        return made

    return bounded


class _Strict(Environment):
    output_stream_limit = LONGEST_TEXT
    local_namespace_limit = 10 * LONGEST_TEXT
    block_nesting_limit = 10

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        """Only what is on the closed lists."""
        super().setup_tags_and_filters(extra=extra)
        self.tags = {name: tag for name, tag in self.tags.items() if name in TAGS}
        self.filters = {name: _bounded(apply) for name, apply in self.filters.items() if name in FILTERS}


_ENVIRONMENT = _Strict(undefined=StrictUndefined)


def render(template: str, values: Mapping[str, Any], *, language: str = "en") -> str:
    """The text. Raises `TemplateProblem`, also for one that renders to nothing: an empty SMS helps nobody.

    `language` stands in for `values["language"]` where that is missing.
    """
    template = UNSENDABLE.sub("", template)
    try:
        text = _parse(template).render({"language": language.split("-", maxsplit=1)[0], **values})
    except UNREADABLE as error:
        raise _problem(template, error) from None
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise TemplateProblem(1, 1, "the text is empty")
    return text


def check(template: str, names: Collection[str] = VARIABLES) -> list[TemplateProblem]:
    """Everything that can be known to be wrong before anybody is texted, in order of place. `names` may be used."""
    if len(template) > LONGEST_TEMPLATE:
        return [TemplateProblem(1, 1, f"the template is longer than {LONGEST_TEMPLATE} characters")]
    if unsendable := UNSENDABLE.search(template):
        return [TemplateProblem(*_place(template, unsendable.start()), "a character that no SMS can carry")]
    try:
        parsed = _parse(template)
        analysis = _analysis(template)
    except UNREADABLE as error:
        return [_problem(template, error)]
    problems = [
        TemplateProblem(*_place(template, index), f"{name[:60]} is not a variable that texts may use")
        for name, index in _used(analysis)
        if name not in names
    ]
    # The library looks filters up when it renders: one in a branch not taken would pass.
    problems += [
        TemplateProblem(*_place(template, span.index), f"there is no filter {name}")
        for name, spans in analysis.filters.items()
        if name not in FILTERS
        for span in spans
    ]
    return sorted(problems, key=lambda each: (each.line, each.column)) or _tried(template, parsed, names)


def filled(template: str, value: str) -> str:
    """The text with the same value for every variable it names; empty for a template that cannot be read."""
    try:
        return _parse(template).render(tree(value, variables(template)))
    except UNREADABLE:
        return ""


def variables(template: str) -> frozenset[str]:
    """The names a template uses, in any branch. A template that cannot be read uses none."""
    return _names(template)[0]


def needs(template: str) -> frozenset[str]:
    """The names that must not be empty: printed as they are, without `default`, and asked about in no condition."""
    return _names(template)[1]


@lru_cache(maxsize=1024)
def _parse(template: str) -> BoundTemplate:
    return _ENVIRONMENT.from_string(template)


@lru_cache(maxsize=1024)
def _names(template: str) -> tuple[frozenset[str], frozenset[str]]:
    try:
        used = frozenset(name for name, _ in _used(_analysis(template)))
        printed = frozenset(_printed(_parse(template)))
    except UNREADABLE:
        return frozenset(), frozenset()
    return used, printed & used


def _analysis(template: str) -> TemplateAnalysis:
    return _parse(template).analyze()


def _used(analysis: TemplateAnalysis) -> Iterator[tuple[str, int]]:
    for group in analysis.globals.values():
        for variable in group:
            yield str(variable), variable.span.index


def _printed(parsed: BoundTemplate) -> set[str]:
    """Names printed bare, less those that a condition asks about."""
    printed: set[str] = set()
    asked: set[str] = set()
    queue = list(parsed.nodes)
    while queue:
        node = queue.pop()
        for expression in node.expressions():
            if not isinstance(node, OutputNode):
                asked.update(str(path) for path in _paths(expression))
            elif isinstance(expression, FilteredExpression) and isinstance(expression.left, Path):
                filters = {each.name for each in expression.filters or ()}
                printed.update({str(expression.left)} if "default" not in filters else ())
        queue.extend(node.children(_context(parsed)))
    return printed - asked


def _paths(expression: Any) -> Iterator[Path]:
    if isinstance(expression, Path):
        yield expression
    for child in expression.children():
        yield from _paths(child)


def _context(parsed: BoundTemplate) -> Any:
    return parsed.context_class(parsed)


def _tried(template: str, parsed: BoundTemplate, names: Collection[str]) -> list[TemplateProblem]:
    """Rendered with values that are all there, and with values that are all empty: wrong arguments show only then."""
    for value in ("x", ""):
        try:
            text = parsed.render(tree(value, names))
        except UNREADABLE as error:
            return [_problem(template, error)]
        if value and not text.strip():
            return [TemplateProblem(1, 1, "the text is empty")]
    return []


def _problem(template: str, error: LiquidError | RecursionError) -> TemplateProblem:
    if isinstance(error, RecursionError):
        return TemplateProblem(1, 1, "the template is nested too deeply")
    token = error.token
    place = _place(template, token.start_index) if token is not None and token.start_index >= 0 else (1, 1)
    return TemplateProblem(*place, str(error.message or "the template cannot be read"))


def _place(template: str, index: int) -> tuple[int, int]:
    """Line and column of a position, both from 1."""
    before = template[:index]
    return before.count("\n") + 1, index - (before.rfind("\n") + 1) + 1
