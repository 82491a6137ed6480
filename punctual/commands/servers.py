"""`punctual servers`: the embedded PostgreSQL and Valkey alone, for looking into them."""

import argparse

SUMMARY = "run or look at the embedded PostgreSQL and Valkey alone, without anything else"
EXAMPLES = """\
  punctual servers start       stay until Ctrl-C
  punctual servers status
  psql "$(punctual servers url)" """


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=["start", "stop", "status", "url"])


def run(args: argparse.Namespace) -> int:
    from punctual import servers_alone

    actions = {
        "start": servers_alone.start,
        "stop": servers_alone.stop,
        "status": servers_alone.status,
        "url": servers_alone.url,
    }
    return actions[args.what]()
