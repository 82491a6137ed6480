"""`punctual reconcile`."""

import argparse

SUMMARY = "ask a connection's vendor now for what no webhook has told"
EXAMPLES = """  punctual reconcile north
  punctual reconcile north --from 2026-05-01 --to 2026-05-31
  punctual reconcile north --no-wait

Workers do it, within the share of the vendor's budget that scans may take. Ctrl-C ends the watching, not the scan."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from punctual.windows import edge

    parser.add_argument("connection", metavar="CONNECTION")
    parser.add_argument(
        "--from", dest="start", type=edge, metavar="DAY", help="first day, in the connection's zone (yesterday)"
    )
    parser.add_argument(
        "--to", dest="end", type=edge, metavar="DAY", help="last day, whole (as far as the connection looks ahead)"
    )
    parser.add_argument("--no-wait", action="store_true", help="begin it, and do not wait for its end")
    parser.add_argument(
        "--timeout", type=float, default=600.0, metavar="SECONDS", help="give up watching when nothing moves (600)"
    )
    parser.add_argument("--json", action="store_true", help="for machines")


def run(args: argparse.Namespace) -> int:
    from punctual import reconciling, session

    return session.run(lambda opened: reconciling.reconcile(opened, args))
