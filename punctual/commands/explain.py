"""`punctual explain`."""

import argparse

SUMMARY = "tell what happened to one appointment, and why a text was or was not sent"
EXAMPLES = """\
  punctual explain north app_01HQFQ9QWTNNPY58FZ8CB3FWWK
  punctual explain north app_01HQFQ9QWTNNPY58FZ8CB3FWWK --json"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("connection", metavar="CONNECTION")
    parser.add_argument("external_id", metavar="EXTERNAL_ID", help="the vendor's id of the appointment")
    parser.add_argument("--json", action="store_true", help="for machines")


def run(args: argparse.Namespace) -> int:
    from punctual import explaining, session

    return session.run(lambda opened: explaining.tell(opened, args))
