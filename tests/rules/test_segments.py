import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.segments import BASIC, EXTENSION, Segments, foreign, segments


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("", Segments("gsm7", 0, 0)),
        ("a" * 160, Segments("gsm7", 1, 160)),
        ("a" * 161, Segments("gsm7", 2, 161)),
        ("a" * 306, Segments("gsm7", 2, 306)),
        ("a" * 307, Segments("gsm7", 3, 307)),
        ("€" * 80, Segments("gsm7", 1, 160)),
        ("€" * 81, Segments("gsm7", 2, 162)),
        ("ü" * 160, Segments("gsm7", 1, 160)),
        ("ç" * 70, Segments("ucs2", 1, 70)),
        ("ç" * 71, Segments("ucs2", 2, 71)),
        ("ç" * 134, Segments("ucs2", 2, 134)),
        ("ç" * 135, Segments("ucs2", 3, 135)),
        ("🙂" * 35, Segments("ucs2", 1, 70)),
        ("🙂" * 36, Segments("ucs2", 2, 72)),
    ],
)
def test_case_54_segments_are_counted_as_the_networks_bill_them(body: str, expected: Segments):
    assert segments(body) == expected


def test_an_escape_is_never_split_over_two_parts():
    # 152 letters, then an escape pair that does not fit into the last unit of the first part.
    assert segments("a" * 152 + "€" + "a" * 152) == Segments("gsm7", 3, 306)
    assert segments("a" * 153 + "€" + "a" * 151) == Segments("gsm7", 2, 306)


def test_a_surrogate_pair_is_never_split_over_two_parts():
    assert segments("ç" * 66 + "🙂" + "ç" * 66) == Segments("ucs2", 3, 134)


def test_the_tables_have_the_sizes_of_the_standard():
    assert len(BASIC) == 127  # 128 places, one of them the escape itself
    assert len(EXTENSION) == 10


def test_the_letters_that_make_a_text_dear_are_named():
    assert foreign("Rendez-vous à 14h, août ç ç") == ["û", "ç"]


@given(st.text(max_size=400))
def test_a_longer_text_never_costs_less(body: str):
    assert segments(body + "a").count >= segments(body).count
    assert segments(body).count * 153 >= segments(body).units or segments(body).count == 1
