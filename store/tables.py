"""All tables. Instants are `timestamptz` named `_at`; the database clock decides what is due.

Foreign text never goes into `jsonb` (NUL, lone surrogates): bodies and records are `bytea`, keys are digests.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import BYTEA, JSONB, UUID

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

instant = sa.DateTime(timezone=True)
now_default = sa.text("clock_timestamp()")


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True)


def _at(name: str, *, now: bool = False) -> sa.Column[object]:
    if now:
        return sa.Column(name, instant, nullable=False, server_default=now_default)
    return sa.Column(name, instant)


events = sa.Table(
    "events",
    metadata,
    _id(),
    sa.Column("connection", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),  # a digest, see rules.keys
    sa.Column("kind", sa.Text, nullable=False, server_default=""),
    sa.Column("recognised", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("body", BYTEA),  # emptied by retention
    sa.Column("copies", sa.Integer, nullable=False, server_default="1"),
    _at("received_at", now=True),
    sa.Column("outcome", sa.Text, nullable=False, server_default=""),
    sa.UniqueConstraint("connection", "key"),
    sa.Index("ix_events_received", "received_at"),
)

sync_requests = sa.Table(
    "sync_requests",
    metadata,
    _id(),
    sa.Column("connection", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),  # appointment | customer | window
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("cause", sa.Text, nullable=False),  # webhook | due_soon | write_back | reconcile | backfill | operator
    sa.Column("wanted_gen", sa.BigInteger, nullable=False, server_default="1"),
    sa.Column("done_gen", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("claimed_gen", sa.BigInteger, nullable=False, server_default="0"),
    _at("wanted_at", now=True),
    _at("due_at", now=True),
    sa.Column("wanted_version", instant),  # an event named this update time; the record must be at least that new
    sa.Column("starts_at_hint", instant),
    sa.Column("notified", sa.Boolean, nullable=False, server_default=sa.false()),  # asked for by a webhook
    sa.Column("looked_again", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    _at("lease_until"),
    sa.Column("token", UUID(as_uuid=True)),
    _at("last_fetch_at"),
    sa.Column("last_error", sa.Text, nullable=False, server_default=""),
    _at("dead_at"),
    sa.Column("dead_reason", sa.Text, nullable=False, server_default=""),
    sa.UniqueConstraint("connection", "kind", "key"),
    sa.Index(
        "ix_sync_requests_wanted",
        "connection",
        "due_at",
        postgresql_where=sa.text("wanted_gen > done_gen AND dead_at IS NULL"),
    ),
)

appointments = sa.Table(
    "appointments",
    metadata,
    _id(),
    sa.Column("connection", sa.Text, nullable=False),
    sa.Column("external_id", sa.Text, nullable=False),
    sa.Column("revision", sa.BigInteger, nullable=False, server_default="1"),
    sa.Column("presence", sa.Text, nullable=False, server_default="present"),
    _at("doubtful_at"),
    sa.Column("vendor_status", sa.Text, nullable=False),  # from records only
    sa.Column("vendor_word", sa.Text, nullable=False, server_default=""),
    sa.Column("vendor_confirmed", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("our_status", sa.Text),
    sa.Column("our_confirmed", sa.Boolean),
    sa.Column("our_for_start", instant),
    sa.Column("our_vendor_status", sa.Text),  # what the vendor said when we were told
    sa.Column("our_vendor_confirmed", sa.Boolean),
    sa.Column("version", instant),  # the vendor's own update time
    sa.Column("starts_at", instant),
    sa.Column("ends_at", instant),
    sa.Column("zone", sa.Text),  # event zone as resolved when applied
    sa.Column("zone_is_guess", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("meeting_type", sa.Text),
    sa.Column("location_id", sa.Text),
    sa.Column("practitioner_id", sa.Text),
    sa.Column("service_id", sa.Text),
    sa.Column("campaign_id", sa.Text),
    sa.Column("appointment_type", sa.Text),
    sa.Column("place_name", sa.Text, nullable=False, server_default=""),
    sa.Column("place_address", sa.Text, nullable=False, server_default=""),
    _at("booked_at"),  # the vendor's instant
    _at("known_from"),  # since when this start is known
    _at("first_seen_at", now=True),
    _at("fetched_at", now=True),
    _at("changed_at", now=True),
    sa.Column("raw", BYTEA, nullable=False),
    sa.UniqueConstraint("connection", "external_id"),
    sa.Index("ix_appointments_starts", "connection", "starts_at"),
)

attendees = sa.Table(
    "attendees",
    metadata,
    sa.Column("appointment_id", sa.BigInteger, sa.ForeignKey("appointments.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("connection", sa.Text, nullable=False),
    sa.Column("person_id", sa.Text),
    sa.Index("ix_attendees_person", "connection", "person_id"),
)

people = sa.Table(
    "people",
    metadata,
    sa.Column("connection", sa.Text, primary_key=True),
    sa.Column("person_id", sa.Text, primary_key=True),
    sa.Column("first_name", sa.Text, nullable=False, server_default=""),
    sa.Column("last_name", sa.Text, nullable=False, server_default=""),
    sa.Column("phone", sa.Text),
    sa.Column("phone_problem", sa.Text),
    sa.Column("zone", sa.Text),
    sa.Column("language", sa.Text),
    sa.Column("source", sa.Text, nullable=False),  # record | call | directory
    _at("fetched_at", now=True),
    sa.Index("ix_people_phone", "phone"),
)

numbers = sa.Table(
    "numbers",
    metadata,
    sa.Column("sender", sa.Text, primary_key=True),
    sa.Column("number", sa.Text, primary_key=True),
    _at("opted_out_at"),
    _at("bad_at"),
    sa.Column("bad_reason", sa.Text, nullable=False, server_default=""),
)

consents = sa.Table(
    "consents",
    metadata,
    _id(),
    sa.Column("sender", sa.Text, nullable=False),
    sa.Column("number", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),  # opt_out | opt_in
    sa.Column("source", sa.Text, nullable=False),  # inbound | sender | operator | import
    sa.Column("reference", sa.Text, nullable=False, server_default=""),
    _at("at", now=True),
    sa.Index("ix_consents_number", "sender", "number"),
)

appointment_configs = sa.Table(
    "appointment_configs",
    metadata,
    sa.Column("id", UUID(as_uuid=True), primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("body", BYTEA, nullable=False),  # the documented shape as JSON
    sa.Column("current", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("created_by", sa.Text, nullable=False, server_default=""),
    sa.Column("source", sa.Text, nullable=False, server_default="ours"),  # ours | vendor (pulled)
    sa.Column("vendor_connection", sa.Text),
    sa.Column("vendor_id", sa.Text),
    _at("created_at", now=True),
    _at("deleted_at"),
    sa.Index("uq_appointment_configs_current", "id", unique=True, postgresql_where=sa.text('"current"')),
)

assignments = sa.Table(
    "assignments",
    metadata,
    sa.Column("connection", sa.Text, primary_key=True),
    sa.Column("config_id", UUID(as_uuid=True), primary_key=True),
    sa.Column("field", sa.Text, primary_key=True, server_default=""),  # "" is the whole connection
    sa.Column("value", sa.Text, primary_key=True, server_default=""),
    _at("created_at", now=True),
)

pins = sa.Table(
    "pins",
    metadata,
    sa.Column("appointment_id", sa.BigInteger, sa.ForeignKey("appointments.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("config_id", UUID(as_uuid=True), primary_key=True),
    sa.Column("revision", sa.Integer, nullable=False),
    _at("pinned_at", now=True),
    sa.Index("ix_pins_config", "config_id", "appointment_id"),
)

transitions = sa.Table(
    "transitions",
    metadata,
    _id(),
    sa.Column("appointment_id", sa.BigInteger, sa.ForeignKey("appointments.id", ondelete="CASCADE"), nullable=False),
    sa.Column("revision", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("at", instant),
    sa.Column("start_before", instant),
    sa.Column("start_after", instant),
    _at("seen_at", now=True),
    sa.UniqueConstraint("appointment_id", "revision", "kind"),
)

promises = sa.Table(
    "promises",
    metadata,
    _id(),
    sa.Column("appointment_id", sa.BigInteger, sa.ForeignKey("appointments.id", ondelete="CASCADE"), nullable=False),
    sa.Column("connection", sa.Text, nullable=False),
    sa.Column("config_id", UUID(as_uuid=True), nullable=False),
    sa.Column("config_revision", sa.Integer, nullable=False),
    sa.Column("workflow_id", sa.Text, nullable=False),
    sa.Column("anchor", sa.Text, nullable=False),
    sa.Column("anchor_at", instant, nullable=False),
    sa.Column("attendee", sa.Text, nullable=False),
    sa.Column("round", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("due_at", instant, nullable=False),
    sa.Column("not_after", instant, nullable=False),
    sa.Column("look_at", instant, nullable=False),  # due_at, or later while something holds it
    sa.Column("skip_reason", sa.Text),
    sa.Column("hold_reason", sa.Text),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("action", sa.Text, nullable=False, server_default="sms"),  # sms | webhook | set_status
    sa.Column("merged_into", sa.BigInteger),  # the promise whose text said this one's too
    sa.Column("next_sender", sa.Text),  # whom the next try goes to, where that is not the connection's first sender
    _at("told_at"),
    sa.Column("told_start", instant),
    _at("redone_at"),  # somebody asked that it is told once more: its id is the next round
    _at("created_at", now=True),
    _at("changed_at", now=True),
    sa.UniqueConstraint("appointment_id", "workflow_id", "anchor_at", "attendee", "round"),
    sa.Index("ix_promises_look", "connection", "look_at", postgresql_where=sa.text("state = 'planned'")),
    # Empty where nothing is merged, and no other change of a promise touches it.
    sa.Index("ix_promises_merged", "merged_into", postgresql_where=sa.text("merged_into IS NOT NULL")),
    postgresql_with={"autovacuum_vacuum_scale_factor": "0.01", "fillfactor": "80"},
)

attempts = sa.Table(
    "attempts",
    metadata,
    sa.Column("id", UUID(as_uuid=True), primary_key=True),
    sa.Column("promise_id", sa.BigInteger, sa.ForeignKey("promises.id", ondelete="CASCADE"), nullable=False),
    sa.Column("connection", sa.Text, nullable=False),
    sa.Column("appointment_id", sa.BigInteger, nullable=False),
    sa.Column("sender", sa.Text, nullable=False),
    sa.Column("from_number", sa.Text, nullable=False),
    sa.Column("to_number", sa.Text, nullable=False),
    sa.Column("body", BYTEA),  # UTF-8; emptied by retention
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("sender_id", sa.Text),
    sa.Column("code", sa.Text, nullable=False, server_default=""),
    sa.Column("reason", sa.Text, nullable=False, server_default=""),
    sa.Column("segments", sa.Integer),
    sa.Column("unverified", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("told_start", instant),
    _at("created_at", now=True),
    _at("lease_until"),
    _at("settled_at"),
    _at("receipt_at"),
    sa.Column("released", sa.Boolean, nullable=False, server_default=sa.false()),  # the promise may be tried again
    _at("looked_up_at"),
    _at("reported_at"),
    _at("unconfirmed_at"),  # accepted, and no final receipt within its time
    sa.Index(
        "uq_attempts_live",
        "promise_id",
        unique=True,
        postgresql_where=sa.text("state NOT IN ('not_sent', 'refused') AND NOT released"),
    ),
    sa.Index(
        "ix_attempts_unconfirmed",
        "created_at",
        postgresql_where=sa.text("state = 'accepted' AND unconfirmed_at IS NULL"),
    ),
    sa.Index("ix_attempts_kept", "created_at", postgresql_where=sa.text("body IS NOT NULL")),  # for retention
    sa.Index("ix_attempts_promise", "promise_id"),
    sa.Index("ix_attempts_sender_id", "sender", "sender_id"),
    sa.Index("ix_attempts_connection", "connection", "created_at"),
    sa.Index("ix_attempts_numbers", "to_number", "from_number", "created_at"),
    sa.Index("ix_attempts_open", "lease_until", postgresql_where=sa.text("state IN ('sending', 'unknown')")),
)

receipts = sa.Table(
    "receipts",
    metadata,
    _id(),
    sa.Column("sender", sa.Text, nullable=False),
    sa.Column("sender_id", sa.Text, nullable=False),
    sa.Column("reference", sa.Text, nullable=False, server_default=""),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("code", sa.Text, nullable=False, server_default=""),
    sa.Column("outcome", sa.Text, nullable=False, server_default=""),
    _at("received_at", now=True),
    _at("applied_at"),
    sa.UniqueConstraint("sender", "sender_id", "state"),
    sa.Index("ix_receipts_open", "received_at", postgresql_where=sa.text("applied_at IS NULL")),
)

inbound_texts = sa.Table(
    "inbound_texts",
    metadata,
    _id(),
    sa.Column("sender", sa.Text, nullable=False),
    sa.Column("sender_id", sa.Text, nullable=False),
    sa.Column("from_number", sa.Text, nullable=False),
    sa.Column("to_number", sa.Text, nullable=False),
    sa.Column("body", BYTEA),
    sa.Column("connection", sa.Text),
    sa.Column("meaning", sa.Text, nullable=False, server_default=""),
    sa.Column("outcome", sa.Text, nullable=False, server_default=""),
    sa.Column("appointment_id", sa.BigInteger),
    _at("received_at", now=True),
    _at("resolved_at"),
    sa.UniqueConstraint("sender", "sender_id"),
    sa.Index("ix_inbound_texts_kept", "received_at", postgresql_where=sa.text("body IS NOT NULL")),  # for retention
    sa.Index("ix_inbound_texts_open", "received_at", postgresql_where=sa.text("resolved_at IS NULL")),
)

answers = sa.Table(
    "answers",
    metadata,
    sa.Column("id", UUID(as_uuid=True), primary_key=True),
    sa.Column("inbound_id", sa.BigInteger, sa.ForeignKey("inbound_texts.id", ondelete="CASCADE"), nullable=False),
    sa.Column("connection", sa.Text, nullable=False, server_default=""),
    sa.Column("appointment_id", sa.BigInteger),
    sa.Column("sender", sa.Text, nullable=False),
    sa.Column("from_number", sa.Text, nullable=False),
    sa.Column("to_number", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("facts", JSONB, nullable=False, server_default="{}"),  # our own words, ids and instants only
    sa.Column("body", BYTEA),  # UTF-8; emptied by retention
    sa.Column("state", sa.Text, nullable=False, server_default="waiting"),
    sa.Column("sender_id", sa.Text),
    sa.Column("code", sa.Text, nullable=False, server_default=""),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    _at("created_at", now=True),
    _at("due_at", now=True),
    _at("lease_until"),
    sa.Column("token", UUID(as_uuid=True)),
    _at("settled_at"),
    sa.UniqueConstraint("inbound_id"),  # at most one answer to one text
    sa.Index("ix_answers_kept", "created_at", postgresql_where=sa.text("body IS NOT NULL")),  # for retention
    sa.Index("ix_answers_due", "due_at", postgresql_where=sa.text("state = 'waiting'")),
    sa.Index("ix_answers_numbers", "to_number", "from_number", "created_at"),
)

names = sa.Table(
    "names",
    metadata,
    sa.Column("connection", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),  # location | practitioner | service | subject
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    _at("changed_at", now=True),
)

losses = sa.Table(
    "losses",
    metadata,
    _id(),
    sa.Column("connection", sa.Text, nullable=False),
    sa.Column("external_id", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),  # new | changed | gone
    sa.Column("delay_seconds", sa.Float),
    _at("found_at", now=True),
    sa.Index("ix_losses_found", "connection", "found_at"),
)

announced_changes = sa.Table(
    "announced_changes",
    metadata,
    sa.Column("connection", sa.Text, primary_key=True),
    sa.Column("on_day", sa.Date, primary_key=True),  # in UTC
    sa.Column("kind", sa.Text, primary_key=True),  # as in `losses`
    sa.Column("count", sa.BigInteger, nullable=False),
)

write_backs = sa.Table(
    "write_backs",
    metadata,
    _id(),
    sa.Column("appointment_id", sa.BigInteger, sa.ForeignKey("appointments.id", ondelete="CASCADE"), nullable=False),
    sa.Column("connection", sa.Text, nullable=False),
    sa.Column("change", sa.Text, nullable=False),
    sa.Column("for_start", instant),
    sa.Column("source", sa.Text, nullable=False),  # reply | workflow | operator | api
    sa.Column("echo_revision", sa.BigInteger),  # the record as our write left it, until its echo has come
    sa.Column("state", sa.Text, nullable=False, server_default="wanted"),
    sa.Column("outcome", sa.Text, nullable=False, server_default=""),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    _at("due_at", now=True),
    _at("lease_until"),
    sa.Column("token", UUID(as_uuid=True)),
    _at("created_at", now=True),
    _at("done_at"),
    sa.Index("uq_write_backs_open", "appointment_id", unique=True, postgresql_where=sa.text("state = 'wanted'")),
    # Empty again once the echo has come.
    sa.Index("ix_write_backs_echo", "appointment_id", postgresql_where=sa.text("echo_revision IS NOT NULL")),
    sa.Index("ix_write_backs_due", "due_at", postgresql_where=sa.text("state = 'wanted'")),
)

callbacks = sa.Table(
    "callbacks",
    metadata,
    sa.Column("id", UUID(as_uuid=True), primary_key=True),
    sa.Column("connection", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),  # status | staff | workflow
    sa.Column("url", sa.Text, nullable=False, server_default=""),  # a workflow's own address
    sa.Column("appointment_id", sa.BigInteger),
    sa.Column("body", BYTEA, nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="waiting"),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("last_error", sa.Text, nullable=False, server_default=""),
    _at("due_at", now=True),
    _at("lease_until"),
    sa.Column("token", UUID(as_uuid=True)),
    _at("created_at", now=True),
    _at("done_at"),
    sa.Index("ix_callbacks_due", "due_at", postgresql_where=sa.text("state = 'waiting'")),
)

connection_states = sa.Table(
    "connection_states",
    metadata,
    sa.Column("connection", sa.Text, primary_key=True),
    sa.Column("mode", sa.Text, nullable=False, server_default="observe"),  # in force: the more cautious of both
    sa.Column("confirmed_mode", sa.Text, nullable=False, server_default="observe"),
    _at("live_since"),
    _at("first_seen_at", now=True),
    _at("paused_until"),
    sa.Column("paused_reason", sa.Text, nullable=False, server_default=""),
    sa.Column("sends_paused", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
    _at("catch_up_before"),  # a person has said: send what was due before this
    _at("last_event_at"),
    _at("last_answer_at"),
    _at("reconciled_at"),
    _at("reconcile_due_at", now=True),
    sa.Column("reconcile_cursor", sa.Text),
    _at("reconcile_started_at"),
    _at("reconcile_from"),
    _at("reconcile_to"),
    _at("reconcile_lease_until"),
    sa.Column("reconcile_token", UUID(as_uuid=True)),
    _at("asked_from"),  # a window that an operator wants scanned; it waits for the scan under way
    _at("asked_to"),
    sa.Column("scan_is_asked", sa.Boolean, nullable=False, server_default=sa.false()),  # the present scan is such a one
    sa.Column("scan_pages", sa.Integer, nullable=False, server_default="0"),  # so far, of the present or last scan
    sa.Column("scan_records", sa.Integer, nullable=False, server_default="0"),
    sa.Column("scan_changes", sa.Integer, nullable=False, server_default="0"),  # new ones among them
    sa.Column("scan_unannounced", sa.Integer, nullable=False, server_default="0"),
    sa.Column("scan_trouble", sa.Text, nullable=False, server_default=""),  # why the last one asked for was given up
    _at("scan_ended_at"),
    sa.Column("last_scan_pages", sa.Integer),
    sa.Column("last_scan_seconds", sa.Float),
    sa.Column("found_unannounced", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("found_announced", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("rejected_webhooks", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("skew_seconds", sa.Float),
)

budgets = sa.Table(
    "budgets",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("paused_until", instant),
)

budget_uses = sa.Table(
    "budget_uses",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("tick_at", instant, primary_key=True),
    sa.Column("cause", sa.Text, primary_key=True, server_default=""),
    sa.Column("used", sa.Integer, nullable=False),  # 0: it was asked for and refused
)

slots = sa.Table(
    "slots",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("token", UUID(as_uuid=True)),
    _at("lease_until"),
)

timeline = sa.Table(
    "timeline",
    metadata,
    _id(),
    sa.Column("connection", sa.Text, nullable=False),
    sa.Column("external_id", sa.Text, nullable=False, server_default=""),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("facts", JSONB, nullable=False, server_default="{}"),  # our own words, ids and instants only
    _at("at", now=True),
    sa.Index("ix_timeline_appointment", "connection", "external_id", "id"),
    sa.Index("ix_timeline_at", "at"),
)

inbox = sa.Table(
    "inbox",
    metadata,
    _id(),
    sa.Column("connection", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),  # the same matter is told once while it is open
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("external_id", sa.Text, nullable=False, server_default=""),
    sa.Column("times", sa.Integer, nullable=False, server_default="1"),
    _at("created_at", now=True),
    _at("told_at"),
    _at("tell_at", now=True),
    sa.Column("tell_attempts", sa.Integer, nullable=False, server_default="0"),
    _at("resolved_at"),
    sa.Index("ix_inbox_key", "connection", "key"),
    sa.Index("uq_inbox_open", "connection", "key", unique=True, postgresql_where=sa.text("resolved_at IS NULL")),
)

operator_actions = sa.Table(
    "operator_actions",
    metadata,
    _id(),
    _at("at", now=True),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("target", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False, server_default=""),
    sa.Column("outcome", sa.Text, nullable=False, server_default=""),
)

api_keys = sa.Table(
    "api_keys",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("connection", sa.Text),
    _at("created_at", now=True),
    _at("revoked_at"),
)
