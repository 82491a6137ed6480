import time

import pytest

from texts import check, needs, variables


@pytest.mark.parametrize(
    ("template", "line", "column", "part"),
    [
        ("{{ foo }}", 1, 4, "foo is not a variable"),
        ("Hi\n\n  {{ clientCustomer.nick }}", 3, 6, "clientCustomer.nick"),
        ("{{ clientCustomer }}", 1, 4, "clientCustomer is not"),
        ("{% if false %}{{ place.nane }}{% endif %}ok", 1, 18, "place.nane"),
        ("{{ practice.name | shout }}", 1, 20, "no filter shout"),
        ("{% if false %}{{ practice.name | shout }}{% endif %}ok", 1, 34, "no filter shout"),
        ("{{ 'now' | date: '%H' }}", 1, 12, "no filter date"),
        ("{{ now }}", 1, 4, "now is not"),
        ("{{ clientCustomer.firstName", 1, 1, "expected '}}'"),
        ("{{ practice.name }", 1, 1, "expected '}}'"),
        ("{% if practice.name %}open", 1, 1, "endif"),
        ("a\n{% endif %}", 2, 4, "endif"),
        ("{% for i in (1..9) %}x{% endfor %}", 1, 4, "for"),
        ("{% include 'x' %}", 1, 4, "include"),
        ("{{ practice.name | slice: 'a' }}", 1, 20, "integer"),
        ("", 1, 1, "empty"),
        (" \n ", 1, 1, "empty"),
        ("{% comment %}Hi{% endcomment %}", 1, 1, "empty"),
        ("Hi\n \x00", 2, 2, "no SMS"),
        ("Hi \ud83d", 1, 4, "no SMS"),
        ("x" * 5_000, 1, 1, "longer"),
        ("{{ " + "[" * 3_000, 1, 1, "expected '}}'"),
        ("{% if 1" + " and 1" * 650 + " %}a{% endif %}", 1, 1, ""),
    ],
)
def test_what_cannot_be_right_is_refused_with_its_place(template: str, line: int, column: int, part: str):
    problem = check(template)[0]
    assert (problem.line, problem.column) == (line, column)
    assert part in problem.message


@pytest.mark.parametrize(
    "template",
    [
        "Hi {{ clientCustomer.firstName }}",
        "Hi {{clientCustomer['firstName']}}",
        "Hi {{ clientCustomer.firstName | default: 'there' | capitalize }}",
        "{% assign who = clientCustomer.firstName %}Hi {{ who }}",
        "{%- if place.name != '' -%}At {{ place.name }}{%- else -%}See you{%- endif -%}",
        "{% case language %}{% when 'es' %}Hola{% else %}Hi{% endcase %}",
        "}} and { are text",
    ],
)
def test_what_can_be_right_is_accepted(template: str):
    assert check(template) == []


def test_all_unknown_names_are_told_at_once_in_order():
    assert [(each.line, each.column) for each in check("{{ b }}\n{{ a }} {{ b }}")] == [(1, 4), (2, 4), (2, 12)]


def test_variables_of_all_branches_are_known():
    template = "{% if place.name %}{{ place.address }}{% endif %}{{ practice.name | upcase }}"
    assert variables(template) == {"place.name", "place.address", "practice.name"}
    assert variables("{{ broken") == frozenset()


def test_case_83_a_template_tells_which_names_it_cannot_do_without():
    template = (
        "{{ clientCustomer.firstName | default: 'there' }} {{ practitioner.name }} "
        "{% if place.name %}{{ place.name }}{% endif %} {{ practice.name | upcase }}"
    )
    assert needs(template) == {"practitioner.name", "practice.name"}


def test_a_hostile_template_is_refused_quickly():
    began = time.perf_counter()
    check("{% if a %}" * 399)
    check("{{ 'x' | replace: 'x', 'xxxxxxxxxx'" + " | replace: 'x', 'xxxxxxxxxx'" * 100 + " }}")
    check("{% assign a = 'xxxxxxxxxx' %}" + "{% assign a = a | append: a %}" * 100 + "{{ a }}")
    assert time.perf_counter() - began < 2
