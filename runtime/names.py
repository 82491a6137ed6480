"""Task and queue names, declared once: what rings, what runs and the Procfile all mean these."""

from enum import StrEnum


class Queue(StrEnum):
    """One worker process each, so that nothing that is slow stands before a text that is due."""

    SMS = "sms"
    SYNC = "sync"
    REST = "rest"


APPOINTMENTS_SYNC = "appointments.sync"
PROMISES_SEND = "promises.send"
ATTEMPTS_SETTLE = "attempts.settle"
REPLIES_RESOLVE = "replies.resolve"
REPLIES_ANSWER = "replies.answer"
STATUSES_WRITE_BACK = "statuses.write_back"
CONNECTIONS_RECONCILE = "connections.reconcile"
STAFF_TELL = "staff.tell"

SWEEPS_SEND = "sweeps.send"
SWEEPS_SYNC = "sweeps.sync"
SWEEPS_SETTLE = "sweeps.settle"
SWEEPS_REFRESH = "sweeps.refresh"
SWEEPS_RECONCILE = "sweeps.reconcile"
SWEEPS_WRITE_BACK = "sweeps.write_back"
SWEEPS_STAFF = "sweeps.staff"
SWEEPS_RETENTION = "sweeps.retention"
SWEEPS_SILENCE = "sweeps.silence"

OPERATE_PAUSE = "operate.pause"
OPERATE_RESUME = "operate.resume"
OPERATE_RECONCILE = "operate.reconcile"
OPERATE_RETRY = "operate.retry"

QUEUE_OF: dict[str, Queue] = {
    APPOINTMENTS_SYNC: Queue.SYNC,
    PROMISES_SEND: Queue.SMS,
    ATTEMPTS_SETTLE: Queue.REST,
    REPLIES_RESOLVE: Queue.REST,
    REPLIES_ANSWER: Queue.SMS,  # somebody holds the phone and waits
    STATUSES_WRITE_BACK: Queue.REST,
    CONNECTIONS_RECONCILE: Queue.REST,
    STAFF_TELL: Queue.REST,
    SWEEPS_SEND: Queue.SMS,  # on the queue that it rings for: slow work elsewhere delays no text
    SWEEPS_SYNC: Queue.SYNC,
    SWEEPS_SETTLE: Queue.REST,
    SWEEPS_REFRESH: Queue.SYNC,
    SWEEPS_RECONCILE: Queue.REST,
    SWEEPS_WRITE_BACK: Queue.REST,
    SWEEPS_STAFF: Queue.REST,
    SWEEPS_RETENTION: Queue.REST,
    SWEEPS_SILENCE: Queue.REST,
    OPERATE_PAUSE: Queue.REST,
    OPERATE_RESUME: Queue.REST,
    OPERATE_RECONCILE: Queue.REST,
    OPERATE_RETRY: Queue.REST,
}

DEADLINE_SECONDS: dict[Queue, float] = {Queue.SMS: 60, Queue.SYNC: 180, Queue.REST: 600}
"""No task of the queue takes longer in any honest way: a send loop ends after 5 s and one call, a fetch is a few calls
of at most 15 s, a reconciliation is many pages. A process all of whose threads are beyond it is stuck."""
