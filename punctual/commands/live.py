"""`punctual live`."""

import argparse

SUMMARY = "let a connection text people, after showing the texts of the next 48 hours"
EXAMPLES = """\
  punctual live north
  punctual live north --mode trial      # only trial_numbers of the file
  punctual live north --mode observe    # back: nothing is sent
  punctual live north --json            # what it would send; changes nothing without --yes

The file must allow it (mode = "live"), and you must say so here: the more cautious of both counts."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("connection", metavar="CONNECTION")
    parser.add_argument("--mode", choices=["observe", "trial", "live"], default="live")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--json", action="store_true", help="for machines; without --yes it only shows")


def run(args: argparse.Namespace) -> int:
    from punctual import live, session

    return session.run(lambda opened: live.go(opened, args))
