"""`punctual consents`."""

import argparse
from pathlib import Path

SUMMARY = "show, list, import and export who may be texted: the ledger of opt-ins and opt-outs"
EXAMPLES = """\
  punctual consents show +353861112223
  punctual consents list --opted-out
  punctual consents import forms.csv --sender texts
  punctual consents export > ledger.csv

  number,kind,reference
  +353861112223,opt_in,form of 2026-01-05

kind is opt_in or opt_out; reference says how it is known. The ledger is only ever added to. A STOP by the person
stands: an opt-in is imported over it only when its column `at` says that it is newer."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="show | list | import | export")
    show = actions.add_parser("show", help="everything the ledger says of a number")
    show.add_argument("number", help="with its country, such as +353861112223")
    listed = actions.add_parser("list", help="what is in force, the latest first")
    which = listed.add_mutually_exclusive_group()
    which.add_argument("--opted-out", action="store_const", const="opt_out", dest="kind", help="only these")
    which.add_argument("--opted-in", action="store_const", const="opt_in", dest="kind", help="only these")
    load = actions.add_parser("import", help="add the lines of a CSV file; all of them, or none where one is bad")
    load.add_argument("file", type=Path, help="CSV in UTF-8 with a heading; - reads standard input")
    load.add_argument("--dry-run", action="store_true", help="say what would be added")
    export = actions.add_parser("export", help="the whole ledger as CSV, in the order in which it was written")
    for each in (listed, load, export):
        each.add_argument("--sender", default="", help="whose texts are meant; may be left out where there is only one")
    for each in (show, listed, load):
        each.add_argument("--json", action="store_true", help="for machines")


def run(args: argparse.Namespace) -> int:
    from punctual import consents, session

    does = {
        "show": consents.show,
        "list": consents.list_all,
        "import": consents.load,
        "export": consents.export,
    }[args.action]
    return session.run(lambda opened: does(opened, args))
