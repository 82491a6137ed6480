"""A burst of changes at one connection, on the real processes of the Procfile: what it costs, and whom it holds up."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.bursts import Booking
from benchmarks.ground import Ground
from benchmarks.pipeline import Net
from benchmarks.sync import Ours
from punctual.home import Home
from punctual.servers import EmbeddedValkey
from tests import servers

pytestmark = pytest.mark.e2e
APPOINTMENTS, BURST_SECONDS = 100, 5.0
"""Each changes ten times within that time."""


@pytest.fixture
def burst(tmp_path: Path, server_url: str, run_folder: Path) -> Iterator[Ours]:
    """One burst at a connection, with a few changes at another and a few promises that fall due meanwhile."""
    servers.ensure_template(server_url, run_folder)
    valkey = EmbeddedValkey(Home(tmp_path / "valkey"), durable=False)
    valkey.start()
    ground = Ground(tmp_path, server_url, valkey.url)
    try:
        ours = Ours(ground, Booking(ground), Net(ground), APPOINTMENTS, BURST_SECONDS)
        ours.round()
        yield ours
        ours.stop()
    finally:
        ground.stop(*ground.children, firmly=True)
        valkey.stop()


def test_a_burst_at_one_connection_delays_no_other_connection_and_no_promise_by_two_seconds(burst: Ours) -> None:
    assert len(burst.other_delays) == len(burst.quiet.ids)
    assert max(burst.other_delays) < 2
    assert max(burst.due_delays) < 2
    assert burst.equal
    assert burst.fetched / burst.told <= 0.25
