"""`punctual resume`."""

import argparse

SUMMARY = "let a paused connection go on"
EXAMPLES = "  punctual resume north"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("connection", metavar="CONNECTION")
    parser.add_argument("--json", action="store_true", help="for machines")


def run(args: argparse.Namespace) -> int:
    from punctual import operating, session

    return session.run(lambda opened: operating.resume(opened, args))
