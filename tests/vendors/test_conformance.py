"""The conformance suite for each vendor that there is."""

from collections.abc import Callable

import pytest

from tests.vendors.conformance import Conformance, One
from tests.vendors.conformance_papers import Papers
from tests.vendors.conftest import Tenant
from tests.vendors.kits import KITS
from vendors import VENDORS


@pytest.fixture(params=VENDORS)
def one(request: pytest.FixtureRequest, tenant: Callable[..., Tenant]) -> One:
    return One(KITS[request.param], tenant(request.param))


class TestEveryVendor(Conformance):
    pass


@pytest.fixture(params=VENDORS)
def vendor(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class TestItsPapers(Papers):
    pass
