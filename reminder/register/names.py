"""Which table a file or sheet holds and which column a header means."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from reminder.near_names import near_name
from reminder.register.columns import Column, TableSpec
from reminder.register.tables import TABLES
from reminder.register.text import escaped, shown

_NOT_LETTERS = re.compile(r"[\W_]+")
MOST_COLUMNS = 200


@dataclass(frozen=True, slots=True)
class HeaderProblem:
    """What is wrong with a header line: the column, what, and what to write."""

    column: str
    message: str
    hint: str


def plain(name: str) -> str:
    """*name* as names are compared: without case, spaces, underscores and punctuation."""
    return _NOT_LETTERS.sub("", unicodedata.normalize("NFKC", name).casefold())


_TABLE_NAMES = {
    plain(name): table for table in TABLES.values() for name in (table.name, *table.aliases)
}


def table_of(name: str) -> TableSpec | None:
    """The table that a file (without its ending) or a sheet of that name holds.

    What follows the table's name after a space, dash, dot or bracket is free:
    ``agreements-2026``, ``Kerja Sama (lama)``.
    """
    found = _TABLE_NAMES.get(plain(name))
    if found is not None:
        return found
    for cut in reversed([match.start() for match in re.finditer(r"[\s._()-]+", name)]):
        found = _TABLE_NAMES.get(plain(name[:cut]))
        if found is not None:
            return found
    return None


def table_hint(name: str) -> str:
    """What to call a file or sheet whose name is no table's."""
    near = near_name(plain(name), _TABLE_NAMES)
    if near is not None:
        return f"name it {_TABLE_NAMES[near].name}"
    return "name it after a table: " + ", ".join(TABLES)


def read_header(
    table: TableSpec, cells: Sequence[str]
) -> tuple[list[tuple[int, Column, str]], list[HeaderProblem]]:
    """The columns of a header line with their position and header, and what is wrong with it."""
    problems: list[HeaderProblem] = []
    if len(cells) > MOST_COLUMNS:
        message = f"the header has {len(cells):,} columns"
        return [], [HeaderProblem("", message, f"keep at most {MOST_COLUMNS}")]
    known = {plain(alias): column for column in table.columns for alias in column.aliases}
    known |= {plain(column.name): column for column in table.columns}
    found: list[tuple[int, Column, str]] = []
    seen: dict[str, str] = {}
    for position, cell in enumerate(cells):
        column = known.get(plain(cell))
        if not cell.strip():
            continue
        if column is None:
            problems.append(_unknown(table, cell, known))
        elif column.name in seen:
            problems.append(
                HeaderProblem(
                    column.name,
                    f"the header has this column twice ({shown(seen[column.name])}, {shown(cell)})",
                    "delete one",
                )
            )
        else:
            seen[column.name] = cell
            found.append((position, column, cell.strip()))
    for column in table.columns:
        if column.required and column.name not in seen:
            problems.append(
                HeaderProblem(column.name, "the header lacks this column", f"add {column.name}")
            )
    return found, problems


def _unknown(table: TableSpec, cell: str, known: dict[str, Column]) -> HeaderProblem:
    near = near_name(plain(cell), known)
    hint = (
        f"write {known[near].name}"
        if near is not None
        else "delete the column, or write one of " + ", ".join(table.names)
    )
    return HeaderProblem(escaped(cell[:80]), f"{shown(cell)} is no column of {table.name}", hint)
