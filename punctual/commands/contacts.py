"""`punctual contacts`."""

import argparse
from pathlib import Path

SUMMARY = "import the contact directory of a vendor whose records hold no phone numbers (OfficePlace)"
EXAMPLES = """\
  punctual contacts import people.csv --dry-run
  punctual contacts import people.csv --connection desk

  person_id,first_name,last_name,phone,zone,language
  ada@example.org,Ada,Byron,+13125550142,America/Chicago,en

person_id is what the record leads to, by default the e-mail address of its first attendee, and the only column that
must be there. Importing a file again changes what differs; nobody is removed by being left out."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="import")
    load = actions.add_parser("import", help="read a CSV file into the directory")
    load.add_argument("file", type=Path, help="CSV in UTF-8 with a heading; - reads standard input")
    load.add_argument("--connection", metavar="NAME", help="whose directory; may be left out where only one has one")
    load.add_argument("--dry-run", action="store_true", help="show what would be imported")
    load.add_argument("--skip-bad", action="store_true", help="import the good rows although others are bad")
    load.add_argument("--json", action="store_true", help="for machines")


def run(args: argparse.Namespace) -> int:
    from punctual import contacts, session

    return session.run(lambda opened: contacts.load(opened, args))
