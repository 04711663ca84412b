"""An import: files -> checked rows -> differences -> the register, all or nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.register_checks import check_new_keys, check_run
from jobs.register_writes import RegisterWriter
from jobs.rehearsal import rehearse_scan
from reminder.calendars import PartialDate
from reminder.clock import local_date
from reminder.crash_points import CrashPoint, passing
from reminder.errors import Problem
from reminder.register.addresses import doubts
from reminder.register.columns import TableSpec
from reminder.register.differences import Difference, Tally, difference
from reminder.register.opt_outs import opt_out_doubts
from reminder.register.pairs import contradictions
from reminder.register.problems import ProblemList, where
from reminder.register.reading import read_files
from reminder.register.staging import StagedRow, Staging
from reminder.register.tables import TABLES
from reminder.storage import register as stored

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from jobs.context import JobContext

Phase = Callable[[str], AbstractContextManager[Callable[[int, int], None]]]
"""Opens a progress bar with a label; told (done, total)."""

MOST_MISSING_NAMED = 20
MOST_ENDED = 0.10
ENDED_COUNTS_FROM = 5
"""Fewer are looked over by whoever imports them; 10 % of a small register is one agreement."""


@dataclass(slots=True)
class ImportReport:
    """What an import did, or in a dry run would do."""

    files: list[str]
    tables: dict[str, Tally] = field(default_factory=dict)
    warnings: list[Problem] = field(default_factory=list)
    ended: int = 0
    """Agreements that were open and are ended by this import."""
    mails_today: int | None = None
    """Dry run only: messages that today's scan would make."""
    mails_without: int = 0
    """Dry run only: those that it would make without the import."""
    mails_held: int = 0
    """Dry run only: those of today's scan that would be held as a storm."""
    scan_refused: str = ""
    """Dry run only: why today's scan would not be made at all."""

    @property
    def changes(self) -> int:
        """Rows added or changed."""
        return sum(tally.added + tally.changed for tally in self.tables.values())


class _DryRun(Exception):
    """Leaves the transaction, so that it is rolled back."""


def _no_bar(_label: str) -> AbstractContextManager[Callable[[int, int], None]]:
    return nullcontext(lambda _done, _total: None)


def import_files(
    context: JobContext,
    paths: Sequence[Path],
    *,
    dry_run: bool = False,
    confirmed_ends: int | None = None,
    phase: Phase = _no_bar,
) -> ImportReport:
    """Import files and folders; ImportRefused names every mistake, and then nothing is changed.

    The rows are read and checked without holding the database. *confirmed_ends* is the
    number of agreements that the admin knows to be ended by this import.
    """
    problems = ProblemList()
    with Staging() as staging:
        with phase("Reading") as progress:
            files = read_files(paths, staging, problems, progress)
        _warn_of_doubts(context, staging, problems)
        report = ImportReport([file.label for file in files])
        run = _Run(context, staging, problems, report)
        try:
            with context.database.write() as connection:
                if dry_run:
                    report.mails_without = rehearse_scan(context, connection).messages
                with phase("Storing") as progress:
                    run.store(connection, progress, confirmed_ends)
                if dry_run:
                    rehearsed = rehearse_scan(context, connection)
                    report.mails_today = rehearsed.messages
                    report.mails_held = rehearsed.held
                    report.scan_refused = rehearsed.refused
                    raise _DryRun
        except _DryRun:
            pass
    report.warnings = problems.warnings
    return report


