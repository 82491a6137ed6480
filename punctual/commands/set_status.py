"""`punctual set-status`."""

import argparse

SUMMARY = "say how an appointment stands; its vendor is told, or the connection's status callback"
EXAMPLES = """  punctual set-status north app_1001 confirmed
  punctual set-status north app_1001 no_show --starts-at 2026-05-12T09:00:00+01:00

It counts here at once. The vendor's record is read afresh before it is told, and a person's status there stands."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from punctual.windows import instant
    from schemas.appointment_status import CHANGES

    parser.add_argument("connection", metavar="CONNECTION")
    parser.add_argument("external_id", metavar="ID", help="the vendor's")
    parser.add_argument("status", choices=sorted(CHANGES))
    parser.add_argument(
        "--starts-at", type=instant, metavar="INSTANT", help="only if it still starts then, with its offset"
    )
    parser.add_argument("--json", action="store_true", help="for machines")


def run(args: argparse.Namespace) -> int:
    from punctual import session, statuses

    return session.run(lambda opened: statuses.set_status(opened, args))
