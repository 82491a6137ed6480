"""`punctual up`."""

import argparse

SUMMARY = "start everything and stay: receiver, workers, beat, Flower; Ctrl-C stops it all"
EXAMPLES = """\
  punctual up
  PUNCTUAL_DATABASE_URL=postgresql+psycopg://... PUNCTUAL_BROKER_URL=redis://... punctual up"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--sandbox",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="run the emulated vendors too (default: if a connection points to them)",
    )
    parser.add_argument(
        "--quiet", action="store_true", help="print no lines of the processes, only addresses and errors"
    )


def run(args: argparse.Namespace) -> int:
    from punctual.up import UpOptions, run_up

    return run_up(UpOptions(sandbox=args.sandbox, quiet=args.quiet))
