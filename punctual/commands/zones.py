"""`punctual zones`."""

import argparse

SUMMARY = "after a zone was corrected, or zone rules have changed: show what moves, and move it with --apply"
EXAMPLES = """\
  punctual zones north             what would be due at another time
  punctual zones north --apply     plan it so

Stored appointments keep the zone that was found for them. Correct the zone in punctual.toml (or update tzdata), start
Punctual again, look here, then apply."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("connection", metavar="CONNECTION")
    parser.add_argument("--apply", action="store_true", help="store the zones and plan these appointments anew")
    parser.add_argument("--json", action="store_true", help="for machines")


def run(args: argparse.Namespace) -> int:
    from punctual import session, zones

    return session.run(lambda opened: zones.zones(opened, args))
