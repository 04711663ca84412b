"""Changed facts into the database: rows, journal, and which agreements to plan again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from reminder.clock import local_date
from reminder.register.columns import TableSpec
from reminder.register.differences import Difference
from reminder.register.keys import look
from reminder.register.rows import Row
from reminder.storage import register as stored
from reminder.storage.events import add_events
from reminder.storage.planning import clear_put_offs

if TYPE_CHECKING:
    from sqlalchemy import Connection

_BUREAU_FACTS = ("bureaus", "contacts")
_OF_SUCCESSORS = ("steps", "activities")
"""Facts of an intended successor that count for the agreement that it is to replace, too."""


class RegisterWriter:
    """Writes differences in the caller's transaction; what does not differ is left alone."""

    def __init__(
        self, connection: Connection, now: datetime, default_zone: str, actor: str
    ) -> None:
        self._connection = connection
        self._now = now
        self._default_zone = default_zone
        self._actor = actor
        self._touched_bureaus: set[str] = set()
        self._unattached = False

    def store(
        self, table: TableSpec, differences: Iterable[Difference], *, journal_new: bool = False
    ) -> None:
        """Store new and changed rows. New ones get an event each only with *journal_new*."""
        changes = [found for found in differences if found.is_change]
        if not changes:
            return
        stored.upsert(self._connection, table.name, [self._row(table, found) for found in changes])
        self._journal(table, changes, journal_new=journal_new)
        self._mark(table, changes)

    def remove(self, table: TableSpec, row: Row) -> None:
        """Take one row out again: what somebody recorded by mistake, and takes back."""
        key = {name: row[name] or "" for name in table.key}
        stored.delete_row(self._connection, table.name, key)
        gone = Difference(row, is_new=False)
        removed = {name: value for name, value in row.items() if value}
        data: dict[str, object] = {"table": table.name, "key": list(key.values())}
        entry = (_agreement_of(table, gone) or "", data | {"removed": removed})
        add_events(self._connection, "fact", self._actor, self._now, [entry])
        self._mark(table, [gone])

    def finish(self) -> None:
        """After the last table: have what the changed bureaus are responsible for planned again."""
        if self._unattached or self._touched_bureaus:
            stored.mark_unattached(self._connection, self._today(None))
        by_day: defaultdict[date, list[str]] = defaultdict(list)
        for code in self._with_children(self._touched_bureaus):
            by_day[self._today(code)].append(code)
        for day, codes in by_day.items():
            for start in range(0, len(codes), stored.BATCH):
                stored.mark_bureaus(self._connection, codes[start : start + stored.BATCH], day)

    def journal_import(self, data: dict[str, object]) -> None:
        """One event for the import as a whole."""
        add_events(self._connection, "import", self._actor, self._now, [("", data)])

    @cached_property
    def _bureaus(self) -> dict[str, tuple[str | None, str | None]]:
        return stored.bureaus(self._connection)

    def _today(self, bureau: str | None) -> date:
        """The date at the bureau now; at the service where there is no bureau."""
        zone = self._bureaus.get(bureau, (None, None))[0] if bureau is not None else None
        return local_date(self._now, zone or self._default_zone)

    def _row(self, table: TableSpec, found: Difference) -> dict[str, object]:
        row: dict[str, object] = dict(found.row)
        if table.name == "agreements":
            today = self._today(found.row["bureau"])
            ref = found.row["ref"] or ""
            # An update keeps the day of entry: ``upsert`` leaves that column alone.
            row |= {"ref_key": look(ref), "entered_on": today, "replan_on": today}
        elif table.name == "bureaus":
            row["code_key"] = look(found.row["code"] or "")
        elif table.name == "follow_ups":
            row["entered_on"] = self._today(found.row["bureau"])
        return row

    def _journal(
        self, table: TableSpec, changes: Sequence[Difference], *, journal_new: bool
    ) -> None:
        entries = []
        for found in changes:
            if found.is_new and not journal_new:
                continue
            data: dict[str, object] = {
                "table": table.name,
                "key": [found.row[name] for name in table.key],
            }
            if found.is_new:
                data["added"] = {name: value for name, value in found.row.items() if value}
            else:
                data["changed"] = {name: list(values) for name, values in found.changed.items()}
            entries.append((_agreement_of(table, found) or "", data))
        add_events(self._connection, "fact", self._actor, self._now, entries)

    def _mark(self, table: TableSpec, changes: Sequence[Difference]) -> None:
        if table.name == "bureaus":
            self.__dict__.pop("_bureaus", None)  # zones and parents as they are now
        if table.name in _BUREAU_FACTS:
            column = "code" if table.name == "bureaus" else "bureau"
            self._touched_bureaus.update(found.row[column] or "" for found in changes)
            return
        refs = {ref for found in changes for ref in _touched_by(table, found)}
        if table.name in _OF_SUCCESSORS and refs:
            refs.update(stored.replaced_by_any(self._connection, sorted(refs)))
        if table.name == "follow_ups":
            self._unattached |= any(
                None in (found.row["agreement"], *found.changed.get("agreement", ()))
                for found in changes
            )
        by_day: defaultdict[date, list[str]] = defaultdict(list)
        if refs:
            for ref, bureau in stored.bureaus_of(self._connection, sorted(refs)).items():
                by_day[self._today(bureau)].append(ref)
        for day, some in by_day.items():
            stored.mark_agreements(self._connection, some, day)
        if table.name == "agreements":
            refs |= {found.row["ref"] or "" for found in changes}
        # Whoever mends a record that was put off must not wait for the hour to be over.
        clear_put_offs(self._connection, sorted(refs))

    def _with_children(self, codes: set[str]) -> list[str]:
        """The bureaus and all below them: a child's mails may go to its parent's contacts."""
        if not codes:
            return []
        children: defaultdict[str, list[str]] = defaultdict(list)
        for code, (_, parent) in self._bureaus.items():
            if parent:
                children[parent].append(code)
        found: set[str] = set()
        waiting = list(codes)
        while waiting:
            code = waiting.pop()
            if code not in found:
                found.add(code)
                waiting.extend(children[code])
        return sorted(found)


def _agreement_of(table: TableSpec, found: Difference) -> str | None:
    return found.row["ref"] if table.name == "agreements" else found.row.get("agreement")


def _touched_by(table: TableSpec, found: Difference) -> set[str]:
    """The agreements whose deadlines a change may move, besides a changed agreement itself."""
    column = "replaces" if table.name == "agreements" else "agreement"
    values = {found.row[column], *found.changed.get(column, ())}
    if table.name == "agreements" and not found.is_new:
        # Whether the one that it replaces counts as replaced hangs on these too.
        values.add(found.row["replaces"])
    return {value for value in values if value}