class _Run:
    """One import inside its transaction."""

    def __init__(
        self, context: JobContext, staging: Staging, problems: ProblemList, report: ImportReport
    ) -> None:
        self._staging = staging
        self._problems = problems
        self._report = report
        self._now = context.clock.now()
        self._zone = context.policy.service.timezone
        self._today = local_date(self._now, self._zone)

    def store(
        self, connection: Connection, progress: Callable[[int, int], None], confirmed: int | None
    ) -> None:
        """Check what needs the database, write the differences; raises where anything is wrong."""
        stored.hold_register(connection)
        open_before = stored.count_open_agreements(connection)
        check_run(connection, self._staging, self._problems)
        writer = RegisterWriter(connection, self._now, self._zone, "import")
        names = self._staging.tables()
        total = sum(self._staging.count(name) for name in names)
        done = 0
        for name in names:
            tally = self._report.tables[name] = Tally()
            for batch in self._staging.batches(name):
                differences = self._compare(connection, TABLES[name], batch)
                for found in differences:
                    tally.count(found)
                if not self._problems.count:
                    writer.store(TABLES[name], differences)
                    passing(CrashPoint.MID_IMPORT)
                done += len(batch)
                progress(done, total)
        self._refuse_mass_end(open_before, confirmed)
        self._problems.refuse()
        for name in names:
            self._find_missing(connection, name)
        if self._report.changes:
            writer.finish()
            writer.journal_import(self._journal_data())

    def _compare(
        self, connection: Connection, table: TableSpec, batch: Sequence[StagedRow]
    ) -> list[Difference]:
        known = stored.stored_rows(connection, table.name, [row.place.key for row in batch])
        found = [difference(table, row.values, known.get(row.place.key)) for row in batch]
        new = [row.place for row, diff in zip(batch, found, strict=True) if diff.is_new]
        check_new_keys(connection, self._staging, table, new, self._problems)
        for row, diff in zip(batch, found, strict=True):
            # A file without all columns can contradict what the register has in the others.
            if diff.changed and len(row.values) < len(table.columns):
                for column, message, hint in contradictions(table.name, diff.row):
                    place = row.place
                    key = where(place.name, column)
                    self._problems.error(place.label, place.line, key, message, hint)
            if table.name == "opt_outs" and diff.is_change:
                for column, message, hint in opt_out_doubts(diff.row, self._today):
                    place = row.place
                    key = where(place.name, column)
                    self._problems.warn(place.label, place.line, key, message, hint)
            if table.name == "agreements" and _ends(diff, self._today):
                self._report.ended += 1
        return found

    def _refuse_mass_end(self, open_before: int, confirmed: int | None) -> None:
        ended = self._report.ended
        if ended < ENDED_COUNTS_FROM or ended <= MOST_ENDED * open_before:
            return
        if confirmed is None or confirmed < ended:
            self._problems.error(
                ", ".join(self._report.files), None, "",
                f"this would end {ended} of {open_before} open agreements",
                f"check the file; if that is right, add --yes-remove={ended}",
            )  # fmt: skip

    def _find_missing(self, connection: Connection, name: str) -> None:
        """Name the rows that the register has and the import lacks; nothing is deleted."""
        tally = self._report.tables[name]
        tally.missing = stored.count(connection, name) - self._staging.count(name)
        if not tally.missing:
            return
        for keys in stored.all_keys(connection, name):
            for key in self._staging.absent(name, keys):
                tally.some_missing.append(" ".join(key))
                if len(tally.some_missing) >= min(tally.missing, MOST_MISSING_NAMED):
                    return

    def _journal_data(self) -> dict[str, object]:
        return {
            "files": self._report.files,
            "tables": {
                name: {"added": tally.added, "changed": tally.changed}
                for name, tally in self._report.tables.items()
            },
        }


_ADDRESSES = [
    (table.name, column.name)
    for table in TABLES.values()
    for column in table.columns
    if column.is_address
]
_ENDED = ("terminated", "replaced")


def _ends(found: Difference, today: date) -> bool:
    """Whether an agreement that was open is over once this is stored."""
    if found.is_new:
        return False
    before, after = found.changed.get("status", (found.row["status"],) * 2)
    if before in _ENDED:
        return False
    if after in _ENDED:
        return True
    was, will = found.changed.get("expires_on", (None, None))
    return (
        will is not None
        and PartialDate.parse(will).last < today
        and (was is None or PartialDate.parse(was).last >= today)
    )


def _warn_of_doubts(context: JobContext, staging: Staging, problems: ProblemList) -> None:
    """Warn, once for each, of what is no mistake: unknown rules and steps, odd addresses."""
    policy = context.policy
    known = {
        ("opt_outs", "rule", "rules.yaml"): {rule.name for rule in policy.rules},
        ("steps", "step", "steps.yaml"): {
            step.code for chain in policy.chains.values() for step in chain.steps
        },
    }
    for (table, column, file), names in known.items():
        for value, place in staging.first_of_each(table, column):
            if value not in names:
                problems.warn(
                    place.label, place.line, where(place.name, column),
                    f'"{value}" is not in {file}', "check the name",
                )  # fmt: skip
    own = context.settings.mail_from.rpartition("<")[2].rstrip(">").strip().casefold()
    for table, column in _ADDRESSES:
        for value, place in staging.first_of_each(table, column):
            doubt = doubts(value)
            if value.casefold() == own:
                doubt = (
                    f'"{value}" is the address that this service sends from',
                    "name a person's address",
                )
            if doubt is not None:
                problems.warn(place.label, place.line, where(place.name, column), *doubt)
