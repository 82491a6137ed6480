"""`punctual retry`."""

import argparse

SUMMARY = "wake a connection's dead letters: what was given up on is looked at again"
EXAMPLES = "  punctual retry north"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("connection", metavar="CONNECTION")
    parser.add_argument("--json", action="store_true", help="for machines")


def run(args: argparse.Namespace) -> int:
    from punctual import operating, session

    return session.run(lambda opened: operating.retry(opened, args))
