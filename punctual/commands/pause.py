"""`punctual pause`."""

import argparse

SUMMARY = "hold a connection at once: nothing is asked, nothing is sent, nothing is lost"
EXAMPLES = '  punctual pause north --reason "wrong template"'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("connection", metavar="CONNECTION")
    parser.add_argument("--reason", default="", help="told to whoever looks at it")
    parser.add_argument("--json", action="store_true", help="for machines")


def run(args: argparse.Namespace) -> int:
    from punctual import operating, session

    return session.run(lambda opened: operating.pause(opened, args))
