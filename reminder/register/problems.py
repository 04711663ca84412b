"""The problems of one import run: every one is counted, about a thousand are kept."""

from __future__ import annotations

from reminder.errors import ImportRefused, Problem
from reminder.register.text import escaped

MOST_KEPT = 1_000


class ProblemList:
    """Collects errors and warnings so that a file with a million bad rows still fits in memory."""

    def __init__(self) -> None:
        self.errors: list[Problem] = []
        self.warnings: list[Problem] = []
        self.count = 0

    def error(self, file: str, line: int | None, key: str, message: str, hint: str) -> None:
        """Note an error; the run will be refused."""
        self.count += 1
        if len(self.errors) < MOST_KEPT:
            self.errors.append(Problem(file, line, key, message, hint))

    def warn(self, file: str, line: int | None, key: str, message: str, hint: str) -> None:
        """Note a doubt; the row is taken all the same."""
        if len(self.warnings) < MOST_KEPT:
            self.warnings.append(Problem(file, line, key, message, hint, level="warning"))

    def refuse(self) -> None:
        """Raise ImportRefused where there is an error."""
        if not self.count:
            return
        more = self.count - len(self.errors)
        tail = f"{more:,} more like these; " if more else ""
        mistakes = "1 mistake" if self.count == 1 else f"{self.count:,} mistakes"
        raise ImportRefused(self.errors, f"{tail}{mistakes} found: nothing was imported.")


def where(key: str, column: str, header: str = "") -> str:
    """The path of a cell in a message: the record's key, then the column."""
    name = column if not header or header == column else f"{column} ({escaped(header)})"
    return ": ".join(part for part in (key, name) if part)
