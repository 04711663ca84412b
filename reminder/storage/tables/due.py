"""What is due and who is told: deadlines, notices, skips."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from reminder.storage.tables.base import Instant, RowId, metadata

_OPEN = text("status = 'open' AND next_on IS NOT NULL")
_BY_LINK = text("grant_id <> '' AND undone_at IS NULL")
_TO_ESCALATE = text("status = 'open' AND escalate_on IS NOT NULL")

deadlines = Table(
    "deadlines",
    metadata,
    Column("id", RowId, primary_key=True),
    # Empty for a follow-up that belongs to no agreement, hence no foreign key.
    Column("agreement", String(200), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("key", String(200), nullable=False, server_default=""),
    Column("bureau", String(200), nullable=False, server_default=""),
    Column("timezone", String(64), nullable=False),
    Column("due_on", Date, nullable=False),
    Column("due_last_on", Date, nullable=False),
    Column("due_text", String(32), nullable=False, server_default=""),
    Column("derived_from", Text, nullable=False),
    Column("status", String(8), nullable=False),
    Column("status_reason", Text, nullable=False, server_default=""),
    Column("silent_reason", String(32), nullable=False, server_default=""),
    Column("entered_on", Date, nullable=False),
    Column("epoch", Integer, nullable=False, server_default="1"),
    Column("rule", String(100), nullable=False, server_default=""),
    Column("officer", String(320)),
    Column("lead_times", Text, nullable=False, server_default=""),
    # The most urgent lead time told in this epoch; a copy of what notices say, so that a
    # scan need not read them.
    Column("told", String(16), nullable=False, server_default=""),
    Column("next_on", Date),  # the bureau's day on which the rule can next fire
    # What a finding consists of, as JSON: [[code, {name: value}], ...]; and how grave it is.
    Column("gaps", Text, nullable=False, server_default=""),
    Column("severity", String(8), nullable=False, server_default=""),
    # How far people have answered, and been escalated to, in this epoch: copies of what
    # responses and notices say, so that a scan need not read them. See planner.Answered.
    Column("snoozed_until", Date),
    Column("acknowledged_until", Date),
    Column("level", Integer, nullable=False, server_default="0"),
    Column("escalate_on", Date),
    # Who is told once more when snoozed_until has come: "owner" after a hand-over, else everybody.
    Column("again_for", String(8), nullable=False, server_default=""),
    UniqueConstraint("agreement", "kind", "key"),
    Index(
        "ix_deadlines_escalate",
        "timezone",
        "escalate_on",
        sqlite_where=_TO_ESCALATE,
        postgresql_where=_TO_ESCALATE,
    ),
    Index("ix_deadlines_next", "timezone", "next_on", sqlite_where=_OPEN, postgresql_where=_OPEN),
)


notices = Table(
    "notices",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("deadline_id", RowId, ForeignKey("deadlines.id"), nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("lead_time", String(16), nullable=False),
    Column("role", String(64), nullable=False),
    Column("recipient", String(320), nullable=False),
    Column("repeat_no", Integer, nullable=False, server_default="0"),
    Column("recipient_name", Text, nullable=False, server_default=""),
    Column("agreement", String(200), nullable=False),
    Column("rule", String(100), nullable=False),
    Column("copy", Boolean, nullable=False, server_default=text("false")),
    Column("fallback", Text, nullable=False, server_default=""),  # who stands in, and for whom
    Column("successor_of", Text, nullable=False, server_default=""),  # the person who left
    Column("due_on", Date, nullable=False),
    Column("due_text", String(32), nullable=False, server_default=""),
    Column("made_on", Date, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("message_id", String(250), ForeignKey("messages.message_id"), nullable=False),
    Column("stopped_at", Instant),
    Column("stop_reason", String(32), nullable=False, server_default=""),
    # Told by that step of the rule's "escalate", counted from 1; 0 for the rule's own recipients.
    Column("level", Integer, nullable=False, server_default="0"),
    UniqueConstraint("deadline_id", "epoch", "lead_time", "role", "recipient", "repeat_no"),
    Index(None, "message_id"),
    Index(None, "agreement"),
)

skips = Table(
    "skips",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("deadline_id", RowId, ForeignKey("deadlines.id"), nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("lead_time", String(16), nullable=False),
    Column("reason", String(32), nullable=False),
    Column("recipient", String(320), nullable=False, server_default=""),
    Column("on", Date, nullable=False),
    Column("at", Instant, nullable=False),
    Column("detail", Text, nullable=False, server_default=""),
    UniqueConstraint("deadline_id", "epoch", "lead_time", "reason", "recipient"),
)

responses = Table(
    "responses",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("on", Date, nullable=False),  # the bureau's day of it
    Column("agreement", String(200), nullable=False, server_default=""),
    Column("deadline_id", RowId, ForeignKey("deadlines.id"), nullable=False),
    Column("epoch", Integer, nullable=False),
    # acknowledge | snooze | done | handover | decide
    Column("action", String(16), nullable=False),
    Column("actor", String(320), nullable=False, server_default=""),  # who says so
    Column("via", String(8), nullable=False),  # shell | web | mail
    Column("until", Date),  # of a snooze: nothing before it; of an acknowledgement: when it lapses
    Column("to", String(320), nullable=False, server_default=""),  # of a hand-over
    Column("decision", String(16), nullable=False, server_default=""),
    Column("note", Text, nullable=False, server_default=""),
    Column("evidence", Text, nullable=False, server_default=""),
    # The link by which it came; empty for any other way. Each link takes each answer
    # once, or again where it was undone, as an offer is that the same link makes anew.
    Column("grant_id", String(22), nullable=False, server_default=""),
    Column("undo", Text, nullable=False, server_default=""),  # JSON: what was there before
    Column("undone_at", Instant),
    Index(None, "deadline_id"),
    Index(None, "agreement"),
    Index(
        "uq_responses_grant_id",
        "grant_id",
        "action",
        unique=True,
        sqlite_where=_BY_LINK,
        postgresql_where=_BY_LINK,
    ),
)

hand_overs = Table(
    "hand_overs",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("deadline_id", RowId, ForeignKey("deadlines.id"), nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("agreement", String(200), nullable=False, server_default=""),
    Column("asked_by", String(320), nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("via", String(8), nullable=False),
    Column("to", String(320), nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    # offered | accepted | declined | withdrawn | undone
    Column("state", String(16), nullable=False),
    Column("changed_at", Instant, nullable=False),
    Column("undo_until", Instant, nullable=False),
    Column("officer_before", String(320), nullable=False, server_default=""),
    Index(None, "deadline_id"),
)

put_offs = Table(
    "put_offs",
    metadata,
    Column("agreement", String(200), primary_key=True),
    Column("until", Instant, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("error", Text, nullable=False),
)
