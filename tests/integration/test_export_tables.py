"""Exports on both databases: every table comes back as it was, and no cell is a formula."""

from __future__ import annotations

import csv
import json
import stat
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import icalendar
import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Table, select

from jobs.exporting import export_table
from jobs.importing import import_files
from jobs.scan import scan
from jobs.touched import plan_touched
from reminder.errors import ReminderError
from reminder.register.tables import TABLES
from reminder.register.text import CellError, clean
from reminder.storage import tables
from reminder.storage.exporting import RECORDS
from tests.registers import BUREAUS, context_for, csv_text, write_files

if TYPE_CHECKING:
    from jobs.context import JobContext
    from reminder.storage.engine import Database

REGISTER = Path(__file__).parents[2] / "reminder/sample/register"
HOSTILE = [
    "=1+1", "@SUM(1)", "+1", "-1", "＝1", "'=1", "''=1", "#N/A", "_x0041_", "1e5", "007", "TRUE",
    "a,b;c", 'say "x"', "2026-01-31", "'x", "=A1\n=B1", "é\u00a0é", "👩\u200d👧",
]  # fmt: skip


@pytest.fixture
def context(database: Database, tmp_path: Path) -> JobContext:
    return context_for(database, tmp_path)


def _stored(context: JobContext) -> dict[str, list[Mapping[str, Any]]]:
    def rows(table: Table) -> list[Mapping[str, Any]]:
        return [dict(row) for row in connection.execute(select(table)).mappings()]

    with context.database.read() as connection:
        return {name: rows(table) for name, table in tables.metadata.tables.items()}


def _import_hostile(context: JobContext, tmp_path: Path) -> None:
    rows = [
        [f"KSD-{index}", text.partition("\n")[0], "KSDPL", "B-01", text]
        for index, text in enumerate(HOSTILE)
    ]
    agreements = csv_text(["ref", "title", "kind", "bureau", "notes"], rows)
    import_files(
        context, [write_files(tmp_path / "in", {"bureaus": BUREAUS, "agreements": agreements})]
    )


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_exported_register_changes_nothing_when_imported_again(
    context: JobContext, tmp_path: Path, ending: str
) -> None:
    import_files(context, [REGISTER])
    _import_hostile(context, tmp_path)
    before = _stored(context)
    out = tmp_path / "out"
    out.mkdir()
    for name in TABLES:
        export_table(context, name, out / f"{name}.{ending}")
    report = import_files(context, [out])
    assert list(report.tables) == list(TABLES)
    assert report.changes == 0
    assert sum(tally.missing for tally in report.tables.values()) == 0
    assert _stored(context) == before


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_exported_cells_start_no_formula(
    context: JobContext, tmp_path: Path, ending: str
) -> None:
    _import_hostile(context, tmp_path)
    path = tmp_path / f"agreements.{ending}"
    export_table(context, "agreements", path)
    if ending == "csv":
        with path.open(encoding="utf-8", newline="") as file:
            values = [cell for row in csv.reader(file) for cell in row]
    else:
        book = openpyxl.load_workbook(path)
        cells = [cell for row in book.worksheets[0].iter_rows() for cell in row if cell.value]
        assert {cell.data_type for cell in cells} == {"s"}
        values = [str(cell.value) for cell in cells]
    assert not [value for value in values if value.startswith(("=", "+", "-", "@", "＝", "\t"))]
    assert "'=1+1" in values


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text(alphabet=st.characters(codec="utf-8"), max_size=30),
    ending=st.sampled_from(["csv", "xlsx"]),
)
def test_any_text_comes_back_as_it_was(
    sqlite_database: Database, tmp_path: Path, text: str, ending: str
) -> None:
    try:
        stored = clean(text, lines=True)
    except CellError:
        return
    context = context_for(sqlite_database, tmp_path)
    with sqlite_database.write() as connection:
        for table in ("agreements", "bureaus"):
            connection.execute(tables.metadata.tables[table].delete())
        connection.execute(
            tables.bureaus.insert().values(code="B-01", code_key="b-01", name="Biro")
        )
        connection.execute(
            tables.agreements.insert().values(
                ref="KSD-1", ref_key="ksd-1", title="Kerja sama", kind="KSDPL", bureau="B-01",
                notes=stored, entered_on=date(2026, 3, 2),
            )
        )  # fmt: skip
    path = tmp_path / f"agreements.{ending}"
    export_table(context, "agreements", path)
    assert import_files(context, [path]).changes == 0


