"""`punctual migrate`."""

import argparse
import sys

SUMMARY = "bring the database to this version's schema; a newer one is refused"
EXAMPLES = "  PUNCTUAL_DATABASE_URL=postgresql://... punctual migrate"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    del parser  # where the database is, the environment says


def run(args: argparse.Namespace) -> int:
    del args
    import os

    from sqlalchemy.exc import OperationalError

    from runtime.settings_environment import Environment, database_url
    from store import migrate

    environment = Environment(os.environ)
    url = database_url(environment)
    if not url:
        wrong = environment.problems or ["PUNCTUAL_DATABASE_URL: expected postgresql://user:password@host:5432/name"]
        print("\n".join(wrong), file=sys.stderr)
        return 2
    try:
        print(f"the schema is at revision {migrate.upgrade(url)}")
    except migrate.NewerSchema as error:
        print(f"punctual: {error}", file=sys.stderr)
        return 1
    except OperationalError as error:
        print(f"punctual: the database cannot be reached: {error.orig}", file=sys.stderr)
        return 1
    return 0
