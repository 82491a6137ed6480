"""How large everything is measured: the whole (at most 12 minutes on two cores), or quickly (at most 90 seconds)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    quick: bool
    rounds: int = 3

    receiver_rounds: int = 5  # the noisiest figure
    receiver_seconds: float = 1.6
    receiver_servers: tuple[str, ...] = ("granian", "gevent", "gunicorn gthread", "gunicorn sync")
    sync_rounds: int = 3
    appointments: int = 1000
    textbook_appointments: int = 200
    pending: int = 1_000_000
    due_seconds: float = 60.0
    due_per_second: int = 500
    spike: int = 10_000
    verified: int = 1000
    eta_tasks: int = 3000
    eta_timeout_seconds: int = 4
    queue_jobs: int = 1500
    claims: int = 3000
    sends: int = 3000
    growth: tuple[int, ...] = (10_000, 100_000, 1_000_000)
    growth_events: tuple[int, ...] = (10_000, 100_000, 1_000_000)
    growth_claims: int = 5
    growth_plans: int = 15
    growth_seconds: float = 1.5
    growth_changes: int = 10_000
    memory_events: int = 100_000


FULL = Sizes(quick=False)
QUICK = Sizes(
    quick=True,
    receiver_rounds=3,
    receiver_seconds=0.5,
    receiver_servers=("granian", "gevent"),  # the best of either kind so far
    sync_rounds=1,  # a burst takes five seconds however small it is
    appointments=500,
    textbook_appointments=40,
    pending=20_000,
    due_seconds=4.0,
    due_per_second=100,
    spike=500,
    verified=100,
    eta_tasks=1000,
    eta_timeout_seconds=1,
    queue_jobs=200,
    claims=320,
    sends=300,
    growth=(1000, 10_000),
    growth_events=(1000, 10_000),
    growth_claims=2,
    growth_plans=5,
    growth_seconds=0.4,
    growth_changes=1000,
    memory_events=3000,
)
