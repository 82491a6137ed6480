import pytest

pytest.register_assert_rewrite("tests.vendors.conformance", "tests.vendors.conformance_papers")
