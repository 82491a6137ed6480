import pytest

from rules.appointment import Contact
from schemas.contacts import Problem, person_key, read_contacts

HEADING = "person_id,first_name,last_name,phone,zone,language\n"


def test_a_row_becomes_a_contact() -> None:
    text = HEADING + "Ada@Example.org,Ada,Byron,+1 312 555 0142,America/Chicago,en\n"
    contact = Contact("ada@example.org", "Ada", "Byron", "+13125550142", "America/Chicago", "en")
    assert read_contacts(text) == ([contact], [])


def test_only_the_id_must_be_there_and_columns_come_in_any_order() -> None:
    contacts, problems = read_contacts("\ufeffphone,person_id\r\n020 123 4567,k-1\r\n,K-2\r\n", "NL")
    assert problems == []
    assert [(each.person_id, each.phone) for each in contacts] == [("k-1", "+31201234567"), ("K-2", None)]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (",Ada,,,,", "person_id: Length must be between 1 and 200."),
        ("k-1,,,12,,", "phone: no valid phone number"),
        ("k-1,,,020 123 4567,,", "phone: no valid phone number"),
        ("k-1,,,,Amsterdam,", "zone: no IANA zone, such as Europe/Amsterdam"),
        ("k-1,,,,,english please", "language: no language tag, such as en or pt-BR"),
        ("k-1,,,x,y,", "phone: no valid phone number; zone: no IANA zone, such as Europe/Amsterdam"),
        ("k-1,,,,,,,", "row: has more cells than the heading has columns"),
        ("good,,,,,", "person_id: comes twice; the first one counts"),
    ],
)
def test_a_bad_row_is_told_with_its_line_and_the_good_ones_stay(row: str, why: str) -> None:
    contacts, problems = read_contacts(f"{HEADING}good,,,,,\n{row}\nlast,,,,,\n")
    assert problems == [Problem(3, why)]
    assert [each.person_id for each in contacts] == ["good", "last"]


@pytest.mark.parametrize("text", ["", "email,phone\na,b\n", "person_id,person_id\n", "phone\n1\n"])
def test_without_a_good_heading_nothing_is_read(text: str) -> None:
    contacts, (problem,) = read_contacts(text)
    assert (contacts, problem.line) == ([], 1)


def test_a_file_that_is_no_csv_is_told_and_not_raised() -> None:
    _, problems = read_contacts(HEADING + 'k-1,"Ada\n')
    assert problems
    assert read_contacts(HEADING + "k-1,A\0da,,,,\n")[0][0].first_name == "A\ufffdda"


def test_one_person_has_one_key() -> None:
    assert person_key(" Ada@Example.ORG ") == "ada@example.org"
    assert person_key(" K-1 ") == "K-1"
