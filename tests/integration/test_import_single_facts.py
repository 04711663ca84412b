"""Single facts by command: the same checks as an import, one event, and what they changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Table, select

from jobs.facts import record_fact
from jobs.importing import import_files
from jobs.touched import plan_touched
from reminder.cli.app import App
from reminder.cli.facts import activity, document, follow_up, report, step
from reminder.errors import NotFound, ProblemsError
from reminder.storage import tables
from tests.registers import NOW, context_for, csv_text, import_small, write_files

if TYPE_CHECKING:
    import click

    from jobs.context import JobContext
    from reminder.storage.engine import Database

AGREEMENT = csv_text(
    ["ref", "title", "kind", "bureau", "signed_on", "expires_on", "report_cycle"],
    [["KSD-1", "Kerja sama", "KSDPL", "B-01", "2024-05-31", "2029-05-31", "semester"]],
)


@pytest.fixture
def context(database: Database, tmp_path: Path) -> JobContext:
    context = context_for(database, tmp_path, datetime(2026, 1, 5, 2, 0, tzinfo=UTC))
    import_small(context, tmp_path / "first")
    facts = {
        "agreements": AGREEMENT,
        "follow_ups": "id,agreement,due_on\nF-1,KSD-1,2026-06-01\nF-2,,2026-06-01\n",
    }
    import_files(context, [write_files(tmp_path / "more", facts)])
    plan_touched(context)
    return context_for(database, tmp_path, NOW)


def _all(context: JobContext, table: Table) -> list[Mapping[str, Any]]:
    with context.database.read() as connection:
        return [dict(row) for row in connection.execute(select(table)).mappings()]


def test_report_with_date_and_evidence_meets_its_deadline(context: JobContext) -> None:
    cells = {
        "agreement": "KSD-1",
        "period": "2026-s1",
        "submitted_on": "2 Maret 2026",
        "evidence": "tanda terima 12",
    }
    fact = record_fact(context, "reports", cells)
    assert fact.difference.is_new
    ((before, after),) = fact.moved
    assert before is not None
    assert after is not None
    assert (before.name, before.status, after.status) == ("report:2026-S1", "open", "met")
    (row,) = _all(context, tables.reports)
    assert (row["period"], row["submitted_on"]) == ("2026-S1", "2026-03-02")
    (event,) = (
        json.loads(row["data"]) for row in _all(context, tables.events) if row["actor"] == "command"
    )
    assert event["table"] == "reports"
    assert event["added"]["evidence"] == "tanda terima 12"


def test_same_fact_twice_changes_nothing(context: JobContext) -> None:
    cells = {"agreement": "KSD-1", "date": "2026-03-01", "type": "rapat", "summary": "=1+1"}
    assert record_fact(context, "activities", cells).difference.is_change
    events = len(_all(context, tables.events))
    assert not record_fact(context, "activities", cells).difference.is_change
    assert len(_all(context, tables.events)) == events
    assert [row["summary"] for row in _all(context, tables.activities)] == ["=1+1"]


def test_what_is_not_said_keeps_what_is_stored(context: JobContext) -> None:
    key = {"agreement": "KSD-1", "step": "prakarsa"}
    record_fact(context, "steps", {**key, "started_on": "2026-02-01", "document": "surat 1"})
    record_fact(context, "steps", {**key, "done_on": "2026-03-01"})
    (row,) = _all(context, tables.steps)
    assert (row["started_on"], row["done_on"], row["document"]) == (
        "2026-02-01", "2026-03-01", "surat 1",
    )  # fmt: skip


@pytest.mark.parametrize("follow_up_id", ["F-1", "F-2"])
def test_done_follow_up_meets_its_deadline(context: JobContext, follow_up_id: str) -> None:
    cells = {"id": follow_up_id, "done_on": "2026-03-02"}
    fact = record_fact(context, "follow_ups", cells, must_exist=True)
    assert fact.difference.changed == {"done_on": (None, "2026-03-02")}
    moved = {after.name: after.status for _, after in fact.moved if after is not None}
    assert moved[f"follow_up:{follow_up_id}"] == "met"
    # What was missing of it is asked for no more.
    assert {status for name, status in moved.items() if name.startswith("finding:")} == {"met"}


@pytest.mark.parametrize(
    ("table", "cells", "message"),
    [
        (
            "reports",
            {"agreement": "KSD-2", "period": "2026"},
            'no agreement "KSD-2"; did you mean KSD-1',
        ),
        ("reports", {"agreement": "ksd-1", "period": "2026"}, "did you mean KSD-1"),
        ("follow_ups", {"id": "F-11", "done_on": "2026"}, 'no follow-up "F-11"; did you mean F-1'),
        ("steps", {"agreement": "KSD-1", "step": "prakrsa"}, 'no step "prakrsa"; write prakarsa'),
    ],
)
def test_unknown_name_is_refused_with_the_near_one(
    context: JobContext, table: str, cells: dict[str, str], message: str
) -> None:
    before = _all(context, tables.metadata.tables[table])
    with pytest.raises(NotFound, match=message):
        record_fact(context, table, cells, must_exist=table == "follow_ups")
    assert _all(context, tables.metadata.tables[table]) == before


@pytest.mark.parametrize(
    ("table", "cells", "message"),
    [
        ("reports", {"agreement": "KSD-1", "period": "S3"}, "not a report period"),
        (
            "reports",
            {"agreement": "KSD-1", "period": "2026", "submitted_on": "02/03/2026"},
            "ambiguous",
        ),
        ("activities", {"agreement": "KSD-1", "date": "", "type": "visit"}, "is empty"),
        ("documents", {"agreement": "KSD-1", "type": "x", "number": "a\r\nBcc: b"}, "line break"),
        (
            "steps",
            {"agreement": "KSD-1", "step": "prakarsa", "started_on": "2026", "done_on": "2025"},
            "is before",
        ),
    ],
)
def test_bad_cell_is_refused_and_nothing_changes(
    context: JobContext, table: str, cells: dict[str, str], message: str
) -> None:
    with pytest.raises(ProblemsError, match=message):
        record_fact(context, table, cells)
    assert _all(context, tables.metadata.tables[table]) == []


def _run(context: JobContext, command: click.Command, *arguments: str) -> Result:
    app = App(context.settings.home, as_of=NOW, environ={})
    app.__dict__ |= {
        "settings": context.settings,
        "policy": context.policy,
        "database": context.database,
    }
    return CliRunner().invoke(command, list(arguments), obj=app)


def test_commands_say_what_was_recorded_and_what_it_changed(context: JobContext) -> None:
    told = _run(context, report, "KSD-1", "2026-S1", "--on", "2026-03-02", "--evidence", "surat 1")
    assert told.exit_code == 0
    assert "Recorded in reports: KSD-1 2026-S1" in told.output
    assert "  evidence: surat 1" in told.output
    assert "deadline report:2026-S1, due 2026-07-31: open -> met" in told.output
    again = _run(context, report, "KSD-1", "2026-S1", "--on", "2026-03-02", "--evidence", "surat 1")
    assert "says that already" in again.output


@pytest.mark.parametrize(
    ("on", "warns"),
    [
        pytest.param("2026-03-02", True, id="months before the period ends"),
        pytest.param("2025-12-30", True, id="the day before its last day"),
        pytest.param("2025-12-31", False, id="on its last day"),
        pytest.param("2025", False, id="some day of the year: it may have been after the end"),
    ],
)
def test_report_handed_in_before_its_period_ends_is_recorded_with_a_warning(
    context: JobContext, on: str, warns: bool
) -> None:
    period = "2026-S1" if on.startswith("2026") else "2025-S2"
    told = _run(context, report, "KSD-1", period, "--on", on, "--evidence", "surat 1")
    assert told.exit_code == 0
    assert f"Recorded in reports: KSD-1 {period}" in told.stdout
    assert ("can cover only a part of it" in told.stderr) is warns
    if on == "2026-03-02":
        assert "warning: 2026-S1 ends on 2026-06-30: a report of 2026-03-02" in told.stderr


def test_activity_that_is_still_to_come_is_refused(context: JobContext) -> None:
    cells = ("--type", "visit", "--summary", "x")
    told = _run(context, activity, "KSD-1", "--on", "2062-03-01", *cells)
    assert isinstance(told.exception, ProblemsError)
    assert "date: 2062-03-01 is still to come; write the day on which it happened" in str(
        told.exception
    )
    assert _all(context, tables.activities) == []
    assert _run(context, activity, "KSD-1", "--on", "2026-03-02", *cells).exit_code == 0


def test_follow_up_without_a_day_is_done_today(context: JobContext) -> None:
    told = _run(context, follow_up, "F-1")
    assert "done_on: (empty) -> 2026-03-02" in told.output


def test_each_command_fills_its_table(context: JobContext) -> None:
    told = [
        _run(context, step, "KSD-1", "prakarsa", "--started", "2026-02-02"),
        _run(
            context,
            activity,
            "KSD-1",
            "--on",
            "2026-02-02",
            "--type",
            "kunjungan",
            "--summary",
            "x",
        ),
        _run(context, document, "KSD-1", "Surat Konfirmasi", "--number", "12", "--date", "2026-01"),
    ]
    assert [result.exit_code for result in told] == [0, 0, 0]
    assert [row["step"] for row in _all(context, tables.steps)] == ["prakarsa"]
    assert [row["type"] for row in _all(context, tables.activities)] == ["visit"]
    assert [row["type"] for row in _all(context, tables.documents)] == ["surat_konfirmasi"]


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        (report, ["KSD-1", "2026-S1", "--on", "2026-03-02"]),
        (report, ["KSD-1", "2026-S1", "--on", "2026-03-02", "--evidence", " "]),
        (step, ["KSD-1", "prakarsa"]),
        (activity, ["KSD-1", "--on", "2026-03-02"]),
    ],
)
def test_command_that_says_too_little_is_wrong_usage(
    context: JobContext, command: click.Command, arguments: list[str]
) -> None:
    assert _run(context, command, *arguments).exit_code == 2
