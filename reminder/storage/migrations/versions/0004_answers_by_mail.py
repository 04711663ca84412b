"""What comes back from a mail: links of any kind, hand-overs, the inbox, dead addresses."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    row_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    instant = sa.DateTime(timezone=True)
    with op.batch_alter_table("action_grants") as grants:
        grants.alter_column("notice_id", existing_type=row_id, nullable=True)
        grants.alter_column("deadline_id", existing_type=row_id, nullable=True)
        grants.alter_column("epoch", existing_type=sa.Integer(), nullable=True)
        grants.add_column(
            sa.Column("subject", sa.String(length=320), server_default="", nullable=False)
        )
    for column in (
        sa.Column("grant_id", sa.String(length=22), server_default="", nullable=False),
        sa.Column("undo", sa.Text(), server_default="", nullable=False),
        sa.Column("undone_at", instant, nullable=True),
    ):
        op.add_column("responses", column)
    by_link = sa.text("grant_id <> '' AND undone_at IS NULL")
    op.create_index(
        "uq_responses_grant_id",
        "responses",
        ["grant_id", "action"],
        unique=True,
        sqlite_where=by_link,
        postgresql_where=by_link,
    )
    op.create_table(
        "hand_overs",
        sa.Column("id", row_id, nullable=False),
        sa.Column("deadline_id", row_id, nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("agreement", sa.String(length=200), server_default="", nullable=False),
        sa.Column("asked_by", sa.String(length=320), nullable=False),
        sa.Column("asked_at", instant, nullable=False),
        sa.Column("via", sa.String(length=8), nullable=False),
        sa.Column("to", sa.String(length=320), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("changed_at", instant, nullable=False),
        sa.Column("undo_until", instant, nullable=False),
        sa.Column("officer_before", sa.String(length=320), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["deadline_id"], ["deadlines.id"], name=op.f("fk_hand_overs_deadline_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand_overs")),
    )
    op.create_index(op.f("ix_hand_overs_deadline_id"), "hand_overs", ["deadline_id"], unique=False)
    op.create_table(
        "link_keys",
        sa.Column("kid", sa.String(length=4), nullable=False),
        sa.Column("made_at", instant, nullable=False),
        sa.Column("followed_at", instant, nullable=True),
        sa.Column("retired_at", instant, nullable=True),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_link_keys")),
    )
    op.create_table(
        "visits",
        sa.Column("scope", sa.String(length=16), nullable=False),
        sa.Column("visitor", sa.String(length=64), nullable=False),
        sa.Column("since", instant, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "visitor", "since", name=op.f("pk_visits")),
    )
    op.create_table(
        "inbound",
        sa.Column("id", row_id, nullable=False),
        sa.Column("source", sa.String(length=500), nullable=False),
        sa.Column("source_key", sa.String(length=250), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("received_at", instant, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=16), server_default="", nullable=False),
        sa.Column("sender", sa.String(length=320), server_default="", nullable=False),
        sa.Column("subject", sa.Text(), server_default="", nullable=False),
        sa.Column("header_id", sa.Text(), server_default="", nullable=False),
        sa.Column("message_id", sa.String(length=250), server_default="", nullable=False),
        sa.Column("result", sa.String(length=64), server_default="", nullable=False),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.Column("acted_at", instant, nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbound")),
        sa.UniqueConstraint("source", "source_key", name=op.f("uq_inbound_source_source_key")),
    )
    op.create_index(op.f("ix_inbound_sha256"), "inbound", ["sha256"], unique=False)
    op.create_index(op.f("ix_inbound_message_id"), "inbound", ["message_id"], unique=False)
    for name, state in (("ix_inbound_unfinished", "stored"), ("ix_inbound_person", "person")):
        is_so = sa.text(f"state = '{state}'")
        op.create_index(
            name, "inbound", ["id"], unique=False, sqlite_where=is_so, postgresql_where=is_so
        )
    op.create_table(
        "dead_addresses",
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("at", instant, nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("message_id", sa.String(length=250), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("email", name=op.f("pk_dead_addresses")),
    )
    op.create_table(
        "unsubscribed",
        sa.Column("recipient", sa.String(length=320), nullable=False),
        sa.Column("digest", sa.String(length=16), nullable=False),
        sa.Column("at", instant, nullable=False),
        sa.Column("via", sa.String(length=8), nullable=False),
        sa.PrimaryKeyConstraint("recipient", "digest", name=op.f("pk_unsubscribed")),
    )
