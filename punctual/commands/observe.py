"""`punctual observe`."""

import argparse

SUMMARY = "let a connection only show what it would send"
EXAMPLES = "  punctual observe north"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("connection", metavar="CONNECTION")
    parser.add_argument("--json", action="store_true", help="for machines")


def run(args: argparse.Namespace) -> int:
    from punctual import live, session

    args.mode, args.yes = "observe", True
    return session.run(lambda opened: live.go(opened, args))
