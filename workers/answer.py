"""Give the answers that replies are owed: fence, call, outcome, as texts are sent."""

from datetime import timedelta

from outbound.clock import boottime
from rules.answers import Unsaid
from rules.senders import NotSent, Outcome, Text
from runtime.settings import ConnectionSettings
from runtime.wiring import Wiring
from senders.webhooks import WEBHOOKS
from store import answer_fence, answers
from store.answer_fence import Claimed, Material, Policy
from texts import Line, TemplateProblem, answer_text
from workers.send import CALL_SECONDS, SEND_BY_SECONDS
from workers.tally import Tally

LEASE = timedelta(seconds=30)
"""Longer than the call, which begins after it."""


def run(wiring: Wiring, *, most: int = 20) -> str:
    """Give what is due, one by one, each in its own transaction."""
    tally = Tally("answers")
    with wiring.db.begin() as tx:
        tally.add("expired", answers.expire(tx))
        tally.add("receipts", answers.apply_receipts(tx))
    for _ in range(most):
        said = _one(wiring)
        if not said:
            break
        tally.add(said)
    return tally.line()


def _one(wiring: Wiring) -> str:
    """The next answer through its fence and to the sender. Returns a word for the tally, "" when none is due."""
    began = boottime()
    with wiring.db.begin() as tx:
        row = answers.next_due(tx)
        if row is None:
            return ""
        policy = policy_of(wiring, row.connection, row.sender)
        passed = answer_fence.pass_fence(tx, row, policy, LEASE, lambda material: text_of(wiring, material))
    if isinstance(passed, Unsaid):
        return f"unsaid {passed.value}"
    outcome = _call(wiring, passed, began + SEND_BY_SECONDS)
    with wiring.db.begin() as tx:
        return answers.settle(tx, passed.answer_id, passed.token, outcome)


def policy_of(wiring: Wiring, connection: str, sender: str) -> Policy:
    """What the settings say. A connection or sender that is no longer configured answers nobody."""
    settings = wiring.settings.connections.get(connection)
    through = wiring.settings.senders.get(sender)
    if settings is None or through is None:
        return Policy()
    return Policy(
        zone=settings.zone,
        has_sender=True,
        confirms_stop=WEBHOOKS[through.kind].confirms_stop,
        needs_opt_in=settings.consent_policy == "opt_in",
        trial_numbers=frozenset(settings.trial_numbers),
        senders=wiring.facts(connection).senders,
    )


def text_of(wiring: Wiring, material: Material) -> str:
    """The answer's words. Raises `ValueError` when the connection's own template cannot be rendered."""
    settings: ConnectionSettings = wiring.connection(material.connection)
    lines = [Line(each.starts_at, each.zone, each.zone_is_guess, each.first_name) for each in material.named]
    try:
        return answer_text(
            material.kind,
            material.language or settings.language,
            settings.answers,
            practice=settings.practice,
            contact=settings.contact,
            lines=lines,
        )
    except TemplateProblem:
        # From None: the problem may quote the text.
        raise ValueError("the template could not be rendered") from None


def _call(wiring: Wiring, claimed: Claimed, send_by: float) -> Outcome:
    """Hand it over. No database connection is held here."""
    if claimed.sender not in wiring.settings.senders:
        return NotSent(f"no sender is named {claimed.sender}")
    text = Text(to=claimed.to, from_=claimed.from_number, body=claimed.body, reference=str(claimed.answer_id))
    return wiring.sender(claimed.sender).send(text, send_by=send_by, timeout_seconds=CALL_SECONDS)
