"""`python -m sandbox`: the emulated vendors and SMS network on one address."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from sandbox.refusal import Refusal
from sandbox.server import Server
from sandbox.tenants import read_tenant
from sandbox.world import World

EXAMPLES = """examples:
  python -m sandbox                              serve on http://127.0.0.1:8900
  python -m sandbox --port 0                     on a free port; the first line printed tells which
  python -m sandbox --tenants tenants.json       with these customers; more can be sent later:
  curl -X POST localhost:8900/control/tenants -d '{"vendor": "caspen", "name": "north",
       "credentials": {"token": "t"}, "webhook": null}'
  curl -X POST localhost:8900/control/caspen/north/appointments -d '{"starts_at": "2030-01-01T10:00:00Z",
       "first_name": "Ada", "last_name": "Byron", "phone": "+13125550142", "zone": "America/Chicago"}'

Appointments are at /, phones at /phones. sandbox/README.md lists the control API, the faults and the magic numbers.
"""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox",
        description="Four booking vendors and an SMS network, emulated. State is in memory and ends with the process.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    parser.add_argument("--port", type=int, default=8900, help="port, 0 for a free one (default %(default)s)")
    parser.add_argument("--tenants", type=Path, metavar="FILE.json", help="a list of tenants to begin with")
    chosen = parser.parse_args(arguments)
    try:
        tenants = _read(chosen.tenants) if chosen.tenants else []
    except (OSError, ValueError, Refusal) as error:
        reason = error.body["error"] if isinstance(error, Refusal) else error
        print(f"sandbox: {chosen.tenants}: {reason}", file=sys.stderr)  # noqa: T201
        return 2
    Server(chosen.host, chosen.port, tenants).run()
    return 0


def _read(path: Path) -> list[Any]:
    """The tenants, checked here already: a worker that cannot load would only be started again."""
    tenants = json.loads(path.read_text())
    if not isinstance(tenants, list):
        raise ValueError("the file must hold a JSON list of tenants")  # noqa: TRY004 - one error for one message
    world = World()
    for each in tenants:
        world.put_tenant(read_tenant(each))
    return tenants


if __name__ == "__main__":
    raise SystemExit(main())
