"""`punctual inbox`."""

import argparse

SUMMARY = "show what needs a person, and say when it is settled"
EXAMPLES = """\
  punctual inbox
  punctual inbox north
  punctual inbox resolve 12 13 --note "called her"
What each kind means is in docs/runbook.md."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("words", nargs="*", metavar="CONNECTION | resolve NUMBER ...")
    parser.add_argument("--note", default="", help="with resolve: what was done; kept with who did it")
    parser.add_argument("--json", action="store_true", help="for machines")


def run(args: argparse.Namespace) -> int:
    from punctual import inboxes, session

    words = args.words
    if words and words[0] == "resolve":
        return session.run(lambda opened: inboxes.resolve(opened, words[1:], args))
    if len(words) > 1:
        return session.guarded(lambda: session.refuse("expected one CONNECTION, or resolve NUMBER ..."))
    return session.run(lambda opened: inboxes.show(opened, words[0] if words else None, args))
