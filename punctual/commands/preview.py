"""`punctual preview`."""

import argparse
from pathlib import Path

SUMMARY = "render a template, or a config's texts, for a stored appointment; sends nothing"
EXAMPLES = """\
  punctual preview north app_1001                                     the texts it is planned with
  punctual preview north app_1001 --config reminders.json
  punctual preview north app_1001 --template "See you at {{ appointment.time }}"
  punctual preview north app_1001 --template @text.liquid --language es"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("connection", metavar="CONNECTION")
    parser.add_argument("external_id", metavar="EXTERNAL_ID", help="the vendor's id of the appointment")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--config", type=Path, metavar="FILE", help="as for `punctual configs apply`")
    what.add_argument("--template", metavar="TEXT", help="@FILE reads a file")
    parser.add_argument("--language", metavar="TAG", help="as if the person's language were this one")
    parser.add_argument("--json", action="store_true", help="for machines")


def run(args: argparse.Namespace) -> int:
    from punctual import session, text_preview

    return session.run(lambda opened: text_preview.preview(opened, args))
