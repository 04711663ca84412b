"""What a row changes in the register: pure comparison of stored forms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reminder.register.columns import TableSpec
from reminder.register.rows import Row


@dataclass(frozen=True, slots=True)
class Difference:
    """A row as it will be stored, and how it differs from what is stored now."""

    row: Row
    is_new: bool
    changed: Mapping[str, tuple[str | None, str | None]] = field(default_factory=dict)
    """Column -> (old, new) of a row that the register has already."""

    @property
    def is_change(self) -> bool:
        """Whether anything must be written."""
        return self.is_new or bool(self.changed)


def difference(table: TableSpec, given: Row, stored: Row | None) -> Difference:
    """Compare; columns that *given* lacks keep what the register holds."""
    if stored is None:
        row = {column.name: given.get(column.name, column.empty) for column in table.columns}
        return Difference(row, is_new=True)
    changed = {
        name: (stored[name], value) for name, value in given.items() if stored[name] != value
    }
    return Difference({**stored, **given}, is_new=False, changed=changed)


@dataclass(slots=True)
class Tally:
    """What an import does to one table."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    missing: int = 0
    some_missing: list[str] = field(default_factory=list)
    """The first keys that the register has and the import lacks; they stay."""

    def count(self, found: Difference) -> None:
        """Count one row."""
        if found.is_new:
            self.added += 1
        elif found.changed:
            self.changed += 1
        else:
            self.unchanged += 1
