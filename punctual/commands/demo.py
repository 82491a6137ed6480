"""`punctual demo`."""

import argparse
from pathlib import Path

SUMMARY = "play the whole story at four emulated vendors, on real processes; ends with pass or fail"
EXAMPLES = """\
  punctual demo
  punctual demo --keep        # leave its folder and logs behind"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--folder", type=Path, default=Path(".punctual/demo"), help="where it lives while it plays")
    parser.add_argument("--keep", action="store_true", help="leave the folder and its logs behind")


def run(args: argparse.Namespace) -> int:
    from punctual.demo import play

    return play.run(args.folder.absolute(), keep=args.keep)
