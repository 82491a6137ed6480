"""The page that says which test holds which case is generated, and true."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_of_edge_cases_is_up_to_date():
    said = subprocess.run([sys.executable, "bin/edge-cases", "--check"], cwd=ROOT, capture_output=True, text=True)
    assert said.returncode == 0, said.stderr
