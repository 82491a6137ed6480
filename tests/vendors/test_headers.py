from vendors.headers import Lowered, lowered


def test_names_are_lower_case_and_made_so_once() -> None:
    made = lowered({"Webhook-Id": "msg_1", "svix-id": "msg_2"})
    assert made == {"webhook-id": "msg_1", "svix-id": "msg_2"}
    assert lowered(made) is made
    assert isinstance(made, Lowered)
