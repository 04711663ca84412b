"""What is sent and what was tried: messages, their contents, attempts and links."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from reminder.storage.tables.base import Instant, RowId, metadata

UNFINISHED = text("state IN ('pending', 'claimed', 'sending', 'deferred', 'uncertain', 'held')")
"""The condition of the index on messages. SQLite takes that index only for a query that has
this very term in it, beside the narrower one of its own."""

WITHOUT_NOTICES = ("admin", "summary")
"""Kinds of messages that no notice stands behind: their text is frozen when they are made."""
UNTOLD = text("untold")
TO_READ = text("state = 'stored'")
FOR_A_PERSON = text("state = 'person'")
_SENT = text("sent_at IS NOT NULL")

messages = Table(
    "messages",
    metadata,
    Column("message_id", String(250), primary_key=True),
    Column("kind", String(16), nullable=False),  # notice | digest | admin | summary
    Column("state", String(16), nullable=False),
    Column("recipient", String(320), nullable=False),
    Column("recipient_name", Text, nullable=False, server_default=""),
    Column("language", String(8), nullable=False),
    Column("bureau", String(200), nullable=False, server_default=""),
    Column("timezone", String(64), nullable=False),
    Column("template", String(64), nullable=False),
    Column("copy", Boolean, nullable=False, server_default=text("false")),
    Column("catch_up", Boolean, nullable=False, server_default=text("false")),
    Column("planned_on", Date, nullable=False),  # the bureau's day on which it was made
    Column("due_on", Date),  # the nearest due date in it: who is sent first
    Column("next_try_at", Instant),
    Column("created_at", Instant, nullable=False),
    Column("revision", Integer, nullable=False, server_default="0"),
    Column("lease_token", String(64)),
    Column("lease_until", Instant),
    Column("worker", String(100)),
    Column("claims", Integer, nullable=False, server_default="0"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    # When it was first tried, in an earlier revision perhaps: how long to go on counts from here.
    Column("first_try_at", Instant),
    Column("intent_at", Instant),
    Column("sent_at", Instant),
    Column("possible_duplicate", Boolean, nullable=False, server_default=text("false")),
    Column("reason", Text, nullable=False, server_default=""),  # why held, failed, superseded
    # Attempts in a row, up to now, that ended with the relay's own trouble.
    Column("relay_faults", Integer, nullable=False, server_default="0"),
    Column("held_for", String(16), nullable=False, server_default=""),  # see storage/held.py
    # It failed or bounced, and the next contact in line has not been told in its stead yet.
    Column("untold", Boolean, nullable=False, server_default=text("false")),
    Index(
        "ix_messages_unfinished",
        "state",
        "next_try_at",
        sqlite_where=UNFINISHED,
        postgresql_where=UNFINISHED,
    ),
    Index(None, "recipient", "planned_on"),
    Index(None, "created_at"),
    Index(
        "ix_messages_recipient_sent",
        "recipient",
        "sent_at",
        sqlite_where=_SENT,
        postgresql_where=_SENT,
    ),
    Index("ix_messages_untold", "message_id", sqlite_where=UNTOLD, postgresql_where=UNTOLD),
)

contents = Table(
    "contents",
    metadata,
    Column("message_id", String(250), ForeignKey("messages.message_id"), primary_key=True),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("date", Instant, nullable=False),  # the Date header, the same in every copy
    Column("business_on", Date, nullable=False),  # the day for which "n days left" is right
    Column("template", String(64), nullable=False),
    Column("template_version", String(64), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("error", Text, nullable=False, server_default=""),  # why the plain notice was used
)

attachments = Table(
    "attachments",
    metadata,
    Column("message_id", String(250), ForeignKey("messages.message_id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("media_type", String(64), nullable=False),
    Column("name", String(200), nullable=False),
    # Of an image that the HTML part shows; empty for a file to save.
    Column("content_id", String(250), nullable=False, server_default=""),
    Column("data", LargeBinary, nullable=False),
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("message_id", String(250), ForeignKey("messages.message_id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("intent_at", Instant),
    Column("ended_at", Instant),
    Column("phase", String(16), nullable=False, server_default=""),
    Column("code", Integer),
    Column("enhanced", String(16), nullable=False, server_default=""),
    Column("text", Text, nullable=False, server_default=""),
    Column("verdict", String(16), nullable=False, server_default=""),
    Column("relay", String(255), nullable=False, server_default=""),
    Column("worker", String(100), nullable=False, server_default=""),
    Column("possible_duplicate", Boolean, nullable=False, server_default=text("false")),
    UniqueConstraint("message_id", "number"),
    Index(None, "started_at"),
)

relays = Table(
    "relays",
    metadata,
    Column("relay", String(255), primary_key=True),  # host:port, or maildir
    Column("faults", Integer, nullable=False, server_default="0"),  # in a row
    Column("closed_until", Instant),  # no mail before this, while its breaker is open
    Column("text", Text, nullable=False, server_default=""),  # the last fault in words
    Column("changed_at", Instant, nullable=False),
)

action_grants = Table(
    "action_grants",
    metadata,
    Column("id", String(22), primary_key=True),  # 16 random bytes, base64url
    Column("kid", String(4), nullable=False),
    Column("purpose", String(16), nullable=False),
    # The notice that it belongs to; none for what belongs to no notice, see ``subject``.
    Column("notice_id", RowId, ForeignKey("notices.id"), unique=True),
    Column("deadline_id", RowId, ForeignKey("deadlines.id")),
    Column("epoch", Integer),
    Column("recipient", String(320), nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("used_at", Instant),  # first used; each answer bears the grant's id, and is taken once
    Column("revoked_at", Instant),
    # What it is about where that is no notice: a hand-over, a feed, a kind of digest.
    Column("subject", String(320), nullable=False, server_default=""),
)

link_keys = Table(
    "link_keys",
    metadata,
    Column("kid", String(4), primary_key=True),
    Column("made_at", Instant, nullable=False),
    Column("followed_at", Instant),  # since when another key signs
    Column("retired_at", Instant),  # since when it opens nothing
)

visits = Table(
    "visits",
    metadata,
    Column("scope", String(16), primary_key=True),  # which limit it counts for
    Column("visitor", String(64), primary_key=True),  # never an address as it is
    Column("since", Instant, primary_key=True),  # the beginning of the span it counts
    Column("count", Integer, nullable=False),
)

inbound = Table(
    "inbound",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("source", String(500), nullable=False),  # the mailbox; with its UIDVALIDITY
    Column("source_key", String(250), nullable=False),  # UID, or the name of the file
    Column("sha256", String(64), nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("state", String(16), nullable=False),  # stored | done | person | quarantined
    Column("kind", String(16), nullable=False, server_default=""),
    Column("sender", String(320), nullable=False, server_default=""),
    Column("subject", Text, nullable=False, server_default=""),
    Column("header_id", Text, nullable=False, server_default=""),  # its own Message-ID
    # Our message that it is about; no foreign key, for it may be of another service.
    Column("message_id", String(250), nullable=False, server_default=""),
    Column("result", String(64), nullable=False, server_default=""),
    Column("detail", Text, nullable=False, server_default=""),
    Column("acted_at", Instant),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("raw", LargeBinary),  # until it is old
    UniqueConstraint("source", "source_key"),
    Index(None, "sha256"),
    Index(None, "message_id"),
    Index("ix_inbound_unfinished", "id", sqlite_where=TO_READ, postgresql_where=TO_READ),
    Index("ix_inbound_person", "id", sqlite_where=FOR_A_PERSON, postgresql_where=FOR_A_PERSON),
)

dead_addresses = Table(
    "dead_addresses",
    metadata,
    Column("email", String(320), primary_key=True),  # in the form that is compared
    Column("at", Instant, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("message_id", String(250), nullable=False, server_default=""),
)

unsubscribed = Table(
    "unsubscribed",
    metadata,
    Column("recipient", String(320), primary_key=True),  # in the form that is compared
    Column("digest", String(16), primary_key=True),
    Column("at", Instant, nullable=False),
    Column("via", String(8), nullable=False),
)
