"""What happened, in order, and the service's own values."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Index,
    String,
    Table,
    Text,
)

from reminder.storage.tables.base import Instant, RowId, metadata

events = Table(
    "events",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("actor", String(320), nullable=False, server_default=""),
    Column("agreement", String(200), nullable=False, server_default=""),
    Column("deadline_id", RowId),
    Column("message_id", String(250)),
    Column("data", Text, nullable=False, server_default="{}"),  # JSON
    Index(None, "agreement"),
    Index(None, "at"),
)

seals = Table(
    "seals",
    metadata,
    Column("number", RowId, primary_key=True, autoincrement=False),  # 1, 2, 3, ... without a gap
    Column("event_id", RowId, nullable=False, unique=True),
    Column("hash", String(64), nullable=False),  # over the hash before it and the whole event
)

service = Table(
    "service",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)
