"""What is said back to somebody who wrote, by kind and language, as Liquid. A connection may have words of its own.

Short, and in letters of GSM-7 wherever the language allows it: one foreign letter halves what fits into a segment.
Nothing is promised that only staff can keep: what was passed on is not called done.
"""

from collections.abc import Mapping

from rules.answers import AnswerKind

ANSWERS: Mapping[AnswerKind, Mapping[str, str]] = {
    AnswerKind.STOPPED: {
        "en": "You will get no more texts from {{ practice.name | default: 'us' }}. Reply START to get them again.",
        "es": "Ya no va a recibir SMS de {{ practice.name | default: 'la consulta' }}. "
        "Responda START para volver a recibirlos.",
        "fr": "Vous ne recevrez plus de SMS de {{ practice.name | default: 'notre part' }}. "
        "Répondez START pour en recevoir à nouveau.",
        "de": "Sie erhalten keine SMS mehr von {{ practice.name | default: 'uns' }}. "
        "Mit START erhalten Sie wieder welche.",
        "nl": "U krijgt geen sms meer van {{ practice.name | default: 'ons' }}. Antwoord START om ze weer te krijgen.",
    },
    AnswerKind.STARTED: {
        "en": "You will get texts from {{ practice.name | default: 'us' }} again. Reply STOP to opt out.",
        "es": "Vuelve a recibir SMS de {{ practice.name | default: 'la consulta' }}. Responda STOP para no recibirlos.",
        "fr": "Vous recevrez à nouveau des SMS de {{ practice.name | default: 'notre part' }}. "
        "Répondez STOP pour ne plus en recevoir.",
        "de": "Sie erhalten wieder SMS von {{ practice.name | default: 'uns' }}. Mit STOP melden Sie sich ab.",
        "nl": "U krijgt weer sms van {{ practice.name | default: 'ons' }}. Antwoord STOP om u af te melden.",
    },
    AnswerKind.HELP: {
        "en": "{{ practice.name | default: 'We' }}: texts about your appointments."
        "{% if contact != '' %} Please {{ contact }}.{% endif %} Reply STOP to opt out.",
        "es": "{{ practice.name | default: 'La consulta' }}: SMS sobre sus citas."
        "{% if contact != '' %} Por favor, {{ contact }}.{% endif %} Responda STOP para no recibirlos.",
        "fr": "{{ practice.name | default: 'Le cabinet' }} : SMS sur vos rendez-vous."
        "{% if contact != '' %} Pour nous joindre : {{ contact }}.{% endif %} Répondez STOP pour ne plus en recevoir.",
        "de": "{{ practice.name | default: 'Die Praxis' }}: SMS zu Ihren Terminen."
        "{% if contact != '' %} Bitte {{ contact }}.{% endif %} Mit STOP melden Sie sich ab.",
        "nl": "{{ practice.name | default: 'De praktijk' }}: sms over uw afspraken."
        "{% if contact != '' %} Bereikbaar: {{ contact }}.{% endif %} Antwoord STOP om u af te melden.",
    },
    AnswerKind.WHICH: {
        "en": "Which appointment do you mean? Please reply with its number only:\n{{ choices }}",
        "es": "¿A qué cita se refiere? Responda solo con la cifra:\n{{ choices }}",
        "fr": "De quel rendez-vous s'agit-il ? Répondez avec son numéro seulement :\n{{ choices }}",
        "de": "Welchen Termin meinen Sie? Bitte antworten Sie nur mit der Nummer:\n{{ choices }}",
        "nl": "Welke afspraak bedoelt u? Antwoord alleen met het nummer:\n{{ choices }}",
    },
    AnswerKind.MOVED: {
        "en": "Your appointment is now on {{ appointment.date }} at {{ appointment.time }}. "
        "Reply C to confirm this time.{% if contact != '' %} Otherwise please {{ contact }}.{% endif %}",
        "es": "Su cita es ahora el {{ appointment.date }} a las {{ appointment.time }}. "
        "Responda C para confirmar esta hora.{% if contact != '' %} Si no, por favor, {{ contact }}.{% endif %}",
        "fr": "Votre rendez-vous est maintenant le {{ appointment.date }} à {{ appointment.time }}. "
        "Répondez C pour confirmer cette heure."
        "{% if contact != '' %} Sinon, pour nous joindre : {{ contact }}.{% endif %}",
        "de": "Ihr Termin ist jetzt am {{ appointment.date }} um {{ appointment.time }}. "
        "Antworten Sie C, um diese Zeit zu bestätigen.{% if contact != '' %} Sonst bitte {{ contact }}.{% endif %}",
        "nl": "Uw afspraak is nu op {{ appointment.date }} om {{ appointment.time }}. "
        "Antwoord C om deze tijd te bevestigen.{% if contact != '' %} Anders: {{ contact }}.{% endif %}",
    },
    AnswerKind.TOO_LATE: {
        "en": "Thank you. This appointment can no longer be changed by text."
        "{% if contact != '' %} Please {{ contact }}.{% endif %}",
        "es": "Gracias. Esta cita ya no se puede cambiar por SMS."
        "{% if contact != '' %} Por favor, {{ contact }}.{% endif %}",
        "fr": "Merci. Il n'est plus possible de modifier ce rendez-vous par SMS."
        "{% if contact != '' %} Pour nous joindre : {{ contact }}.{% endif %}",
        "de": "Danke. Dieser Termin kann nicht mehr per SMS geändert werden."
        "{% if contact != '' %} Bitte {{ contact }}.{% endif %}",
        "nl": "Bedankt. Deze afspraak kan niet meer per sms worden gewijzigd."
        "{% if contact != '' %} Bereikbaar: {{ contact }}.{% endif %}",
    },
    AnswerKind.CANCELLED: {
        "en": "This appointment has been cancelled.{% if contact != '' %} Please {{ contact }}.{% endif %}",
        "es": "Esta cita ha sido anulada.{% if contact != '' %} Por favor, {{ contact }}.{% endif %}",
        "fr": "Ce rendez-vous a été annulé.{% if contact != '' %} Pour nous joindre : {{ contact }}.{% endif %}",
        "de": "Dieser Termin wurde abgesagt.{% if contact != '' %} Bitte {{ contact }}.{% endif %}",
        "nl": "Deze afspraak is afgezegd.{% if contact != '' %} Bereikbaar: {{ contact }}.{% endif %}",
    },
    AnswerKind.CONFIRMED: {
        "en": "Thank you. We have noted that you will come on {{ appointment.date }} at {{ appointment.time }}.",
        "es": "Gracias. Hemos anotado su visita el {{ appointment.date }} a las {{ appointment.time }}.",
        "fr": "Merci. Nous avons noté que vous viendrez le {{ appointment.date }} à {{ appointment.time }}.",
        "de": "Danke. Wir haben notiert, dass Sie am {{ appointment.date }} um {{ appointment.time }} kommen.",
        "nl": "Bedankt. We hebben genoteerd dat u op {{ appointment.date }} om {{ appointment.time }} komt.",
    },
    AnswerKind.CANCEL_PASSED_ON: {
        "en": "Thank you. We have passed on that you cannot come on {{ appointment.date }} at {{ appointment.time }}."
        "{% if contact != '' %} For a new time please {{ contact }}.{% endif %}",
        "es": "Gracias. Hemos comunicado que no puede venir el {{ appointment.date }} a las {{ appointment.time }}."
        "{% if contact != '' %} Para otra hora, por favor, {{ contact }}.{% endif %}",
        "fr": "Merci. Nous avons transmis que vous ne pouvez pas venir le {{ appointment.date }} à "
        "{{ appointment.time }}.{% if contact != '' %} Pour une autre date : {{ contact }}.{% endif %}",
        "de": "Danke. Wir haben weitergegeben, dass Sie am {{ appointment.date }} um {{ appointment.time }} nicht "
        "kommen.{% if contact != '' %} Für einen neuen Termin bitte {{ contact }}.{% endif %}",
        "nl": "Bedankt. We hebben doorgegeven dat u op {{ appointment.date }} om {{ appointment.time }} niet komt."
        "{% if contact != '' %} Voor een nieuwe afspraak: {{ contact }}.{% endif %}",
    },
    AnswerKind.DECLINED: {
        "en": "Thank you. {{ practice.name | default: 'The practice' }} will read that you cannot come; until they "
        "answer, your appointment stands.{% if contact != '' %} Or please {{ contact }}.{% endif %}",
        "es": "Gracias. {{ practice.name | default: 'La consulta' }} va a leer que no puede venir; hasta que "
        "respondan, su cita sigue en pie.{% if contact != '' %} O, por favor, {{ contact }}.{% endif %}",
        "fr": "Merci. {{ practice.name | default: 'Le cabinet' }} lira que vous ne pouvez pas venir ; sans réponse, "
        "votre rendez-vous est maintenu.{% if contact != '' %} Pour nous joindre : {{ contact }}.{% endif %}",
        "de": "Danke. {{ practice.name | default: 'Die Praxis' }} liest, dass Sie nicht kommen können; bis zur Antwort "
        "bleibt Ihr Termin bestehen.{% if contact != '' %} Oder bitte {{ contact }}.{% endif %}",
        "nl": "Bedankt. {{ practice.name | default: 'De praktijk' }} leest dat u niet kunt komen; tot er antwoord is, "
        "blijft uw afspraak staan.{% if contact != '' %} Of: {{ contact }}.{% endif %}",
    },
    AnswerKind.RESCHEDULE: {
        "en": "Thank you. {{ practice.name | default: 'The practice' }} will read that you want another time; until "
        "they answer, your appointment stands.{% if contact != '' %} Or please {{ contact }}.{% endif %}",
        "es": "Gracias. {{ practice.name | default: 'La consulta' }} va a leer que quiere otra hora; hasta que "
        "respondan, su cita sigue en pie.{% if contact != '' %} O, por favor, {{ contact }}.{% endif %}",
        "fr": "Merci. {{ practice.name | default: 'Le cabinet' }} lira que vous voulez une autre date ; sans réponse, "
        "votre rendez-vous est maintenu.{% if contact != '' %} Pour nous joindre : {{ contact }}.{% endif %}",
        "de": "Danke. {{ practice.name | default: 'Die Praxis' }} liest, dass Sie einen anderen Termin möchten; bis "
        "zur Antwort bleibt Ihr Termin bestehen.{% if contact != '' %} Oder bitte {{ contact }}.{% endif %}",
        "nl": "Bedankt. {{ practice.name | default: 'De praktijk' }} leest dat u een andere tijd wilt; tot er antwoord "
        "is, blijft uw afspraak staan.{% if contact != '' %} Of: {{ contact }}.{% endif %}",
    },
    AnswerKind.OTHER: {
        "en": "Thank you. {{ practice.name | default: 'The practice' }} will read your message."
        "{% if contact != '' %} If it is urgent please {{ contact }}.{% endif %}",
        "es": "Gracias. {{ practice.name | default: 'La consulta' }} va a leer su mensaje."
        "{% if contact != '' %} Si es urgente, por favor, {{ contact }}.{% endif %}",
        "fr": "Merci. {{ practice.name | default: 'Le cabinet' }} lira votre message."
        "{% if contact != '' %} En cas d'urgence : {{ contact }}.{% endif %}",
        "de": "Danke. {{ practice.name | default: 'Die Praxis' }} liest Ihre Nachricht."
        "{% if contact != '' %} Wenn es eilt, bitte {{ contact }}.{% endif %}",
        "nl": "Bedankt. {{ practice.name | default: 'De praktijk' }} leest uw bericht."
        "{% if contact != '' %} Met spoed: {{ contact }}.{% endif %}",
    },
}
