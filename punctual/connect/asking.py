"""Questions that a flag may have answered already; where nobody can be asked, all the missing flags are named."""

import getpass
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from punctual.session import MISUNDERSTOOD, Refused

Check = Callable[[str], str]
"""What was expected instead, or an empty text."""


@dataclass
class Asking:
    """`interactive`: somebody sits at a terminal."""

    interactive: bool
    missing: list[str] = field(default_factory=list)

    def text(
        self,
        given: str | None,
        flag: str,
        question: str,
        *,
        default: str | None = None,
        check: Check | None = None,
        secret: bool = False,
    ) -> str:
        """The answer; `default` None means that there must be one.

        Raises:
            Refused: a flag says what cannot be.
        """
        if given is not None:
            if check and (wanted := check(given)):
                raise Refused(f"{flag}: expected {wanted}", MISUNDERSTOOD)
            return given
        if self.interactive:
            return self._ask(question, default, check, secret=secret)
        if default is None:
            self.missing.append(f"{flag}: {question}")
        return default or ""

    def choice(self, given: str | None, flag: str, question: str, choices: Sequence[str], default: str) -> str:
        wanted = f"one of {', '.join(choices)}"
        return self.text(
            given, flag, f"{question} ({wanted})", default=default, check=lambda word: "" if word in choices else wanted
        )

    def close(self) -> None:
        """Raises `Refused` with everything that nobody could be asked for."""
        if self.missing:
            lines = "\n".join(f"  {each}" for each in self.missing)
            raise Refused(f"nobody can be asked here; what is missing:\n{lines}", MISUNDERSTOOD)

    def _ask(self, question: str, default: str | None, check: Check | None, *, secret: bool) -> str:
        prompt = f"{question}{f' [{default}]' if default else ''}: "
        while True:
            answer = self._line(prompt, secret=secret).strip() or (default or "")
            wanted = check(answer) if check and (answer or default is None) else ""
            if not answer and default is None:
                wanted = wanted or "an answer"
            if not wanted:
                return answer
            print(f"  expected {wanted}", file=sys.stderr)

    def _line(self, prompt: str, *, secret: bool) -> str:
        if secret:
            return getpass.getpass(prompt)
        print(prompt, end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        if not line:
            raise Refused("nothing was written: the answers ended")
        return line
