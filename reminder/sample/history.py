"""The sample register as it was known on a day, so that a demonstration can live through it.

A report submitted in August was not in the register in July: were it there from the start,
nobody would ever have been reminded of it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from reminder.calendars import PartialDate
from reminder.register.tables import TABLES
from reminder.sample import REGISTER

Row = dict[str, str]
Register = Mapping[str, list[Row]]
"""The rows of each table by its name."""

_KNOWN_FROM: Mapping[str, tuple[str, ...]] = {
    "agreements": ("signed_on",),
    "reports": ("submitted_on",),
    "steps": ("started_on", "done_on"),
    "activities": ("date",),
    "documents": ("date",),
    "checks": ("on",),
}
"""The columns of which the earliest says since when a row is known; no day there: always."""

_LATER: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "steps": ("done_on", ("done_on", "document")),
    "follow_ups": ("done_on", ("done_on",)),
    "plans": ("done_on", ("done_on", "evidence")),
}
"""The column whose day says since when other cells of the row are known."""


def read_register(folder: Path = REGISTER) -> Register:
    """Every table of the sample, cells as they are written."""
    found: dict[str, list[Row]] = {}
    for name in TABLES:
        with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            found[name] = list(csv.DictReader(file))
    return found


def write_register(register: Register, folder: Path) -> None:
    """One CSV file for each table that has rows."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in register.items():
        if rows:
            with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)


def known_on(register: Register, day: date) -> Register:
    """The register without what happened after *day*."""
    known_refs = {
        row["ref"] for row in register["agreements"] if _agreement_is_known(row, register, day)
    }
    replaced = {row["replaces"] for row in register["agreements"] if row["ref"] in known_refs}
    found: dict[str, list[Row]] = {}
    for name, rows in register.items():
        kept = [
            _without_later_cells(name, row, day)
            for row in rows
            if _known_since(name, row) <= day and row.get("agreement", "") in ("", *known_refs)
        ]
        if name == "agreements":
            kept = [_as_long_as_it_holds(row, replaced) for row in kept if row["ref"] in known_refs]
        found[name] = kept
    return found


def days_with_news(register: Register, after: date, until: date) -> list[date]:
    """The days later than *after* on which the register says more than on the day before."""
    days = {day for day in _days(register) if after < day <= until}
    return sorted(days)


def _days(register: Register) -> Iterator[date]:
    for name, rows in register.items():
        for row in rows:
            yield _known_since(name, row)
            if name in _LATER and row[_LATER[name][0]]:
                yield _first(row[_LATER[name][0]])


def _agreement_is_known(row: Row, register: Register, day: date) -> bool:
    """Signed by that day; one that is only intended is known from the first step towards it."""
    if row["signed_on"]:
        return _first(row["signed_on"]) <= day
    starts = [
        _first(step["started_on"])
        for step in register["steps"]
        if step["agreement"] == row["ref"] and step["started_on"]
    ]
    return min(starts, default=date.min) <= day


def _as_long_as_it_holds(row: Row, replaced: set[str]) -> Row:
    """An agreement whose successor is not known yet was not called replaced yet."""
    if row["status"] == "replaced" and row["ref"] not in replaced:
        return row | {"status": ""}
    return row


def _without_later_cells(name: str, row: Row, day: date) -> Row:
    if name not in _LATER:
        return row
    column, cells = _LATER[name]
    if not row[column] or _first(row[column]) <= day:
        return row
    return row | dict.fromkeys(cells, "")


def _known_since(name: str, row: Row) -> date:
    days = [_first(row[column]) for column in _KNOWN_FROM.get(name, ()) if row[column]]
    return min(days, default=date.min)


def _first(text: str) -> date:
    return PartialDate.parse(text).first
