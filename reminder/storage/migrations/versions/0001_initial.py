"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bureaus",
        sa.Column("code", sa.String(length=200), nullable=False),
        sa.Column("code_key", sa.String(length=200), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("parent", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_bureaus")),
        sa.UniqueConstraint("code_key", name=op.f("uq_bureaus_code_key")),
    )
    op.create_table(
        "deadlines",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("agreement", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=200), server_default="", nullable=False),
        sa.Column("bureau", sa.String(length=200), server_default="", nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("due_last_on", sa.Date(), nullable=False),
        sa.Column("due_text", sa.String(length=32), server_default="", nullable=False),
        sa.Column("derived_from", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("status_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("silent_reason", sa.String(length=32), server_default="", nullable=False),
        sa.Column("entered_on", sa.Date(), nullable=False),
        sa.Column("epoch", sa.Integer(), server_default="1", nullable=False),
        sa.Column("rule", sa.String(length=100), server_default="", nullable=False),
        sa.Column("officer", sa.String(length=320), nullable=True),
        sa.Column("lead_times", sa.Text(), server_default="", nullable=False),
        sa.Column("told", sa.String(length=16), server_default="", nullable=False),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deadlines")),
        sa.UniqueConstraint(
            "agreement", "kind", "key", name=op.f("uq_deadlines_agreement_kind_key")
        ),
    )
    op.create_index(
        "ix_deadlines_next",
        "deadlines",
        ["timezone", "next_on"],
        unique=False,
        sqlite_where=sa.text("status = 'open' AND next_on IS NOT NULL"),
        postgresql_where=sa.text("status = 'open' AND next_on IS NOT NULL"),
    )
    op.create_table(
        "events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("actor", sa.String(length=320), server_default="", nullable=False),
        sa.Column("agreement", sa.String(length=200), server_default="", nullable=False),
        sa.Column(
            "deadline_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("message_id", sa.String(length=250), nullable=True),
        sa.Column("data", sa.Text(), server_default="{}", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    op.create_index(op.f("ix_events_agreement"), "events", ["agreement"], unique=False)
    op.create_index(op.f("ix_events_at"), "events", ["at"], unique=False)
    op.create_table(
        "messages",
        sa.Column("message_id", sa.String(length=250), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("recipient", sa.String(length=320), nullable=False),
        sa.Column("recipient_name", sa.Text(), server_default="", nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("bureau", sa.String(length=200), server_default="", nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("template", sa.String(length=64), nullable=False),
        sa.Column("copy", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.Column("catch_up", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lease_token", sa.String(length=64), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("worker", sa.String(length=100), nullable=True),
        sa.Column("claims", sa.Integer(), server_default="0", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("first_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("intent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "possible_duplicate", sa.Boolean(), server_default=sa.text("(false)"), nullable=False
        ),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_messages")),
    )
    op.create_index(op.f("ix_messages_created_at"), "messages", ["created_at"], unique=False)
    op.create_index(
        op.f("ix_messages_recipient_planned_on"),
        "messages",
        ["recipient", "planned_on"],
        unique=False,
    )
    op.create_index(
        "ix_messages_unfinished",
        "messages",
        ["state", "next_try_at"],
        unique=False,
        sqlite_where=sa.text(
            "state IN ('pending', 'claimed', 'sending', 'deferred', 'uncertain', 'held')"
        ),
        postgresql_where=sa.text(
            "state IN ('pending', 'claimed', 'sending', 'deferred', 'uncertain', 'held')"
        ),
    )
    op.create_table(
        "put_offs",
        sa.Column("agreement", sa.String(length=200), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("agreement", name=op.f("pk_put_offs")),
    )
    op.create_table(
        "service",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_service")),
    )
    op.create_table(
        "agreements",
        sa.Column("ref", sa.String(length=200), nullable=False),
        sa.Column("ref_key", sa.String(length=200), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("instrument", sa.String(length=64), server_default="", nullable=False),
        sa.Column("bureau", sa.String(length=200), nullable=False),
        sa.Column("local_party", sa.Text(), server_default="", nullable=False),
        sa.Column("partner", sa.Text(), server_default="", nullable=False),
        sa.Column("country", sa.Text(), server_default="", nullable=False),
        sa.Column("signed_on", sa.String(length=10), nullable=True),
        sa.Column("effective_on", sa.String(length=10), nullable=True),
        sa.Column("expires_on", sa.String(length=10), nullable=True),
        sa.Column("term", sa.String(length=32), nullable=True),
        sa.Column("notice_period", sa.String(length=32), nullable=True),
        sa.Column("auto_renew", sa.String(length=32), nullable=True),
        sa.Column("status", sa.String(length=32), server_default="", nullable=False),
        sa.Column("replaces", sa.String(length=200), nullable=True),
        sa.Column("report_cycle", sa.String(length=16), server_default="", nullable=False),
        sa.Column("officer", sa.String(length=320), nullable=True),
        sa.Column("leading_unit", sa.Text(), server_default="", nullable=False),
        sa.Column("fields", sa.Text(), server_default="", nullable=False),
        sa.Column("legal_basis", sa.Text(), server_default="", nullable=False),
        sa.Column("letter_number", sa.Text(), server_default="", nullable=False),
        sa.Column("letter_date", sa.String(length=10), nullable=True),
        sa.Column("lead_times", sa.Text(), server_default="", nullable=False),
        sa.Column("notes", sa.Text(), server_default="", nullable=False),
        sa.Column("entered_on", sa.Date(), nullable=False),
        sa.Column("replan_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["bureau"], ["bureaus.code"], name=op.f("fk_agreements_bureau")),
        sa.PrimaryKeyConstraint("ref", name=op.f("pk_agreements")),
        sa.UniqueConstraint("ref_key", name=op.f("uq_agreements_ref_key")),
    )
    op.create_index(op.f("ix_agreements_bureau"), "agreements", ["bureau"], unique=False)
    op.create_index(
        "ix_agreements_replaces",
        "agreements",
        ["replaces"],
        unique=False,
        sqlite_where=sa.text("replaces IS NOT NULL"),
        postgresql_where=sa.text("replaces IS NOT NULL"),
    )
    op.create_index(
        "ix_agreements_replan_on",
        "agreements",
        ["replan_on"],
        unique=False,
        sqlite_where=sa.text("replan_on IS NOT NULL"),
        postgresql_where=sa.text("replan_on IS NOT NULL"),
    )
    op.create_table(
        "attempts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("message_id", sa.String(length=250), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("intent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("phase", sa.String(length=16), server_default="", nullable=False),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.Column("enhanced", sa.String(length=16), server_default="", nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("verdict", sa.String(length=16), server_default="", nullable=False),
        sa.Column("relay", sa.String(length=255), server_default="", nullable=False),
        sa.Column("worker", sa.String(length=100), server_default="", nullable=False),
        sa.Column(
            "possible_duplicate", sa.Boolean(), server_default=sa.text("(false)"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.message_id"], name=op.f("fk_attempts_message_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
        sa.UniqueConstraint("message_id", "number", name=op.f("uq_attempts_message_id_number")),
    )
    op.create_table(
        "contacts",
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("bureau", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("active_from", sa.Date(), nullable=True),
        sa.Column("active_to", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["bureau"], ["bureaus.code"], name=op.f("fk_contacts_bureau")),
        sa.PrimaryKeyConstraint("email", "bureau", "role", name=op.f("pk_contacts")),
    )
    op.create_index(op.f("ix_contacts_bureau"), "contacts", ["bureau"], unique=False)
    op.create_table(
        "contents",
        sa.Column("message_id", sa.String(length=250), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("date", sa.DateTime(timezone=True), nullable=False),
        sa.Column("business_on", sa.Date(), nullable=False),
        sa.Column("template", sa.String(length=64), nullable=False),
        sa.Column("template_version", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.message_id"], name=op.f("fk_contents_message_id")
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_contents")),
    )
    op.create_table(
        "notices",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "deadline_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("lead_time", sa.String(length=16), nullable=False),
        sa.Column("role", sa.String(length=64), nullable=False),
        sa.Column("recipient", sa.String(length=320), nullable=False),
        sa.Column("repeat_no", sa.Integer(), server_default="0", nullable=False),
        sa.Column("recipient_name", sa.Text(), server_default="", nullable=False),
        sa.Column("agreement", sa.String(length=200), nullable=False),
        sa.Column("rule", sa.String(length=100), nullable=False),
        sa.Column("copy", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.Column("fallback", sa.Text(), server_default="", nullable=False),
        sa.Column("successor_of", sa.Text(), server_default="", nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("due_text", sa.String(length=32), server_default="", nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message_id", sa.String(length=250), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stop_reason", sa.String(length=32), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["deadline_id"], ["deadlines.id"], name=op.f("fk_notices_deadline_id")
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.message_id"], name=op.f("fk_notices_message_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint(
            "deadline_id",
            "epoch",
            "lead_time",
            "role",
            "recipient",
            "repeat_no",
            name=op.f("uq_notices_deadline_id_epoch_lead_time_role_recipient_repeat_no"),
        ),
    )
    op.create_index(op.f("ix_notices_agreement"), "notices", ["agreement"], unique=False)
    op.create_index(op.f("ix_notices_message_id"), "notices", ["message_id"], unique=False)
    op.create_table(
        "skips",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "deadline_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("lead_time", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("recipient", sa.String(length=320), server_default="", nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["deadline_id"], ["deadlines.id"], name=op.f("fk_skips_deadline_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_skips")),
        sa.UniqueConstraint(
            "deadline_id",
            "epoch",
            "lead_time",
            "reason",
            "recipient",
            name=op.f("uq_skips_deadline_id_epoch_lead_time_reason_recipient"),
        ),
    )
    op.create_table(
        "action_grants",
        sa.Column("id", sa.String(length=22), nullable=False),
        sa.Column("kid", sa.String(length=4), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column(
            "notice_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "deadline_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("recipient", sa.String(length=320), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["deadline_id"], ["deadlines.id"], name=op.f("fk_action_grants_deadline_id")
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notices.id"], name=op.f("fk_action_grants_notice_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_action_grants")),
        sa.UniqueConstraint("notice_id", name=op.f("uq_action_grants_notice_id")),
    )
    op.create_table(
        "activities",
        sa.Column("agreement", sa.String(length=200), nullable=False),
        sa.Column("date", sa.String(length=10), nullable=False),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("summary", sa.Text(), server_default="", nullable=False),
        sa.Column("evidence", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["agreement"], ["agreements.ref"], name=op.f("fk_activities_agreement")
        ),
        sa.PrimaryKeyConstraint("agreement", "date", "type", name=op.f("pk_activities")),
    )
    op.create_table(
        "checks",
        sa.Column("agreement", sa.String(length=200), nullable=False),
        sa.Column("check", sa.String(length=64), nullable=False),
        sa.Column("answer", sa.String(length=8), server_default="", nullable=False),
        sa.Column("on", sa.String(length=10), nullable=True),
        sa.Column("by", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["agreement"], ["agreements.ref"], name=op.f("fk_checks_agreement")
        ),
        sa.PrimaryKeyConstraint("agreement", "check", name=op.f("pk_checks")),
    )
    op.create_table(
        "documents",
        sa.Column("agreement", sa.String(length=200), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Text(), server_default="", nullable=False),
        sa.Column("date", sa.String(length=10), nullable=True),
        sa.Column("file", sa.Text(), server_default="", nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["agreement"], ["agreements.ref"], name=op.f("fk_documents_agreement")
        ),
        sa.PrimaryKeyConstraint("agreement", "type", name=op.f("pk_documents")),
    )
    op.create_table(
        "follow_ups",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("agreement", sa.String(length=200), nullable=True),
        sa.Column("meeting", sa.Text(), server_default="", nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("bureau", sa.String(length=200), nullable=True),
        sa.Column("officer", sa.String(length=320), nullable=True),
        sa.Column("due_on", sa.String(length=10), nullable=True),
        sa.Column("done_on", sa.String(length=10), nullable=True),
        sa.ForeignKeyConstraint(
            ["agreement"], ["agreements.ref"], name=op.f("fk_follow_ups_agreement")
        ),
        sa.ForeignKeyConstraint(["bureau"], ["bureaus.code"], name=op.f("fk_follow_ups_bureau")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_ups")),
    )
    op.create_index(op.f("ix_follow_ups_agreement"), "follow_ups", ["agreement"], unique=False)
    op.create_table(
        "opt_outs",
        sa.Column("agreement", sa.String(length=200), nullable=False),
        sa.Column("rule", sa.String(length=100), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("until", sa.String(length=10), nullable=True),
        sa.ForeignKeyConstraint(
            ["agreement"], ["agreements.ref"], name=op.f("fk_opt_outs_agreement")
        ),
        sa.PrimaryKeyConstraint("agreement", "rule", name=op.f("pk_opt_outs")),
    )
    op.create_table(
        "plans",
        sa.Column("agreement", sa.String(length=200), nullable=False),
        sa.Column("item", sa.String(length=200), nullable=False),
        sa.Column("unit", sa.Text(), server_default="", nullable=False),
        sa.Column("budget_year", sa.String(length=16), server_default="", nullable=False),
        sa.Column("indicator", sa.Text(), server_default="", nullable=False),
        sa.Column("due_on", sa.String(length=10), nullable=True),
        sa.Column("done_on", sa.String(length=10), nullable=True),
        sa.Column("evidence", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["agreement"], ["agreements.ref"], name=op.f("fk_plans_agreement")),
        sa.PrimaryKeyConstraint("agreement", "item", name=op.f("pk_plans")),
    )
    op.create_table(
        "reports",
        sa.Column("agreement", sa.String(length=200), nullable=False),
        sa.Column("period", sa.String(length=16), nullable=False),
        sa.Column("submitted_on", sa.String(length=10), nullable=True),
        sa.Column("evidence", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["agreement"], ["agreements.ref"], name=op.f("fk_reports_agreement")
        ),
        sa.PrimaryKeyConstraint("agreement", "period", name=op.f("pk_reports")),
    )
    op.create_table(
        "steps",
        sa.Column("agreement", sa.String(length=200), nullable=False),
        sa.Column("step", sa.String(length=64), nullable=False),
        sa.Column("started_on", sa.String(length=10), nullable=True),
        sa.Column("due_on", sa.String(length=10), nullable=True),
        sa.Column("done_on", sa.String(length=10), nullable=True),
        sa.Column("document", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["agreement"], ["agreements.ref"], name=op.f("fk_steps_agreement")),
        sa.PrimaryKeyConstraint("agreement", "step", name=op.f("pk_steps")),
    )
