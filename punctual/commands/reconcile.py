"""`punctual reconcile`."""

import argparse

SUMMARY = "ask a connection's vendor now for what no webhook has told"
EXAMPLES = "  punctual reconcile north --wait"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("connection", metavar="CONNECTION")
    parser.add_argument("--wait", action="store_true", help="until it is done")
    parser.add_argument("--timeout", type=float, default=600.0, metavar="SECONDS", help="how long to wait (600)")
    parser.add_argument("--json", action="store_true", help="for machines")


def run(args: argparse.Namespace) -> int:
    from punctual import operating, session

    return session.run(lambda opened: operating.reconcile(opened, args))
