"""What a sender's error code means for the text, the number and the sender. The tables are in `<sender>/mapping.py`."""

from dataclasses import dataclass

from rules.senders import Refused, Verdict


@dataclass(frozen=True, slots=True)
class Meaning:
    """`words` are ours: what the sender says may hold a number. `elsewhere`: nothing reached the phone, and another
    sender may do better; not where the number, the person or the text is what was refused.
    """

    verdict: Verdict
    words: str
    elsewhere: bool = False

    def refused(self, code: str, retry_after_seconds: float | None = None) -> Refused:
        return Refused(code, self.verdict, self.words, retry_after_seconds, self.elsewhere)


def by_status(status: int) -> Meaning:
    """For codes that no table knows: what the HTTP status alone says. Only for 4xx."""
    if status == 429:
        return Meaning(Verdict.RETRY, "too many requests", elsewhere=True)
    if status in {401, 403}:
        return Meaning(Verdict.NEEDS_PERSON, "the sender refuses our credentials", elsewhere=True)
    return Meaning(Verdict.FAILED, f"refused with HTTP {status}")


def is_refusal(status: int) -> bool:
    """Whether an HTTP status proves that the text was not taken.

    A 5xx proves nothing: the text may have been queued before something broke. Nor does 408, which a proxy may say
    for a request that went through, nor a redirect.
    """
    return 400 <= status < 500 and status != 408
