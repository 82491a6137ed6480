"""Look again at what stored events named."""

import argparse

from punctual.printing import print_json
from punctual.session import DONE, Session, actor
from runtime.replay import replay as again


def replay(session: Session, args: argparse.Namespace) -> int:
    session.connection(args.connection)
    said = again(session.wiring, args.connection, args.since, actor=actor())
    if args.json:
        print_json(
            {
                "connection": args.connection,
                "events": said.events,
                "refs": said.refs,
                "forgotten": said.forgotten,
                "unread": said.unread,
            }
        )
    else:
        print(said.line(args.connection))
    return DONE
