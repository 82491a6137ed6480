"""`punctual names`."""

import argparse
from pathlib import Path

SUMMARY = "import and show the names of places, practitioners and services that a vendor gives only as ids"
EXAMPLES = """\
  punctual names import names.csv --connection north --dry-run
  punctual names missing --connection north

  kind,key,name
  practitioner,6f2c01,Dr. Lee
  location,17,Main Street

kind is location, practitioner, service or subject; key is the vendor's id. A text that needs a name nobody knows is
skipped as no_name; an id is never texted. Importing again changes what differs; what is left out stays."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="import | list | missing")
    load = actions.add_parser("import", help="read a CSV file into the directory")
    load.add_argument("file", type=Path, help="CSV in UTF-8 with a heading; - reads standard input")
    load.add_argument("--dry-run", action="store_true", help="show what would be imported")
    load.add_argument("--skip-bad", action="store_true", help="import the good rows although others are bad")
    shown = actions.add_parser("list", help="all names")
    missing = actions.add_parser("missing", help="ids of stored appointments that have no name")
    for each in (load, shown, missing):
        each.add_argument("--connection", metavar="NAME", required=True)
        each.add_argument("--json", action="store_true", help="for machines")


def run(args: argparse.Namespace) -> int:
    from punctual import names, session

    does = {"import": names.load, "list": names.list_all, "missing": names.missing}[args.action]
    return session.run(lambda opened: does(opened, args))
