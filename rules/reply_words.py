"""What people write back, per language, as tables. Written without case, accents, apostrophes and punctuation.

Opt-out words hold whatever the language of the practice: a carrier does not ask. The English ones are those that
Twilio applies by itself (STOP, STOPALL, UNSUBSCRIBE, CANCEL, END, QUIT, REVOKE, OPTOUT, and ARRET in Canada;
https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out); the others are their twins.
"""

from collections.abc import Mapping

LANGUAGES = ("en", "es", "fr", "de", "nl")

STOP_WORDS: Mapping[str, frozenset[str]] = {
    "en": frozenset({"stop", "stopall", "unsubscribe", "optout", "revoke"}),
    "es": frozenset({"alto", "pare", "parar", "basta", "detener", "darsedebaja"}),
    "fr": frozenset({"arret", "arrete", "arretez", "arreter", "stopper", "desabonner", "desinscrire", "desabonnement"}),
    "de": frozenset({"stopp", "stoppen", "abmelden", "abbestellen", "austragen"}),
    "nl": frozenset({"stoppen", "stopt", "afmelden", "uitschrijven", "afmelding"}),
}
"""Opting out, whatever follows: `Stop. Thank you`, `stop texting me please`."""

ALONE_WORDS: Mapping[str, frozenset[str]] = {
    "en": frozenset({"cancel", "end", "quit", "remove"}),
    "es": frozenset({"cancelar", "fin", "baja", "salir"}),
    "fr": frozenset({"annuler", "fin", "quitter"}),
    "de": frozenset({"stornieren", "ende", "beenden"}),
    "nl": frozenset({"annuleren", "einde", "verwijderen"}),
}
"""Opting out when they are all that was written; in a sentence (`cancel my appointment`) they mean what they say."""

OPT_OUT_PHRASES: Mapping[str, tuple[str, ...]] = {
    "en": (
        "opt out", "stop all", "stop texting", "stop messaging", "stop sending", "stop contacting", "stop these",
        "stop the texts", "unsubscribe", "unsubscribe me", "remove me", "take me off", "no more texts",
        "no more messages", "no more sms", "no more reminders", "do not text", "dont text", "do not message",
        "dont message", "do not contact", "dont contact", "quit texting",
    ),
    "es": (
        "dar de baja", "darme de baja", "darse de baja", "dame de baja", "dejen de enviar", "dejar de recibir",
        "dejen de escribirme", "no mas mensajes", "no mas sms", "no me envien", "no quiero recibir",
        "no quiero mas mensajes", "no me escriban",
    ),
    "fr": (
        "me desabonner", "me desinscrire", "plus de sms", "plus de messages", "ne plus recevoir", "ne menvoyez plus",
        "arretez de menvoyer", "arreter les sms", "ne mecrivez plus", "ne me contactez plus",
    ),
    "de": (
        "keine sms mehr", "keine nachrichten mehr", "keine weiteren nachrichten", "keine weiteren sms",
        "nicht mehr schreiben", "melden sie mich ab", "melde mich ab", "mich abmelden", "mich austragen",
        "bitte austragen", "horen sie auf",
    ),
    "nl": (
        "geen sms meer", "geen berichten meer", "geen smsjes meer", "wil geen berichten", "mij afmelden",
        "me afmelden", "mij uitschrijven", "me uitschrijven", "schrijf mij uit", "schrijf me uit", "meld mij af",
        "meld me af", "niet meer sturen",
    ),
}  # fmt: skip
"""Opting out wherever they stand, unless a `not` stands before them."""

OPT_IN: Mapping[str, frozenset[str]] = {
    "en": frozenset({"start", "unstop", "subscribe", "opt in", "optin", "resume"}),
    "es": frozenset({"iniciar", "comenzar", "empezar", "alta", "reanudar"}),
    "fr": frozenset({"commencer", "demarrer", "reprendre", "reabonner"}),
    "de": frozenset({"starten", "anmelden", "fortsetzen"}),
    "nl": frozenset({"starten", "aanmelden", "hervatten"}),
}

HELP: Mapping[str, frozenset[str]] = {
    "en": frozenset({"help", "help me", "info", "information", "who is this", "who are you", "who dis"}),
    "es": frozenset({"ayuda", "informacion", "quien es", "quien eres", "quienes son"}),
    "fr": frozenset({"aide", "aidez moi", "information", "informations", "qui est ce", "qui etes vous", "cest qui"}),
    "de": frozenset({"hilfe", "information", "wer ist das", "wer ist da", "wer sind sie"}),
    "nl": frozenset({"hulp", "help", "informatie", "wie is dit", "wie bent u"}),
}

