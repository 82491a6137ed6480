"""Pause, resume and retry from the command line; Flower offers the same."""

import argparse
from typing import Any

from punctual.printing import print_json
from punctual.session import DONE, Session, actor
from runtime import operating


def pause(session: Session, args: argparse.Namespace) -> int:
    session.connection(args.connection)
    operating.pause(session.wiring, args.connection, args.reason, actor=actor())
    text = "is paused: nothing is asked and nothing is sent; texts that are due wait inside their deadlines"
    return told(args, f"{args.connection} {text}", paused=True)


def resume(session: Session, args: argparse.Namespace) -> int:
    session.connection(args.connection)
    operating.resume(session.wiring, args.connection, actor=actor())
    return told(args, f"{args.connection} goes on", paused=False)


def retry(session: Session, args: argparse.Namespace) -> int:
    """Dead letters alone: a text that may have been sent is never sent again by this."""
    session.connection(args.connection)
    line = operating.retry(session.wiring, args.connection, actor=actor())
    return told(args, line, woken=int(line.split(": ")[1].split()[0]))


def told(args: argparse.Namespace, line: str, **facts: Any) -> int:
    """The line, or with --json the connection and the facts; the exit status of what is done."""
    if args.json:
        print_json({"connection": args.connection, **facts})
    else:
        print(line)
    return DONE
