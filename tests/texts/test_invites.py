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
        # Nobody is asked to reply, and everybody will
        "C to confirm, CANCEL to cancel",
        "YES = confirm, CANCEL = cancel",
        "Confirm with YES, cancel with CANCEL",
        "Confirm: C. Cancel: CANCEL.",
        "Use CANCEL to cancel",
        # Asked after the word
        "Bitte mit BEENDEN antworten, um abzusagen",
        "Mit STORNIEREN sagen Sie den Termin ab",
        "ANNULEREN sturen om af te zeggen",
        # The visit is not the texts
        "Please respond cancel to cancel the visit",
        "Reply STOP to cancel",
        # A word that stands in no sentence before it is rendered
        "Reply {{ 'cancel' | upcase }} to cancel",
        "{% assign word = 'CANCEL' %}Reply {{ word }} to cancel",
        "{% if language == 'es' %}Responda FIN si no viene{% else %}Reply C{% endif %}",
        "Responda BAJA para anular la cita",
        "Répondez « FIN » si vous ne venez pas",
        "Antworten Sie ENDE, wenn Sie nicht kommen können",
        "Antwoord EINDE als u niet kunt komen",
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
        "STOP to end",
        "STOP = opt out",
        "Opt out: STOP",
        "Reply STOP to cancel texts",
        "Mit STOP antworten, um sich abzumelden",
        "Mit STOP melden Sie sich ab",
        "Met STOP meldt u zich af",
        "Responda BAJA para darse de baja",
        "Antworten Sie ABMELDEN",
        "We will CANCEL if you are late",
        "Use the end entrance",
        "Responda antes del fin de semana",
    ],
)
def test_telling_how_to_opt_out_is_welcome(template: str):
    assert invites_opt_out(template) is None