CONFIRM: Mapping[str, frozenset[str]] = {
    "en": frozenset({
        "yes", "y", "yep", "yeah", "yup", "ya", "yess", "yesss", "ok", "okay", "k", "kk", "c", "confirm",
        "confirmed", "confirming", "i confirm", "i can confirm", "to confirm", "sure", "sure thing", "of course",
        "absolutely", "definitely", "correct", "agreed", "accept", "accepted", "attending", "will do", "got it",
        "sounds good", "looks good", "all good", "no problem", "see you", "see you then", "see you there",
        "i will be there", "ill be there", "i will attend", "ill attend", "i am coming", "im coming", "i will come",
        "ill come", "be there", "we will be there", "well be there", "that works", "works for me", "that is fine",
        "thats fine", "perfect",
    }),
    "es": frozenset({
        "si", "s", "confirmo", "confirmar", "confirmado", "confirmada", "si confirmo", "vale", "de acuerdo", "claro",
        "claro que si", "por supuesto", "perfecto", "esta bien", "alli estare", "ahi estare", "alla estare",
        "estare alli", "estare ahi", "si estare", "asistire", "voy", "ire", "nos vemos", "acepto", "listo",
        "correcto",
    }),
    "fr": frozenset({
        "oui", "o", "ouais", "je confirme", "confirme", "confirmer", "confirmee", "confirmez", "daccord", "dac",
        "entendu", "bien sur", "parfait", "cest bon", "ca marche", "cest note", "jy serai", "je serai la",
        "je viens", "je viendrai", "je serai present", "je serai presente", "a demain", "a bientot", "accepte",
        "jaccepte", "bien recu", "tres bien",
    }),
    "de": frozenset({
        "ja", "j", "jo", "jawohl", "jap", "bestatigt", "bestatige", "bestatigen", "bestaetigt", "bestaetige",
        "bestaetigen", "ich bestatige", "ich bestaetige", "hiermit bestatigt", "einverstanden", "passt", "das passt",
        "geht klar", "alles klar", "in ordnung", "gerne", "perfekt", "prima", "naturlich", "ich komme", "ich bin da",
        "ich werde da sein", "bin dabei", "bis dann", "bis morgen", "zusage", "ich sage zu",
    }),
    "nl": frozenset({
        "ja", "j", "jawel", "jazeker", "zeker", "bevestig", "bevestigd", "bevestigen", "ik bevestig",
        "bij deze bevestigd", "akkoord", "prima", "is goed", "dat is goed", "oke", "perfect", "natuurlijk", "graag",
        "ik kom", "ik ben er", "ik zal er zijn", "tot dan", "tot morgen", "komt goed", "klopt",
    }),
}  # fmt: skip

DECLINE: Mapping[str, frozenset[str]] = {
    "en": frozenset({
        "no", "n", "nope", "nah", "decline", "declined", "not coming", "i am not coming", "im not coming",
        "wont be there", "will not be there", "i wont be there", "i will not be there", "cant make it",
        "can not make it", "cannot make it", "wont make it", "will not make it", "cant come", "cannot come",
        "can not come", "cant attend", "cannot attend", "can not attend", "unable to attend", "unable to come",
        "unable to make it", "not attending", "cancel my appointment", "cancel the appointment",
        "cancel appointment", "cancel it", "cancel this appointment", "cancel my appt", "cancel appt",
        "cancel my visit", "cancel my booking", "need to cancel", "have to cancel", "want to cancel",
        "like to cancel", "must cancel", "can you cancel", "i cancel", "im cancelling", "cancelled",
    }),
    "es": frozenset({
        "no", "n", "no puedo", "no podre", "no puedo ir", "no podre ir", "no voy", "no ire", "no asistire",
        "no puedo asistir", "no podre asistir", "cancelar mi cita", "cancelar la cita", "cancelar cita",
        "cancele mi cita", "cancelen mi cita", "quiero cancelar", "necesito cancelar", "tengo que cancelar",
        "cancelo", "anular mi cita", "anular la cita",
    }),
    "fr": frozenset({
        "non", "n", "je ne viens pas", "je ne viendrai pas", "je ne peux pas venir", "je ne peux pas",
        "je ne pourrai pas", "je ne pourrai pas venir", "pas disponible", "annuler mon rendez vous",
        "annuler le rendez vous", "annuler mon rdv", "annuler le rdv", "annuler rdv", "annulez mon rendez vous",
        "annulez mon rdv", "jannule", "je dois annuler", "je souhaite annuler", "je voudrais annuler",
        "je veux annuler", "je decline", "decline", "empeche", "empechee",
    }),
    "de": frozenset({
        "nein", "n", "nee", "ich komme nicht", "komme nicht", "ich kann nicht", "kann nicht kommen",
        "ich kann nicht kommen", "kann leider nicht", "leider nicht", "leider nein", "termin absagen",
        "termin stornieren", "ich sage ab", "sage ab", "absagen", "absage", "muss absagen", "mochte absagen",
        "moechte absagen", "verhindert", "bin verhindert", "schaffe es nicht",
    }),
    "nl": frozenset({
        "nee", "n", "neen", "ik kom niet", "kom niet", "ik kan niet", "kan niet komen", "ik kan niet komen",
        "kan helaas niet", "helaas niet", "afspraak annuleren", "afspraak afzeggen", "afzeggen", "ik zeg af",
        "zeg af", "moet afzeggen", "wil annuleren", "moet annuleren", "wil afzeggen", "verhinderd", "ben verhinderd",
    }),
}  # fmt: skip

