"""`punctual configs`."""

import argparse
from pathlib import Path

SUMMARY = "apply, show, assign, pull and push appointment configs: what is texted, and when"
EXAMPLES = """\
  punctual configs apply reminders.json --assign north
  punctual configs apply reminders.toml --assign north --by location_id=main-street
  punctual configs list
  punctual configs show "Standard reminders"
  punctual rehearse --config reminders.json           # what an edited file would change; nothing is stored
  punctual configs apply reminders.json --to-booked   # for what is booked already, too
  punctual configs unassign "Standard reminders" north
  punctual configs delete "Standard reminders"
  punctual configs pull care                          # as its vendor has them; run there, never here
  punctual configs push care "Standard reminders"

The file is JSON or TOML in CareCycle's documented shape, with additions of ours; docs/configs.md has them all. The
same file twice changes nothing. What is booked already keeps the revision that it was planned with."""

BY = "only appointments with this value, e.g. location_id=main-street"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(
        dest="action", required=True, metavar="apply | list | show | assign | unassign | delete | pull | push"
    )
    apply = actions.add_parser("apply", help="store a file as the newest revision of its config")
    apply.add_argument("file", type=Path)
    apply.add_argument("--assign", metavar="CONNECTION", action="append", default=[], help="may be repeated")
    apply.add_argument("--by", metavar="FIELD=VALUE", help=BY)
    apply.add_argument(
        "--to-booked", action="store_true", help="booked appointments are planned by it too, from now on"
    )
    shown = actions.add_parser("show", help="one config with its texts")
    shown.add_argument("config", metavar="ID|NAME")
    shown.add_argument("--revision", type=int, metavar="N", help="an earlier one; booked appointments may keep it")
    assign = actions.add_parser("assign", help="let a connection's appointments be planned by a config")
    assign.add_argument("config", metavar="ID|NAME")
    assign.add_argument("connection", metavar="CONNECTION")
    assign.add_argument("--by", metavar="FIELD=VALUE", help=BY)
    unassign = actions.add_parser("unassign", help="take it away again; what it had planned is cancelled")
    unassign.add_argument("config", metavar="ID|NAME")
    unassign.add_argument("connection", metavar="CONNECTION")
    unassign.add_argument("--by", metavar="FIELD=VALUE", help="this one alone; without it all of that connection")
    delete = actions.add_parser("delete", help="delete it; what it had planned is cancelled")
    delete.add_argument("config", metavar="ID|NAME")
    pull = actions.add_parser("pull", help="take over the vendor's configs; they run there and never here")
    pull.add_argument("connection", metavar="CONNECTION")
    push = actions.add_parser("push", help="store a config at the vendor, switched off there")
    push.add_argument("connection", metavar="CONNECTION")
    push.add_argument("config", metavar="ID|NAME")
    push.add_argument("--run-there", action="store_true", help="the vendor runs it from now on, and Punctual does not")
    for each in (apply, shown, assign, unassign, delete, pull, push, actions.add_parser("list", help="all configs")):
        each.add_argument("--json", action="store_true", help="for machines")


def run(args: argparse.Namespace) -> int:
    from punctual import config_assignments, config_exchange, config_showing, configs, session

    does = {
        "apply": configs.apply,
        "list": config_showing.list_all,
        "show": config_showing.show,
        "assign": config_assignments.assign,
        "unassign": config_assignments.unassign,
        "delete": config_assignments.delete,
        "pull": config_exchange.pull,
        "push": config_exchange.push,
    }[args.action]
    return session.run(lambda opened: does(opened, args))
