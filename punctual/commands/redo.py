"""`punctual redo`."""

import argparse

SUMMARY = "tell a person once more what was texted already: shows what was sent, and asks why"
EXAMPLES = """\
  punctual redo north app_1001 --reason "she has a new phone and asked for it"
  punctual redo north app_1001 --promise 39 --reason "the first may have got lost" --yes
  punctual redo north app_1001 --json     # what was sent; changes nothing without --yes

A retry cannot text anybody twice; this can. It stays inside the text's deadline, and an opt-out or a cancellation still
ends it."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("connection", metavar="CONNECTION")
    parser.add_argument("external_id", metavar="APPOINTMENT", help="the vendor's id")
    parser.add_argument("--promise", type=int, metavar="ID", help="which text, where several were sent")
    parser.add_argument("--reason", default="", metavar="WHY", help="kept with your name")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--json", action="store_true", help="for machines; without --yes it only shows")


def run(args: argparse.Namespace) -> int:
    from punctual import redoing, session

    return session.run(lambda opened: redoing.redo(opened, args))
