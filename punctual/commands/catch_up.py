"""`punctual catch-up`."""

import argparse

SUMMARY = "decide on many texts that are owed late at once, after an outage: list, send or skip them"
EXAMPLES = """\
  punctual catch-up north list
  punctual catch-up north send      # each inside its own deadline
  punctual catch-up north skip      # none of them"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("connection")
    parser.add_argument("decision", choices=("list", "send", "skip"))
    parser.add_argument("--json", action="store_true", help="the list for machines")


def run(args: argparse.Namespace) -> int:
    from punctual import catching_up, session

    return session.run(lambda opened: catching_up.decide(opened, args.connection, args.decision, as_json=args.json))
