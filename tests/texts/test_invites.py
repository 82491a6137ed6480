import pytest

from texts import invites_opt_out


@pytest.mark.parametrize(
    "template",
    [
        "Reply CANCEL to cancel",
        "To cancel your appointment, reply CANCEL",
        "Reply YES to confirm or CANCEL to cancel",
        "Reply C to confirm, CANCEL to cancel, STOP to unsubscribe",
        "Reply STOP to cancel your appointment",
        "reply 'cancel' to cancel",
        "Reply {% if true %}CANCEL{% endif %} to cancel {{appointment.type}}",
        "Text QUIT if you cannot come",
        "Reply END if you can't come",
        "Reply UNSUBSCRIBE to reschedule",
        "Reply CANCEL.",
        "Responda CANCELAR para cancelar su cita",
        "Répondez ANNULER pour annuler",
        "Antworten Sie mit STORNIEREN um abzusagen",
        "Antwoord ANNULEREN om te annuleren",
    ],
)
def test_a_template_that_borrows_an_opt_out_word_is_refused(template: str):
    assert "opts them out" in (invites_opt_out(template) or "")


@pytest.mark.parametrize(
    "template",
    [
        "Reply STOP to opt out.",
        "Reply STOP",
        "Reply YES to confirm or STOP to opt out",
        "Text CANCEL or QUIT to unsubscribe",
        "To stop receiving texts reply STOP",
        "Text STOP to end",
        "Reply C to confirm. Call us to cancel.",
        "Reply YES to confirm or call us to cancel",
        "REPLY YES TO CONFIRM OR CALL TO CANCEL",
        "Please stop by the desk",
        "Your appointment at {{place.name}} ends at {{appointment.endTime}}",
        "Responda ALTO para no recibir más mensajes",
        "Répondez ARRÊT pour ne plus recevoir de SMS",
        "Antworten Sie mit STOPP, um sich abzumelden",
        "Antwoord STOP om je af te melden",
    ],
)
def test_telling_how_to_opt_out_is_welcome(template: str):
    assert invites_opt_out(template) is None
