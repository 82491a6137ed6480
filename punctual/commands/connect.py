"""`punctual connect`."""

import argparse

SUMMARY = "connect a booking system: asks, checks the credentials, writes the file, waits for the first webhook"
EXAMPLES = """\
  punctual connect caspen
  punctual connect carecycle --name west --zone America/Chicago --credential api_key=env:WEST_KEY --no-input
  punctual connect officeplace --option mailboxes=id-1,id-2 --webhook none

What is a flag is not asked. A secret may be given as env:NAME or file:PATH, which is written down as it is; one that
is given itself goes into a file of its own that only you can read. The connection begins in mode observe: nothing is
sent. Vendors, their credentials and options are in vendors/<vendor>/README.md."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("vendor", metavar="VENDOR", help="carecycle, caspen, pexip or officeplace")
    parser.add_argument("--name", help="of the connection; part of its webhook's address")
    parser.add_argument("--zone", help="the practice's time zone, e.g. Europe/Dublin")
    parser.add_argument("--base-url", help="where the vendor's API is, if not where its documents say")
    parser.add_argument("--credential", metavar="KEY=VALUE", action="append", default=[], help="may be repeated")
    parser.add_argument("--option", metavar="KEY=VALUE", action="append", default=[], help="may be repeated")
    parser.add_argument("--webhook", help="standard (Standard Webhooks, Svix), hmac, shared, basic or none")
    parser.add_argument("--webhook-secret", metavar="SECRET", help="where the vendor makes it; else one is made")
    parser.add_argument("--webhook-header", metavar="HEADER", help="for hmac and shared")
    parser.add_argument("--webhook-encoding", metavar="hex|base64", help="for hmac")
    parser.add_argument("--webhook-prefix", metavar="PREFIX", help="for hmac, e.g. sha256=")
    parser.add_argument("--practice", help="the practice's name, for texts")
    parser.add_argument("--country", help="whose national numbers are read, e.g. IE")
    parser.add_argument("--sender", help="who sends its texts; may be added later")
    parser.add_argument("--no-check", dest="check", action="store_false", help="do not ask the vendor")
    parser.add_argument("--wait", action=argparse.BooleanOptionalAction, default=None, help="for a first webhook")
    parser.add_argument("--no-input", action="store_true", help="ask nothing")
    parser.add_argument("--json", action="store_true", help="for machines")


def run(args: argparse.Namespace) -> int:
    from punctual import session
    from punctual.connect import connecting

    return session.guarded(lambda: connecting.run(args))
