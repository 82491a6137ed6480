from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from texts import TemplateProblem, example, longest, render, segments, text_for, values_for
from texts.facts import LONGEST_VALUE, Facts, clean
from texts.liquid import LONGEST_TEXT

ANNA = example()


def test_the_documented_template_works():
    assert text_for("Hi {{clientCustomer.firstName}}, see you soon", ANNA) == "Hi Anna, see you soon"


def test_every_variable_has_its_value():
    template = (
        "{{clientCustomer.firstName}} {{clientCustomer.lastName}}|{{appointment.weekday}} {{appointment.date}} "
        "{{appointment.time}}-{{appointment.endTime}} {{appointment.zone}}|{{appointment.type}} {{appointment.mode}}|"
        "{{place.name}}, {{place.address}}, {{place.phone}}|{{practitioner.name}}|{{practice.name}}|{{language}}"
    )
    assert text_for(template, ANNA) == (
        "Anna Berg|Tuesday March 3 2:30 PM-3:00 PM UTC|Check-up in_person|"
        "North Clinic, 12 High Street, +1 202 555 0143|Dr. Lee|North Clinic|en"
    )


@pytest.mark.parametrize("name", ["{{ practice.name }}", "{% if true %}x{% endif %}", "{{ 7 | times: 7 }}", "{{", "{%"])
def test_liquid_in_a_name_is_text_and_nothing_else(name: str):
    assert text_for("Hi {{clientCustomer.firstName}}!", replace(ANNA, first_name=name)) == f"Hi {name}!"


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("Anna\nReply YES to pay", "Anna Reply YES to pay"),
        ("An\x00na\x1b[31m", "Anna[31m"),
        ("\u202eanna\u202c", "anna"),
        ("Anna\u2028Berg", "Anna Berg"),
        ("\ud800Anna", "Anna"),
        ("  Anna   Maria ", "Anna Maria"),
        ("Ame\u0301lie", "Amélie"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("x" * 10_000, "x" * LONGEST_VALUE),
        ("", ""),
    ],
)
def test_a_name_is_one_line_of_visible_letters(name: str, cleaned: str):
    assert clean(name) == cleaned


@given(st.text(alphabet=st.characters(codec=None, exclude_categories=()), max_size=200))
def test_whatever_is_in_a_name_the_text_can_be_sent(name: str):
    text = text_for("Hi {{clientCustomer.firstName}}!", replace(ANNA, first_name=name))
    text.encode()
    assert "\n" not in text
    assert len(text) <= LONGEST_VALUE + len("Hi !")


def test_a_template_that_renders_to_nothing_is_refused():
    with pytest.raises(TemplateProblem, match="empty"):
        text_for("{% if practitioner.name == 'nobody' %}x{% endif %}  \n", ANNA)


def test_an_unknown_variable_is_refused_when_rendered_too():
    with pytest.raises(TemplateProblem, match="line 2, column 4"):
        render("Hi\n{{ clientCustomer.nick }}", values_for(ANNA))


def test_a_filter_cannot_make_a_text_of_endless_length():
    bomb = "{{ 'x' | replace: 'x', 'xxxxxxxxxx'" + " | replace: 'x', 'xxxxxxxxxx'" * 12 + " }}"
    with pytest.raises(TemplateProblem, match=str(LONGEST_TEXT)):
        render(bomb, {})


def test_one_template_may_hold_several_languages():
    template = "{% if language == 'es' %}Hola{% else %}Hi{% endif %} {{clientCustomer.firstName}}"
    assert text_for(template, ANNA) == "Hi Anna"
    assert text_for(template, replace(ANNA, language="es-MX")) == "Hola Anna"


def test_windows_line_ends_and_outer_blanks_cost_nothing():
    assert render(" Hi\r\nthere \n", {}) == "Hi\nthere"


def test_what_no_sms_can_carry_is_left_out():
    assert render("Hi\x00 \ud83dAnna", {}) == "Hi Anna"


def test_case_23_a_guessed_zone_stands_beside_the_time():
    facts = Facts(starts_at=datetime(2026, 7, 1, 18, 30, tzinfo=UTC), zone="America/New_York", zone_is_guess=True)
    assert text_for("At {{appointment.time}}", facts) == "At 2:30 PM EDT"
    assert text_for("At {{appointment.time}} ({{appointment.zone}})", facts) == "At 2:30 PM (EDT)"
    assert text_for("At {{appointment.time}}", replace(facts, zone_is_guess=False)) == "At 2:30 PM"


def test_the_dear_example_is_dearer_than_the_ordinary_one():
    template = "Hi {{clientCustomer.firstName}}, {{appointment.weekday}} {{appointment.date}} at {{place.name}}"
    ordinary, dear = segments(text_for(template, example())), segments(text_for(template, longest()))
    assert (ordinary.encoding, ordinary.count) == ("gsm7", 1)
    assert (dear.encoding, dear.count) == ("ucs2", 2)
