"""How large everything is measured: the whole (at most 12 minutes on two cores), or quickly (at most 90 seconds)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    quick: bool
    rounds: int = 3

    receiver_rounds: int = 5  # the noisiest figure
    receiver_seconds: float = 1.6
    sync_rounds: int = 3
    burst_seconds: float = 5.0
    appointments: int = 1000
    textbook_appointments: int = 200
    pending: int = 1_000_000
    lead_seconds: float = 6.0
    """Between writing what is to fall due and the moment when it does."""
    due_seconds: float = 60.0
    due_per_second: int = 500
    spike: int = 10_000
    verified: int = 1000
    eta_tasks: int = 3000
    eta_timeout_seconds: int = 4
    queue_jobs: int = 1500
    claims: int = 3000
    sends: int = 3000
    prefork: int = 16  # processes; each takes 70 MB, more did not fit beside what is measured
    growth: tuple[int, ...] = (10_000, 100_000, 1_000_000)
    growth_events: tuple[int, ...] = (10_000, 100_000, 1_000_000)
    growth_claims: int = 5
    growth_plans: int = 15
    growth_seconds: float = 1.5
    growth_changes: int = 10_000
    memory_events: int = 100_000
    memory_parts: int = 4
    """What a process holds after the first part is warm; what it adds by the last is a leak."""


FULL = Sizes(quick=False)
QUICK = Sizes(
    quick=True,
    rounds=1,  # the form of a run, not its figures
    receiver_rounds=3,
    receiver_seconds=0.25,
    sync_rounds=1,
    burst_seconds=1.0,
    appointments=100,
    textbook_appointments=10,
    pending=10_000,
    lead_seconds=1.2,
    due_seconds=1.0,
    due_per_second=100,
    spike=300,
    verified=40,
    eta_tasks=300,
    eta_timeout_seconds=1,
    queue_jobs=150,
    claims=320,
    sends=400,
    prefork=4,
    growth=(1000, 10_000),
    growth_events=(1000, 10_000),
    growth_claims=2,
    growth_plans=5,
    growth_seconds=0.25,
    growth_changes=500,
    memory_events=500,
    memory_parts=1,
)
