"""Call a vendor as a person asks for it."""

import argparse
from collections.abc import Callable
from typing import Any

from punctual.printing import columns, print_json
from punctual.session import DONE, MISUNDERSTOOD, Refused, Session, actor, unknown
from rules.errors import AnswerLost, Fate, NoLeave
from store import operator_actions
from vendors.apis import OPERATIONS
from vendors.operation import Argument, Operation


def call(session: Session, args: argparse.Namespace) -> int:
    """List the operations, or make one."""
    vendor = session.connection(args.connection).vendor
    if args.operation is None:
        _list(vendor, as_json=args.json or args.rest == ["--json"])
        return DONE
    operation = OPERATIONS[vendor].get(args.operation)
    if operation is None:
        raise Refused(unknown("operation", args.operation, OPERATIONS[vendor]), MISUNDERSTOOD)
    given = vars(_parser(args.connection, operation).parse_args(args.rest))
    as_json = given.pop("json") or args.json
    answer = make(session, args.connection, operation, given)
    if as_json:
        print_json(answer)
    else:
        print("\n".join(readable(answer)))
    return DONE


def make(session: Session, name: str, operation: Operation, given: dict[str, Any]) -> Any:
    """Call the vendor. Raises `Refused` with what it said."""
    if operation.changes:
        with session.db.begin() as tx:
            operator_actions.record(tx, actor(), f"vendor {operation.name}", name, outcome="asked")
    try:
        return operation.call(session.connection(name).adapter, session.wiring.client(name), given)
    except NoLeave as wait:
        seconds = wait.retry_after.total_seconds() if wait.retry_after else 0
        raise Refused(f"the connection's budget is used up; free again in {seconds:.0f} s") from wait
    except AnswerLost as lost:
        again = "; whether it took effect is unknown: look before you repeat it" if operation.changes else ""
        raise Refused(f"no answer came{again}") from lost
    except Fate as fate:
        raise Refused(_words(fate)) from fate


def _words(fate: Fate) -> str:
    """What the vendor said, for the person who asked it."""
    said = ": ".join(filter(None, [fate.vendor_code, fate.vendor_message]))
    asked = f" ({type(fate).__name__}"
    asked += f", correlation id {fate.trace})" if fate.trace else ")"
    return f"{fate}{asked}" + (f"\n{said}" if said else "")


def _list(vendor: str, *, as_json: bool) -> None:
    found = OPERATIONS[vendor].values()
    if as_json:
        print_json([{"name": each.name, "method": each.method, "path": each.path, "help": each.help} for each in found])
    else:
        methods = {"TOKEN": "POST"}
        print(columns([(each.name, methods.get(each.method, each.method), each.path, each.help) for each in found]))


def _parser(connection: str, operation: Operation) -> argparse.ArgumentParser:
    changes = "\n\nThis changes something at the vendor." if operation.changes else ""
    parser = argparse.ArgumentParser(
        prog=f"punctual vendor {connection} {operation.name}",
        description=operation.help + changes,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    for each in operation.arguments:
        parser.add_argument(
            f"--{each.name.replace('_', '-')}",
            dest=each.name,
            type=_typed(each),
            action="append" if each.many else "store",
            required=each.required,
            metavar="{" + ",".join(each.choices) + "}" if each.choices else each.name.upper(),
            help=(each.help + ("; may be given several times" if each.many else "")).replace("%", "%%"),
        )
    parser.add_argument("--json", action="store_true", help="for machines")
    return parser


def _typed(argument: Argument) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        try:
            return argument.read(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return read


def readable(value: Any, indent: str = "") -> list[str]:
    """Lines of `name: value`, nested by indentation."""
    if isinstance(value, dict):
        lines = []
        for name, each in value.items():
            nested = isinstance(each, dict | list) and each
            lines.append(f"{indent}{name}:" + ("" if nested else f" {_word(each)}"))
            lines += readable(each, indent + "  ") if nested else []
        return lines
    if isinstance(value, list):
        lines = []
        for each in value:
            inner = readable(each, indent + "  ")
            lines += [f"{indent}- {inner[0].lstrip()}", *inner[1:]] if inner else [f"{indent}- nothing"]
        return lines or [f"{indent}nothing"]
    return [f"{indent}{_word(value)}"]


def _word(value: Any) -> str:
    """On one line, and nothing that a terminal would obey."""
    if value is None or isinstance(value, bool):
        return {None: "", True: "true", False: "false"}[value]
    if isinstance(value, dict | list):
        return "nothing"
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in str(value))
