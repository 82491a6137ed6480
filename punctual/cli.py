"""The command line.

Every file in `commands/` is a command: it has SUMMARY, EXAMPLES, add_arguments(parser) and run(args) -> exit status.
"""

import argparse
import ast
import difflib
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

COMMANDS = Path(__file__).with_name("commands")
NAME_WIDTH = 14


def known_commands() -> dict[str, str]:
    """Name and summary of each, read without importing it, so that --help stays quick."""
    found = {}
    for path in sorted(COMMANDS.glob("[a-z]*.py")):
        found[path.stem.replace("_", "-")] = _summary(path)
    return found


def _summary(path: Path) -> str:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "SUMMARY":
            return str(ast.literal_eval(node.value))
    return ""


def overview(commands: dict[str, str]) -> str:
    rows = [f"  {name:<{NAME_WIDTH}} {summary}" for name, summary in commands.items()]
    return "\n".join(
        [
            "Texts people about the appointments in the booking systems you already have.",
            "",
            "usage: punctual COMMAND ...      punctual COMMAND --help says more",
            "",
            *rows,
        ]
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 2 means that it was not understood, as usual."""
    words = list(sys.argv[1:] if argv is None else argv)
    commands = known_commands()
    if not words or words[0] in {"-h", "--help", "help"}:
        print(overview(commands))
        return 0 if words else 2
    name = words[0]
    if name not in commands:
        near = difflib.get_close_matches(name, commands, n=1)
        hint = f"; did you mean `punctual {near[0]}`?" if near else ""
        print(f"punctual: there is no command {name}{hint}  `punctual --help` lists all.", file=sys.stderr)
        return 2
    command = importlib.import_module(f"punctual.commands.{name.replace('-', '_')}")
    parser = argparse.ArgumentParser(
        prog=f"punctual {name}",
        description=command.SUMMARY,
        epilog=f"examples:\n{command.EXAMPLES}" if command.EXAMPLES else None,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_arguments(parser)
    return int(command.run(parser.parse_args(words[1:])))
