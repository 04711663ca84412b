"""An export: one table of the database -> a file whose ending says how it is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.calendars import Entries
from reminder.errors import ReminderError
from reminder.mail.calendar_file import calendar_file
from reminder.near_names import near_name
from reminder.register.export import WRITERS, counted
from reminder.register.names import table_of
from reminder.register.new_file import new_file
from reminder.register.tables import TABLES
from reminder.storage.exporting import RECORDS, read_table
from reminder.storage.open_dates import read_open_dates

if TYPE_CHECKING:
    from jobs.context import JobContext

_CALENDARS = {
    "deadlines": None,
    "agreements": "expiry",
    "reports": "report",
    "steps": "step",
    "follow_ups": "follow_up",
}
"""Tables that can be written as a calendar, and the kind of deadline that is taken."""


def export_table(
    context: JobContext,
    table: str,
    file: Path,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> int:
    """Write *table* to *file*, replacing it as a whole; how many rows it has."""
    name = _table_name(table)
    ending = file.suffix.lower()
    if ending == ".ics":
        return _export_calendar(context, name, file)
    if ending not in WRITERS:
        raise ReminderError(
            f'{file}: the ending "{file.suffix}" says no format; '
            "write a name that ends in .csv, .xlsx, .json or .ics."
        )
    with new_file(file) as stream, context.database.read() as connection:
        found = read_table(connection, name)
        rows = counted(found.rows, lambda done: progress(done, found.count))
        WRITERS[ending](stream, name, found.columns, rows)
        return found.count


def _export_calendar(context: JobContext, name: str, file: Path) -> int:
    if name not in _CALENDARS:
        raise ReminderError(
            f"{name} has no calendar; write one of {', '.join(_CALENDARS)} as .ics, "
            f"or write {file.with_suffix('.csv').name}."
        )
    policy = context.policy
    entries = Entries(context.settings, policy, policy.service.language)
    with new_file(file) as stream, context.database.read() as connection:
        found = [
            entries.of(one, with_derivation=True)
            for one in read_open_dates(connection, _CALENDARS[name])
        ]
        stream.write(calendar_file(found, context.clock.now(), name=policy.service.name))
    return len(found)


def _table_name(table: str) -> str:
    """The name of the table that was asked for, by any of its names."""
    if table in RECORDS:
        return table
    found = table_of(table)
    if found is not None:
        return found.name
    near = near_name(table, [*TABLES, *RECORDS])
    hint = f"did you mean {near}?" if near else f"choose one of {', '.join([*TABLES, *RECORDS])}."
    raise ReminderError(f'There is no table "{table}"; {hint}')
