"""Small registers for tests of import and export: files to write, a context to import with."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import structlog

from jobs.context import JobContext
from jobs.importing import ImportReport, import_files
from reminder.clock import FixedClock
from reminder.deadlines import DeadlineKind
from reminder.errors import ImportRefused, Problem
from reminder.policy import load_policy
from reminder.resources import shipped, template_dirs
from reminder.settings import load_settings

if TYPE_CHECKING:
    from reminder.storage.engine import Database

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
"""A Monday, 9 in the morning in Jakarta."""

BUREAUS = "code,name,timezone,language,parent\nB-01,Biro Kerja Sama,Asia/Jakarta,id,\n"
CONTACTS = "email,bureau,role,name\npetugas@biro.example.go.id,B-01,officer,Siti Rahma\n"
AGREEMENTS = (
    "ref,title,kind,bureau,partner,signed_on,expires_on\n"
    "KSD-1,Kerja sama pendidikan,KSDPL,B-01,Queensland,2021-05-31,2026-05-31\n"
)
SMALL = {"bureaus": BUREAUS, "contacts": CONTACTS, "agreements": AGREEMENTS}


def context_for(database: Database, home: Path, now: datetime = NOW) -> JobContext:
    """The shipped policy, a clock that stands still, and no log."""
    settings = load_settings(
        home, {"REMINDER_SECRET_KEY": "a test key of enough characters 0123456789"}
    )
    policy = load_policy(None, shipped("config"), template_dirs(settings.templates_dir))
    return JobContext(settings, policy, database, FixedClock(now), structlog.get_logger())


def without_findings(context: JobContext) -> JobContext:
    """The same, but no rule mails a finding: for tests of what is due by a day of its own."""
    rules = tuple(
        rule for rule in context.policy.rules if rule.deadline is not DeadlineKind.FINDING
    )
    policy = replace(context.policy, rules=rules)
    return replace(context, policy=policy)


def write_files(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """A folder with a CSV file for each table, written as given."""
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        path = folder / (name if "." in name else f"{name}.csv")
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def csv_text(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A CSV file with exactly these cells."""
    import io

    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()


def agreement_csv(**cells: str) -> str:
    """One agreement, valid but for what *cells* say."""
    row = {"ref": "KSD-1", "title": "Kerja sama", "kind": "KSDPL", "bureau": "B-01", **cells}
    return csv_text(list(row), [list(row.values())])


def import_small(context: JobContext, folder: Path) -> ImportReport:
    """The small register, in the database."""
    return import_files(context, [write_files(folder, SMALL)])


def refused(context: JobContext, *paths: Path) -> tuple[Problem, ...]:
    """The problems of an import that must be refused."""
    with pytest.raises(ImportRefused) as caught:
        import_files(context, paths)
    return caught.value.problems
