"""What a config file holds before anything is typed: texts, lists and tables with lines."""

from __future__ import annotations

from dataclasses import dataclass, field

from reminder.errors import Problem

BROKEN = "\ue000"
"""Stands in for what could not be read and was reported; its readers pass over it in silence.

A file cannot bring it in itself: it is one of the characters that are refused.
"""
MOST_PROBLEMS = 1000
MOST_KEY_SHOWN = 60


@dataclass
class Source:
    """One file, by the name that the admin knows it by, and what is wrong in it."""

    name: str
    problems: list[Problem] = field(default_factory=list)
    is_partial: bool = False
    """Whether lines had to be left out: then nothing can be called missing."""

    def report(
        self, line: int | None, key: str, message: str, hint: str = "", level: str = "error"
    ) -> None:
        """Note a mistake, once."""
        problem = Problem(self.name, line, key, message, hint, level)
        if len(self.problems) < MOST_PROBLEMS and problem not in self.problems[-50:]:
            self.problems.append(problem)


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text."""

    source: Source
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Listing:
    """A list."""

    source: Source
    line: int
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of a table, at its line, with its value."""

    key: str
    line: int
    value: Node


@dataclass(frozen=True, slots=True)
class Table:
    """Keys with values; each key once."""

    source: Source
    line: int
    entries: tuple[Entry, ...]
    is_partial: bool = False


Node = Scalar | Listing | Table


def below(path: str, key: str) -> str:
    """The path of *key* in the table at *path*."""
    key = key if len(key) <= MOST_KEY_SHOWN else f"{key[:MOST_KEY_SHOWN]}..."
    return f"{path}.{key}" if path else key
