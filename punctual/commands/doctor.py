"""`punctual doctor`."""

import argparse

SUMMARY = "look at settings, servers, credentials and how fresh each connection is; say what to do"
EXAMPLES = """\
  punctual doctor
  punctual doctor north --json
Exit status 1 when something fails; warnings alone leave it 0."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("connection", metavar="CONNECTION", nargs="?", help="this one alone, beside the machine")
    parser.add_argument("--json", action="store_true", help="for machines")


def run(args: argparse.Namespace) -> int:
    from punctual import session
    from punctual.doctor import examine

    return session.guarded(lambda: examine.run(args))
