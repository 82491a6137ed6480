"""A hundred thousand rows in every table that grows, as a year of work leaves them, written in SQL in seconds.

Nearly everything is settled: that is what makes a scan from end to end dear, and an index of what is open small.
"""

import psycopg

MANY = 100_000
CONNECTIONS = 100
"""Each has as many rows as any other; the first is the one that the tests work at."""

_WHOSE = f"CASE n % {CONNECTIONS} WHEN 0 THEN 'north' ELSE 'c' || n % {CONNECTIONS} END"
_PHONE = "'+1415' || lpad(n::text, 7, '0')"
_PAST = f"now() - interval '2 hours' - n * interval '1 year' / {MANY}"
_AHEAD = f"now() + interval '2 hours' + n * interval '1 year' / {MANY}"
_EACH = f"FROM generate_series(1, {MANY}) AS n"

FILL = f"""
CREATE TEMPORARY TABLE one AS SELECT gen_random_uuid() AS config;
INSERT INTO events (connection, key, kind, body, received_at)
    SELECT {_WHOSE}, md5(n::text), 'appointment.updated', 'body', {_PAST} {_EACH};
INSERT INTO sync_requests (connection, kind, key, cause, wanted_gen, done_gen, claimed_gen, due_at, last_fetch_at)
    SELECT {_WHOSE}, 'appointment', 'old_' || n, 'webhook', 3, 3, 3, {_PAST}, {_PAST} {_EACH};
INSERT INTO appointments (connection, external_id, vendor_status, starts_at, ends_at, zone, raw, fetched_at, known_from)
    SELECT whose, 'old_' || n, 'scheduled', start, start + interval '30 minutes', 'Europe/London', '{{}}', {_PAST},
           start - interval '60 days'
    FROM (SELECT n, {_WHOSE} AS whose, CASE n % 2 WHEN 0 THEN {_PAST} ELSE {_AHEAD} END AS start {_EACH}) AS rows
    ORDER BY n;
INSERT INTO attendees SELECT id, 'client', connection, 'p_' || external_id FROM appointments;
INSERT INTO people (connection, person_id, phone, source)
    SELECT connection, 'p_' || external_id, '+1415' || lpad(substr(external_id, 5), 7, '0'), 'call' FROM appointments;
INSERT INTO numbers (sender, number) SELECT 'texts', {_PHONE} {_EACH};
INSERT INTO consents (sender, number, kind, source) SELECT 'texts', {_PHONE}, 'opt_in', 'import' {_EACH};
INSERT INTO pins SELECT id, (SELECT config FROM one), 1 FROM appointments;
INSERT INTO transitions (appointment_id, revision, kind, at) SELECT id, 1, 'booked', known_from FROM appointments;
INSERT INTO promises (appointment_id, connection, config_id, config_revision, workflow_id, anchor, anchor_at, attendee,
                      state, due_at, look_at, not_after)
    SELECT id, connection, (SELECT config FROM one), 1, 'w', 'event_starts', starts_at, 'client',
           CASE WHEN starts_at < now() THEN 'accepted' ELSE 'planned' END, starts_at, starts_at, starts_at
    FROM appointments;
INSERT INTO attempts (id, promise_id, connection, appointment_id, sender, from_number, to_number, body, state,
                      sender_id, created_at, settled_at, reported_at)
    SELECT gen_random_uuid(), id, connection, appointment_id, 'texts', '+12025570001',
           '+1415' || lpad(id::text, 7, '0'), 'body',
           CASE WHEN tried = 0 THEN 'refused' ELSE 'delivered' END, 'SM' || id || tried, due_at, due_at, due_at
    FROM promises, generate_series(0, 1) AS tried WHERE state = 'accepted';
INSERT INTO receipts (sender, sender_id, state, received_at, applied_at)
    SELECT 'texts', 'SM' || n, 'delivered', {_PAST}, {_PAST} {_EACH};
INSERT INTO inbound_texts (sender, sender_id, from_number, to_number, body, received_at, resolved_at)
    SELECT 'texts', 'IN' || n, {_PHONE}, '+12025570001', 'C', {_PAST}, {_PAST} {_EACH};
INSERT INTO answers (id, inbound_id, sender, from_number, to_number, kind, body, state, created_at, due_at, settled_at)
    SELECT gen_random_uuid(), id, 'texts', to_number, from_number, 'confirmed', 'Thanks', 'accepted', received_at,
           received_at, received_at FROM inbound_texts;
INSERT INTO write_backs (appointment_id, connection, change, source, state, due_at, created_at, done_at)
    SELECT id, connection, 'confirm', 'reply', 'done', fetched_at, fetched_at, fetched_at FROM appointments;
INSERT INTO callbacks (id, connection, kind, body, state, due_at, created_at, done_at)
    SELECT gen_random_uuid(), {_WHOSE}, 'status', '{{}}', 'done', {_PAST}, {_PAST}, {_PAST} {_EACH};
INSERT INTO timeline (connection, external_id, kind, at) SELECT {_WHOSE}, 'old_' || n, 'event', {_PAST} {_EACH};
INSERT INTO inbox (connection, key, kind, message, created_at, told_at, resolved_at)
    SELECT {_WHOSE}, 'reply:' || n, 'reply', 'A reply needs a person.', {_PAST}, {_PAST}, {_PAST} {_EACH};
INSERT INTO losses (connection, external_id, kind, found_at) SELECT {_WHOSE}, 'old_' || n, 'changed', {_PAST} {_EACH};
INSERT INTO operator_actions (actor, action, target) SELECT 'cli', 'retry', {_WHOSE} {_EACH};
"""


def fill(url: str) -> None:
    """Fill a migrated, empty database, with statistics as autovacuum would have them."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as tx:
        tx.execute("SET synchronous_commit = off")
        tx.execute(FILL)
        tx.execute("VACUUM ANALYZE")
