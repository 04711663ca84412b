"""What trusted delivery keeps: relays, holds, refused mails to answer for, the sealed chain."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "messages",
        sa.Column("relay_faults", sa.Integer(), server_default="0", nullable=False),
    )
    op.add_column(
        "messages",
        sa.Column("held_for", sa.String(length=16), server_default="", nullable=False),
    )
    op.add_column(
        "messages",
        sa.Column("untold", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.create_index(
        "ix_messages_recipient_sent",
        "messages",
        ["recipient", "sent_at"],
        unique=False,
        sqlite_where=sa.text("sent_at IS NOT NULL"),
        postgresql_where=sa.text("sent_at IS NOT NULL"),
    )
    op.create_index(
        "ix_messages_untold",
        "messages",
        ["message_id"],
        unique=False,
        sqlite_where=sa.text("untold"),
        postgresql_where=sa.text("untold"),
    )
    op.create_index(op.f("ix_attempts_started_at"), "attempts", ["started_at"], unique=False)
    op.create_table(
        "relays",
        sa.Column("relay", sa.String(length=255), nullable=False),
        sa.Column("faults", sa.Integer(), server_default="0", nullable=False),
        sa.Column("closed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("relay", name=op.f("pk_relays")),
    )
    row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "seals",
        sa.Column("number", row_id, autoincrement=False, nullable=False),
        sa.Column("event_id", row_id, nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_seals")),
        sa.UniqueConstraint("event_id", name=op.f("uq_seals_event_id")),
    )
    # Mails that were refused before this version: what is still open is told to the next contact.
    op.execute(
        "UPDATE messages SET untold = true WHERE state = 'failed' AND EXISTS ("
        "SELECT 1 FROM notices JOIN deadlines ON deadlines.id = notices.deadline_id "
        "WHERE notices.message_id = messages.message_id AND notices.stopped_at IS NULL "
        "AND deadlines.status = 'open' AND deadlines.epoch = notices.epoch)"
    )
