"""What people answer, how far a matter was escalated, what findings consist of, attachments."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    for column in (
        sa.Column("gaps", sa.Text(), server_default="", nullable=False),
        sa.Column("severity", sa.String(length=8), server_default="", nullable=False),
        sa.Column("snoozed_until", sa.Date(), nullable=True),
        sa.Column("acknowledged_until", sa.Date(), nullable=True),
        sa.Column("level", sa.Integer(), server_default="0", nullable=False),
        sa.Column("escalate_on", sa.Date(), nullable=True),
        sa.Column("again_for", sa.String(length=8), server_default="", nullable=False),
    ):
        op.add_column("deadlines", column)
    op.add_column("notices", sa.Column("level", sa.Integer(), server_default="0", nullable=False))
    is_due = sa.text("status = 'open' AND escalate_on IS NOT NULL")
    op.create_index(
        "ix_deadlines_escalate",
        "deadlines",
        ["timezone", "escalate_on"],
        unique=False,
        sqlite_where=is_due,
        postgresql_where=is_due,
    )
    op.add_column("follow_ups", sa.Column("entered_on", sa.Date(), nullable=True))
    op.create_table(
        "responses",
        sa.Column("id", row_id, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("agreement", sa.String(length=200), server_default="", nullable=False),
        sa.Column("deadline_id", row_id, nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("actor", sa.String(length=320), server_default="", nullable=False),
        sa.Column("via", sa.String(length=8), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("to", sa.String(length=320), server_default="", nullable=False),
        sa.Column("decision", sa.String(length=16), server_default="", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("evidence", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["deadline_id"], ["deadlines.id"], name=op.f("fk_responses_deadline_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_responses")),
    )
    op.create_index(op.f("ix_responses_deadline_id"), "responses", ["deadline_id"], unique=False)
    op.create_index(op.f("ix_responses_agreement"), "responses", ["agreement"], unique=False)
    op.create_table(
        "attachments",
        sa.Column("message_id", sa.String(length=250), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("content_id", sa.String(length=250), server_default="", nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.message_id"], name=op.f("fk_attachments_message_id")
        ),
        sa.PrimaryKeyConstraint("message_id", "number", name=op.f("pk_attachments")),
    )
