"""`punctual keys`."""

import argparse

SUMMARY = "make, list and revoke keys of the API (x-api-key)"
EXAMPLES = """\
  punctual keys create dashboard                      for all connections; shown once
  punctual keys create north-website --connection north
  punctual keys list
  punctual keys revoke 3f2a9c                         by the beginning of its digest, as listed"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="create | list | revoke")
    create = actions.add_parser("create", help="make a key; only its digest is kept")
    create.add_argument("name", help="whose it is, for people")
    create.add_argument("--connection", metavar="NAME", help="for one connection alone")
    revoke = actions.add_parser("revoke", help="from now on it opens nothing")
    revoke.add_argument("digest", help="its beginning is enough")
    for each in (create, revoke, actions.add_parser("list", help="all keys, without the keys")):
        each.add_argument("--json", action="store_true", help="for machines")


def run(args: argparse.Namespace) -> int:
    from punctual import keys, session

    does = {"create": keys.create, "list": keys.list_all, "revoke": keys.revoke}[args.action]
    return session.run(lambda opened: does(opened, args))