def test_records_of_the_service_are_exported(context: JobContext, tmp_path: Path) -> None:
    import_files(context, [REGISTER])
    plan_touched(context)
    scan(context)
    for name in RECORDS:
        for ending in ("csv", "xlsx", "json"):
            export_table(context, name, tmp_path / f"{name}.{ending}")
    messages = json.loads((tmp_path / "messages.json").read_text())
    assert messages
    assert {"message_id", "state", "created_at", "copy"} <= set(messages[0])
    assert "lease_token" not in messages[0]
    assert messages[0]["created_at"] == "2026-03-02T02:00:00+00:00"


def test_json_holds_every_row_of_a_table(context: JobContext, tmp_path: Path) -> None:
    import_files(context, [REGISTER])
    count = export_table(context, "contacts", tmp_path / "contacts.json")
    rows = json.loads((tmp_path / "contacts.json").read_text())
    assert len(rows) == count == 33
    assert set(rows[0]) == set(TABLES["contacts"].names)
    assert {type(row["active_to"]) for row in rows} == {str, type(None)}  # a day or nothing


def test_empty_table_is_exported_with_its_header(context: JobContext, tmp_path: Path) -> None:
    for ending in ("csv", "xlsx", "json"):
        assert export_table(context, "plans", tmp_path / f"plans.{ending}") == 0
    assert json.loads((tmp_path / "plans.json").read_text()) == []
    assert import_files(context, [tmp_path / "plans.csv", tmp_path / "plans.xlsx"]).changes == 0


@pytest.mark.parametrize("table", ["deadlines", "agreements", "reports", "steps", "follow_ups"])
def test_calendar_has_an_all_day_event_for_each_deadline(
    context: JobContext, tmp_path: Path, table: str
) -> None:
    import_files(context, [REGISTER])
    plan_touched(context)
    path = tmp_path / f"{table}.ics"
    count = export_table(context, table, path)
    events = icalendar.Calendar.from_ical(path.read_bytes()).walk("VEVENT")
    assert len(events) == count > 0
    assert len({str(event["UID"]) for event in events}) == count
    for event in events:
        assert b"VALUE=DATE" in event.to_ical()
        assert isinstance(event, icalendar.Event)
        assert event.end > event.start
    first = path.read_bytes()
    export_table(context, table, path)
    assert path.read_bytes() == first


def test_file_is_private_and_replaced_as_a_whole(context: JobContext, tmp_path: Path) -> None:
    path = tmp_path / "bureaus.csv"
    path.write_text("old")
    path.chmod(0o644)
    export_table(context, "bureaus", path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text(encoding="utf-8").startswith("code,name")
    assert not list(tmp_path.glob(".*.part"))


def test_link_is_replaced_and_not_followed(context: JobContext, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("untouched")
    path = tmp_path / "bureaus.csv"
    path.symlink_to(target)
    export_table(context, "bureaus", path)
    assert target.read_text() == "untouched"
    assert not path.is_symlink()


@pytest.mark.parametrize(
    ("table", "file", "message"),
    [
        ("agremeents", "a.csv", "did you mean agreements"),
        ("action_grants", "a.csv", "There is no table"),
        ("agreements", "a.pdf", "says no format"),
        ("contacts", "a.ics", "has no calendar"),
        ("contacts", "no/such/folder/a.csv", "cannot be written"),
    ],
)
def test_export_that_cannot_be_made_says_what_to_do(
    context: JobContext, tmp_path: Path, table: str, file: str, message: str
) -> None:
    with pytest.raises(ReminderError, match=message):
        export_table(context, table, tmp_path / file)
    assert not list(tmp_path.glob("*a.*"))


def test_table_may_be_named_in_indonesian(context: JobContext, tmp_path: Path) -> None:
    export_table(context, "kerja sama", tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text(encoding="utf-8").startswith("ref,title")
