"""`punctual vendor`."""

import argparse

SUMMARY = "make one of a vendor's documented calls with a connection's credentials, and print the answer"
EXAMPLES = """\
  punctual vendor north                                    # which calls there are
  punctual vendor north get-appointment --help
  punctual vendor north get-appointment --appointment-id app_01HQFQ9QWTNNPY58FZ8CB3FWWK
  punctual vendor acme list-appointments --status ACCEPTED --status CANCELLED --limit 5 --json

Every call takes its share of the connection's budget. An answer may hold names and numbers: it goes to this terminal,
and nowhere else. A call that changes something at the vendor is noted with its name, without what was sent."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("connection", metavar="CONNECTION")
    parser.add_argument("operation", metavar="OPERATION", nargs="?", help="left out: lists all")
    parser.add_argument("--json", action="store_true", help="for machines")
    parser.add_argument("rest", metavar="--argument value", nargs=argparse.REMAINDER, help="what the call takes")


def run(args: argparse.Namespace) -> int:
    from punctual import calling, session

    return session.run(lambda opened: calling.call(opened, args))
