"""A new vendor's files, ready to be filled in: `make vendor NAME=acme`.

They import, and fail the conformance suite until they are right. Four lines elsewhere are changed, each of them one
name more in a list. What to do then is in docs/adding-a-vendor.md.
"""

# ruff: noqa: T201 - it speaks to the person at the terminal

import keyword
import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SKELETON = Path(__file__).resolve().parent / "skeleton"
PLACEHOLDER = "acme"
RESERVED = {"celery", "redis", "alembic", "sms", "vendors", "sandbox"}  # packages of others, and words of the sandbox

# file -> (a line that is there, what it becomes); `acme` stands for the name
EDITS = {
    "vendors/__init__.py": (r"^(VENDORS = \(.*)\)$", r'\1, "acme")'),
    "sandbox/app.py": (r"^(VENDORS = \()$", r'\1\n    "sandbox.acme:Acme",'),
    "sandbox/tenants.py": (r"^(CREDENTIALS = \{)$", r'\1\n    "acme": ("api_key",),'),
    "pyproject.toml": (r'^(modules = \["vendors\..*)\]$', r'\1, "vendors.acme"]'),
}


def main(arguments: list[str]) -> int:
    """Write the files; 2 for a name that cannot be one."""
    name = arguments[0] if len(arguments) == 1 else ""
    if problem := wrong(name):
        print(f"make vendor NAME=...: {problem}", file=sys.stderr)
        return 2
    for source in sorted(path for path in SKELETON.rglob("*") if path.is_file()):
        written = ROOT / named(str(source.relative_to(SKELETON)), name).removesuffix(".txt")
        written.parent.mkdir(parents=True, exist_ok=True)
        written.write_text(named(source.read_text(), name))
        print(f"wrote   {written.relative_to(ROOT)}")
    quality = ROOT / "vendors" / name / "quality.toml"
    quality.write_text(rules())
    print(f"wrote   {quality.relative_to(ROOT)}")
    for path, (line, becomes) in EDITS.items():
        before = (ROOT / path).read_text()
        after, times = re.subn(line, named(becomes, name), before, count=1, flags=re.MULTILINE)
        if not times:
            print(f"FAILED  {path}: add {name} to its list of vendors by hand", file=sys.stderr)
            return 1
        (ROOT / path).write_text(after)
        print(f"changed {path}, one line")
    print("Now docs/adding-a-vendor.md; it is done when this passes:")
    print(f"  .venv/bin/python -m pytest tests/vendors -k {name}")
    return 0


def wrong(name: str) -> str:
    """Why it cannot be a vendor's name."""
    if not re.fullmatch(r"[a-z][a-z0-9]{1,29}", name) or keyword.iskeyword(name) or name in RESERVED:
        return "expected one word of small letters, such as acme, that is no other package's"
    return f"there is a vendor {name} already" if (ROOT / "vendors" / name).exists() else ""


def named(text: str, name: str) -> str:
    return text.replace(PLACEHOLDER.capitalize(), name.capitalize()).replace(PLACEHOLDER, name)


def rules() -> str:
    """A quality file that answers nothing yet, with the rules of a vendor that is complete."""
    asked = tomllib.loads((ROOT / "vendors" / "caspen" / "quality.toml").read_text())
    return '# done = "where", or exempt = "why"; nothing else passes\n' + "".join(
        f'\n[{rule}]\ntodo = ""\n' for rule in asked
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
