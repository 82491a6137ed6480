"""`punctual rehearse`."""

import argparse
from pathlib import Path

SUMMARY = "plan with a new or edited config over the stored appointments: what would be new, moved, gone, doubled"
EXAMPLES = """\
  punctual rehearse --config reminders.json
  punctual rehearse --config reminders.json --since 30d --connection north
  punctual rehearse --config reminders.json --connection north --by location_id=main-street --json

Nothing is sent and nothing is stored. An edited config is rehearsed where it is assigned, a new one everywhere or for
--connection. With --since it also says what would have been promised for appointments that are over."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="as for `punctual configs apply`")
    parser.add_argument("--since", default="0d", metavar="30d", help="also those of the past: 12h, 30d, 8w")
    parser.add_argument("--connection", metavar="NAME", help="as if it were assigned to this one")
    parser.add_argument("--by", metavar="FIELD=VALUE", help="only appointments with this value")
    parser.add_argument("--most", type=int, default=50, metavar="N", help="lines shown; all of them are counted")
    parser.add_argument("--json", action="store_true", help="for machines")


def run(args: argparse.Namespace) -> int:
    from punctual import rehearse, session

    return session.run(lambda opened: rehearse.rehearse(opened, args))