RESCHEDULE: Mapping[str, frozenset[str]] = {
    "en": frozenset({
        "reschedule", "rescheduling", "rescheduled", "re schedule", "rebook", "postpone", "another time",
        "another day", "different time", "different day", "other time", "new time", "change my appointment",
        "change the appointment", "change appointment", "change the time", "change my time", "change the date",
        "move my appointment", "move the appointment", "move it", "earlier time", "later time", "push back", "r",
    }),
    "es": frozenset({
        "reprogramar", "reprogramarla", "reagendar", "cambiar", "cambiar la cita", "cambiar mi cita", "cambiarla",
        "otra hora", "otro dia", "otra fecha", "posponer", "aplazar", "mover la cita",
    }),
    "fr": frozenset({
        "reporter", "reporter le rendez vous", "reprogrammer", "deplacer", "decaler", "changer", "changer lheure",
        "changer la date", "autre date", "autre heure", "autre jour", "autre horaire", "nouveau rendez vous",
    }),
    "de": frozenset({
        "verschieben", "verlegen", "umbuchen", "anderer termin", "anderen termin", "neuer termin", "neuen termin",
        "andere zeit", "anderer tag", "anderen tag", "andere uhrzeit", "spater kommen", "termin andern",
        "termin aendern",
    }),
    "nl": frozenset({
        "verzetten", "verplaatsen", "verschuiven", "uitstellen", "andere afspraak", "nieuwe afspraak", "andere tijd",
        "andere dag", "ander tijdstip", "andere datum", "afspraak wijzigen", "wijzigen",
    }),
}  # fmt: skip
"""These count inside a sentence too (`can we reschedule to Friday`), unless a `not` stands before them."""

NOT = frozenset({
    "not", "dont", "no", "never", "without", "doesnt", "didnt", "neednt", "nicht", "kein", "keine", "keinen", "niet",
    "geen", "sin", "pas", "jamais", "nunca",
})  # fmt: skip

POLITE: frozenset[str] = frozenset({
    "please", "pls", "plz", "thanks", "thank", "you", "thx", "ty", "thankyou", "tks", "cheers", "hi", "hello", "hey",
    "dear", "sir", "madam", "doctor", "dr", "so", "much", "very", "kindly", "regards", "best", "bye", "good", "day",
    "morning", "afternoon", "evening", "team", "now", "just", "and", "a", "lot", "many", "x", "xx", "xxx", "lol",
    "love", "sorry", "sent", "from", "iphone", "oh", "god", "bless", "great", "fine", "nice", "awesome", "por",
    "favor", "gracias", "muchas", "mil", "hola", "buenos", "buenas", "dias", "tardes", "noches", "saludos", "un",
    "saludo", "senor", "senora", "adios", "lo", "siento", "y", "ya", "bueno", "bien", "sil", "vous", "te", "plait",
    "svp", "stp", "merci", "beaucoup", "bonjour", "bonsoir", "salut", "cordialement", "bonne", "journee", "madame",
    "monsieur", "et", "desole", "desolee", "bitte", "danke", "dankeschon", "vielen", "dank", "schon", "hallo",
    "guten", "tag", "abend", "gruss", "grusse", "gruesse", "liebe", "lieben", "viele", "freundliche", "freundlichen",
    "mit", "mfg", "lg", "vg", "und", "herr", "frau", "sehr", "ihnen", "leider", "tschuss", "super", "gut", "schonen",
    "alstublieft", "alsjeblieft", "aub", "ajb", "bedankt", "dankjewel", "dankuwel", "je", "u", "wel", "goedemorgen",
    "goedemiddag", "goedenavond", "dag", "groet", "groeten", "groetjes", "vriendelijke", "met", "mvg", "hoi",
    "beste", "mevrouw", "meneer", "en", "helaas", "goed", "fijn",
})  # fmt: skip
"""Words that change nothing when they stand beside an answer. Alone they answer nothing."""

ABOUT: frozenset[str] = frozenset({
    "my", "the", "this", "it", "me", "appointment", "appt", "tomorrow", "today", "for", "reminder", "reminding",
    "there", "then", "all", "well", "mi", "la", "cita", "manana", "hoy", "mon", "le", "rendez", "rdv", "demain", "a",
    "den", "termin", "morgen", "heute", "die", "erinnerung", "fur", "de", "afspraak", "vandaag", "herinnering",
    "voor",
})  # fmt: skip
"""Words about the appointment: nothing is changed by them either, but `cancel my appointment` is not `cancel`."""

BESIDE_A_NUMBER: frozenset[str] = frozenset({
    "yes", "ok", "okay", "number", "option", "the", "si", "numero", "opcion", "el", "la", "oui", "le", "ja", "nummer",
    "die", "den", "nr", "optie", "c",
})  # fmt: skip
"""Words that may stand beside the number that answers `which one?`. No `no`: it is a refusal, or short for number."""
