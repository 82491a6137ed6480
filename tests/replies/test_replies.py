"""Edge cases 56 to 63 and 82, from the text that came in to what left and what is owed, on a real database."""


import pytest

from store.tables import transitions
from tests.replies.given import Practice, soon

pytestmark = pytest.mark.servers


def test_case_57_a_yes_confirms_and_is_owed_to_the_vendor(practice: Practice) -> None:
    made = practice.reminded(soon(days=1))
    practice.writes("Yes, thanks!")
    assert practice.is_confirmed(made)
    assert practice.owed() == [(made, "confirm")]
    assert [row.kind for row in practice.rows(transitions)] == ["confirmed"]
    assert practice.said() == []
    assert practice.told_staff() == []
    assert "statuses.write_back" in practice.bell.rings
