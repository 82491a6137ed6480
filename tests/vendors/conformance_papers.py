"""The half of the conformance suite that calls nobody: a vendor's README, quality file, fixtures and folder."""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from tests.vendors.conftest import FIXTURES

ROOT = FIXTURES.parent.parent
RULES = {
    "signature_before_parse": "nothing is read before it is proven",
    "webhook_never_raises": "whatever a body holds",
    "documented_example_loads": "the documents' own examples, as exact bytes",
    "unknown_status_is_unknown": "and matches nothing",
    "unknown_words_are_counted": "statuses, event types, fields",
    "naive_time_is_refused": "or read in a declared zone",
    "phone_is_e164": "or missing, with the reason",
    "absence_is_told": "never concluded from a list that may be cut",
    "list_is_read_to_its_end": "and no further",
    "credentials_stay_home": "no link of an answer leads them elsewhere",
    "retry_after": "as documented",
    "errors_keep_the_vendors_words": "code and message, apart from our own",
    "lost_answer_is_told": "and read back before anything is repeated",
    "way_asked_before_trying": "a change that cannot be written is not tried",
    "every_documented_call": "can be made by hand",
    "batching": "as many as one call answers for",
    "window": "reconciliation asks for a window",
    "version": "the vendor's own date of a record orders its answers",
    "token_renewal": "before a token ends, and once on a 401",
}


@cache
def names_of_tests() -> frozenset[str]:
    found = (re.findall(r"def (test_\w+)", path.read_text()) for path in (ROOT / "tests").rglob("*.py"))
    return frozenset(name for names in found for name in names)


class Papers:
    """Inherit, and give a fixture `vendor`."""

    def test_the_quality_file_answers_every_rule_once(self, vendor: str) -> None:
        assert set(self._quality(vendor)) == set(RULES)

    def test_every_rule_is_done_somewhere_or_exempt_for_a_reason(self, vendor: str) -> None:
        for rule, answer in self._quality(vendor).items():
            assert len(answer) == 1, rule
            assert answer.keys() <= {"done", "exempt"}, rule
            (said,) = answer.values()
            assert len(said) > 10, rule
            assert "todo" not in said.lower(), rule

    def test_what_the_quality_file_names_is_there(self, vendor: str) -> None:
        for rule, answer in self._quality(vendor).items():
            for said in answer.values():
                missing = [path for path in re.findall(r"\w+(?:/\w+)+\.py", said) if not (ROOT / path).exists()]
                missing += [name for name in re.findall(r"\btest_\w+\b(?!\.py)", said) if not self._there(name)]
                assert missing == [], rule

    def test_a_rule_that_is_done_names_its_proof(self, vendor: str) -> None:
        for rule, answer in self._quality(vendor).items():
            if "done" in answer:
                assert re.search(r"\btest_\w+|tests/|vendors/", answer["done"]), rule

    def test_the_readme_says_what_is_not_documented(self, vendor: str) -> None:
        said = (ROOT / "vendors" / vendor / "README.md").read_text()
        assert "TODO" not in said
        for part in ("(inference)", "(not found)", "## Statuses", "## Write-back", "## Webhooks"):
            assert part in said, part

    def test_every_fixture_says_where_it_comes_from(self, vendor: str) -> None:
        said = (FIXTURES / vendor / "PROVENANCE.md").read_text()
        assert "TODO" not in said
        for path in (FIXTURES / vendor).glob("*/*"):
            stem = re.sub(r"_?[0-9]+$", "", path.stem)
            assert stem in said, path.name

    def test_the_folder_has_all_its_files(self, vendor: str) -> None:
        names = ("api.py", "mapping.py", "operations.py", "settings.py", "webhook.py", "README.md", "quality.toml")
        assert [name for name in names if not (ROOT / "vendors" / vendor / name).exists()] == []
        assert (ROOT / "schemas" / f"{vendor}.py").exists()
        assert (ROOT / "sandbox" / f"{vendor}.py").exists()

    def test_a_webhook_is_read_without_any_call(self, vendor: str) -> None:
        for name in ("webhook.py", "mapping.py", "settings.py"):
            imports = re.findall(r"^(?:from|import) (\S+)", self._source(vendor, name), re.MULTILINE)
            assert not [each for each in imports if each.startswith(("outbound", "httpx"))], name

    def _quality(self, vendor: str) -> dict[str, Any]:
        return tomllib.loads((ROOT / "vendors" / vendor / "quality.toml").read_text())

    def _source(self, vendor: str, name: str) -> str:
        return Path(ROOT / "vendors" / vendor / name).read_text()

    def _there(self, name: str) -> bool:
        """The whole name, or the beginning of one (`test_case_22`)."""
        return any(each == name or each.startswith(f"{name}_") for each in names_of_tests())
