"""`punctual status`."""

import argparse

SUMMARY = "tell in a few lines how each connection stands, and what is due"
EXAMPLES = "  punctual status\n  punctual status --json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="for machines")


def run(args: argparse.Namespace) -> int:
    from punctual import overviews, session

    return session.run(lambda opened: overviews.show(opened, args))
