"""`punctual replay`."""

import argparse

from punctual.ago import moment

SUMMARY = "look again at all that stored webhooks named, after a bug fix; only what is before its deadline goes out"
EXAMPLES = "  punctual replay north --since 24h\n  punctual replay north --since 2026-05-12T08:00:00+02:00"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("connection", metavar="CONNECTION")
    parser.add_argument("--since", type=moment, required=True, metavar="WHEN", help="24h, 2d, or an instant")
    parser.add_argument("--json", action="store_true", help="for machines")


def run(args: argparse.Namespace) -> int:
    from punctual import replaying, session

    return session.run(lambda opened: replaying.replay(opened, args))
