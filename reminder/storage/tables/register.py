"""The register: what people keep. Partial dates and spans are stored as written."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Date,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    text,
)

from reminder.storage.tables.base import PARTIAL_DATE, metadata


def _agreement() -> Column[str]:
    return Column("agreement", String(200), ForeignKey("agreements.ref"), primary_key=True)


# --- register -----------------------------------------------------------------------

bureaus = Table(
    "bureaus",
    metadata,
    Column("code", String(200), primary_key=True),
    Column("code_key", String(200), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("timezone", String(64)),
    Column("language", String(8)),
    Column("parent", String(200)),
)

contacts = Table(
    "contacts",
    metadata,
    Column("email", String(320), primary_key=True),
    Column("bureau", String(200), ForeignKey("bureaus.code"), primary_key=True),
    Column("role", String(64), primary_key=True),
    Column("name", Text, nullable=False, server_default=""),
    Column("active_from", Date),
    Column("active_to", Date),
    Index(None, "bureau"),
)

agreements = Table(
    "agreements",
    metadata,
    Column("ref", String(200), primary_key=True),
    Column("ref_key", String(200), nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("instrument", String(64), nullable=False, server_default=""),
    Column("bureau", String(200), ForeignKey("bureaus.code"), nullable=False),
    Column("local_party", Text, nullable=False, server_default=""),
    Column("partner", Text, nullable=False, server_default=""),
    Column("country", Text, nullable=False, server_default=""),
    Column("signed_on", PARTIAL_DATE),
    Column("effective_on", PARTIAL_DATE),
    Column("expires_on", PARTIAL_DATE),
    Column("term", String(32)),
    Column("notice_period", String(32)),
    Column("auto_renew", String(32)),
    Column("status", String(32), nullable=False, server_default=""),
    Column("replaces", String(200)),
    Column("report_cycle", String(16), nullable=False, server_default=""),
    Column("officer", String(320)),
    Column("leading_unit", Text, nullable=False, server_default=""),
    Column("fields", Text, nullable=False, server_default=""),
    Column("legal_basis", Text, nullable=False, server_default=""),
    Column("letter_number", Text, nullable=False, server_default=""),
    Column("letter_date", PARTIAL_DATE),
    Column("lead_times", Text, nullable=False, server_default=""),
    Column("notes", Text, nullable=False, server_default=""),
    # Kept by the service, not by people:
    Column("entered_on", Date, nullable=False),
    Column("replan_on", Date),  # the day on which its deadlines must be derived again
    Index(None, "bureau"),
    Index(
        "ix_agreements_replan_on",
        "replan_on",
        sqlite_where=text("replan_on IS NOT NULL"),
        postgresql_where=text("replan_on IS NOT NULL"),
    ),
    Index(
        "ix_agreements_replaces",
        "replaces",
        sqlite_where=text("replaces IS NOT NULL"),
        postgresql_where=text("replaces IS NOT NULL"),
    ),
)

reports = Table(
    "reports",
    metadata,
    _agreement(),
    Column("period", String(16), primary_key=True),
    Column("submitted_on", PARTIAL_DATE),
    Column("evidence", Text, nullable=False, server_default=""),
)

steps = Table(
    "steps",
    metadata,
    _agreement(),
    Column("step", String(64), primary_key=True),
    Column("started_on", PARTIAL_DATE),
    Column("due_on", PARTIAL_DATE),
    Column("done_on", PARTIAL_DATE),
    Column("document", Text, nullable=False, server_default=""),
)

follow_ups = Table(
    "follow_ups",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("agreement", String(200), ForeignKey("agreements.ref")),
    Column("meeting", Text, nullable=False, server_default=""),
    Column("text", Text, nullable=False, server_default=""),
    Column("bureau", String(200), ForeignKey("bureaus.code")),
    Column("officer", String(320)),
    Column("due_on", PARTIAL_DATE),
    Column("done_on", PARTIAL_DATE),
    # Kept by the service, not by people:
    Column("entered_on", Date),  # empty for those that an older version took in
    Index(None, "agreement"),
)

activities = Table(
    "activities",
    metadata,
    _agreement(),
    Column("date", PARTIAL_DATE, primary_key=True),
    Column("type", String(32), primary_key=True),
    Column("summary", Text, nullable=False, server_default=""),
    Column("evidence", Text, nullable=False, server_default=""),
)

documents = Table(
    "documents",
    metadata,
    _agreement(),
    Column("type", String(64), primary_key=True),
    Column("number", Text, nullable=False, server_default=""),
    Column("date", PARTIAL_DATE),
    Column("file", Text, nullable=False, server_default=""),
    Column("source", Text, nullable=False, server_default=""),
)

plans = Table(
    "plans",
    metadata,
    _agreement(),
    Column("item", String(200), primary_key=True),
    Column("unit", Text, nullable=False, server_default=""),
    Column("budget_year", String(16), nullable=False, server_default=""),
    Column("indicator", Text, nullable=False, server_default=""),
    Column("due_on", PARTIAL_DATE),
    Column("done_on", PARTIAL_DATE),
    Column("evidence", Text, nullable=False, server_default=""),
)

checks = Table(
    "checks",
    metadata,
    _agreement(),
    Column("check", String(64), primary_key=True),
    Column("answer", String(8), nullable=False, server_default=""),
    Column("on", PARTIAL_DATE),
    Column("by", Text, nullable=False, server_default=""),
)

opt_outs = Table(
    "opt_outs",
    metadata,
    _agreement(),
    Column("rule", String(100), primary_key=True),
    Column("reason", Text, nullable=False, server_default=""),
    Column("until", PARTIAL_DATE),
)
