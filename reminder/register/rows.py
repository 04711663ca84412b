"""Checked rows: every cell of a raw row brought to its stored form, or named with what is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reminder.register.columns import Column, TableSpec
from reminder.register.guard import unguard
from reminder.register.pairs import contradictions
from reminder.register.problems import ProblemList, where
from reminder.register.text import SPACES, CellError, shown
from reminder.register.xlsx_rows import Value, as_text

Row = dict[str, str | None]
"""A row in its stored form: column -> text; None where the database holds NULL."""


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """One row with those of its cells that could be read. ``key`` is None where it could not."""

    line: int
    key: tuple[str, ...] | None
    values: Row
    is_good: bool


class RowChecker:
    """Checks the rows of one file or sheet against the columns that its header names."""

    def __init__(
        self,
        table: TableSpec,
        header: Sequence[tuple[int, Column, str]],
        label: str,
        problems: ProblemList,
        *,
        counts_from_1904: bool = False,
    ) -> None:
        self.table = table
        self.label = label
        self.columns = tuple(column.name for _, column, _ in header)
        """The columns that this source has; the others keep what the register holds."""
        self._header = tuple(header)
        self._positions = {position for position, _, _ in header}
        self._width = max(self._positions, default=-1) + 1
        self._required = sum(column.required for _, column, _ in header)
        self._problems = problems
        self._counts_from_1904 = counts_from_1904

    def check(self, line: int, cells: Sequence[Value]) -> CheckedRow | None:
        """The row, or None where it says nothing; what is wrong goes to the problem list."""
        faults: list[tuple[Column, str, str, str]] = []
        values: Row = {}
        for position, column, written in self._header:
            raw = cells[position] if position < len(cells) else ""
            if raw == "":
                values[column.name] = column.empty
                if column.required:
                    faults.append((column, written, "is empty", "it is required"))
                continue
            try:
                values[column.name] = self._stored(raw, column)
            except CellError as error:
                faults.append((column, written, error.message, error.hint))
        if len(faults) >= self._required and not any(_says_something(cell) for cell in cells):
            return None  # a row of spaces
        key = self._key(values, faults)
        name = " ".join(key) if key else ""
        for column, written, message, hint in faults:
            self._problems.error(self.label, line, where(name, column.name, written), message, hint)
        shape = self._shape(cells)
        if shape is not None:
            self._problems.error(self.label, line, name, *shape)
        is_good = not faults and shape is None
        if shape is None:
            # Also beside other mistakes, so that one round of corrections is enough.
            for column_name, message, hint in contradictions(self.table.name, values):
                self._problems.error(self.label, line, where(name, column_name), message, hint)
                is_good = False
        return CheckedRow(line, key, values, is_good)

    def _stored(self, raw: Value, column: Column) -> str | None:
        text = (
            raw
            if type(raw) is str
            else as_text(raw, column, counts_from_1904=self._counts_from_1904)
        )
        text = text.strip(SPACES)
        if text[:1] == "'":
            text = unguard(text)
        if not text:
            if column.required:
                raise CellError("is empty", "it is required")
            return column.empty
        value = column.check(text)
        return value if value else column.empty

    def _key(
        self, values: Row, faults: Sequence[tuple[Column, str, str, str]]
    ) -> tuple[str, ...] | None:
        wrong = {column.name for column, _, _, _ in faults}
        if wrong.intersection(self.table.key):
            return None
        return tuple(values[name] or "" for name in self.table.key)

    def _shape(self, cells: Sequence[Value]) -> tuple[str, str] | None:
        """What is wrong with the number of cells: a shifted row must not be read as another."""
        if len(cells) < self._width:
            return (
                f"the row has {len(cells)} cells, the header {self._width}",
                "add the missing separators, or close the quote",
            )
        for position, cell in enumerate(cells):
            if position not in self._positions and _says_something(cell):
                return (
                    f"{shown(str(cell))} stands under no header",
                    "put cells that hold the separator in quotes, or name the column",
                )
        return None


def _says_something(cell: Value) -> bool:
    return not isinstance(cell, str) or bool(cell.strip(SPACES))


def check_cells(table: TableSpec, cells: Mapping[str, str]) -> tuple[Row, list[CellFault]]:
    """The stored form of cells given by column, as a command gets them, and what is wrong."""
    values: Row = {}
    faults: list[CellFault] = []
    for name, raw in cells.items():
        column = table.by_name[name]
        text = raw.strip(SPACES)
        if not text:
            if column.required:
                faults.append(CellFault(name, "is empty", "it is required"))
            values[name] = column.empty
            continue
        try:
            values[name] = column.check(text) or column.empty
        except CellError as error:
            faults.append(CellFault(name, error.message, error.hint))
    return values, faults


@dataclass(frozen=True, slots=True)
class CellFault:
    """What is wrong with one cell that a command was given."""

    column: str
    message: str
    hint: str
