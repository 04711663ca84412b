"""The checked rows of one import run, kept outside the memory until all of them are known.

They stand in a private temporary SQLite file, which the operating system removes with the
process: a million rows cost no more memory than a thousand, and the register's own
database is locked only while the differences are written.
"""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from reminder.register.columns import TableSpec
from reminder.register.keys import look, look_of
from reminder.register.rows import CheckedRow, Row
from reminder.register.tables import TABLES

BATCH = 1_000
_JOIN = "\x1f"


@dataclass(frozen=True, slots=True)
class Source:
    """One file or sheet of the run, with the columns that it has."""

    label: str
    table: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a staged row stands, for messages."""

    label: str
    line: int
    key: tuple[str, ...]

    @property
    def name(self) -> str:
        """The record's key in words."""
        return " ".join(self.key)


@dataclass(frozen=True, slots=True)
class StagedRow:
    """One good row with the columns that its source has."""

    place: Place
    values: Row


class Staging:
    """All rows of a run; a context manager, since it holds a temporary file."""

    def __init__(self) -> None:
        self.sources: list[Source] = []
        self._waiting: dict[str, list[tuple[object, ...]]] = {}
        # The empty name is SQLite's private file on disk, deleted when it is closed.
        self._db = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-16384"):
            self._db.execute(f"PRAGMA {pragma}")
        for table in TABLES.values():
            columns = ", ".join(f'"{name}"' for name in table.names)
            self._db.execute(
                f'CREATE TABLE "{table.name}" (_seq INTEGER PRIMARY KEY, _source INTEGER,'
                f" _line INTEGER, _good INTEGER, _name TEXT, _look TEXT, {columns})"
            )

    def __enter__(self) -> Staging:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def add_source(self, label: str, table: TableSpec, columns: Sequence[str]) -> int:
        """Begin a file or sheet; its number."""
        self.sources.append(Source(label, table.name, tuple(columns)))
        return len(self.sources) - 1

    def add(self, source: int, row: CheckedRow) -> None:
        """Keep a row whose key is known; a bad one too, since others may refer to it."""
        if row.key is None:
            return
        table = TABLES[self.sources[source].table]
        waiting = self._waiting.setdefault(table.name, [])
        name = _JOIN.join(row.key)
        values = row.values
        waiting.append(
            (
                source,
                row.line,
                row.is_good,
                name,
                look_of(row.key),
                *[values.get(column) for column in table.names],
            )
        )
        if len(waiting) >= BATCH:
            self._store(table)

    def finish(self) -> None:
        """After the last row: store what waits, and make the rows findable by key and look."""
        for table in TABLES.values():
            self._store(table)
            self._db.execute(f'CREATE INDEX "{table.name}_name" ON "{table.name}" (_name)')
            self._db.execute(f'CREATE INDEX "{table.name}_look" ON "{table.name}" (_look)')

    def _store(self, table: TableSpec) -> None:
        waiting = self._waiting.pop(table.name, None)
        if waiting:
            marks = ", ".join("?" * (len(table.names) + 5))
            self._db.execute("BEGIN")
            self._db.executemany(f'INSERT INTO "{table.name}" VALUES (NULL, {marks})', waiting)
            self._db.execute("COMMIT")

    def tables(self) -> list[str]:
        """The tables that this run has a file or sheet of, in the order of their references."""
        given = {source.table for source in self.sources}
        return [name for name in TABLES if name in given]

    def count(self, table: str) -> int:
        """How many rows of *table* are staged."""
        found: int = self._db.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]
        return found

    def batches(self, table: str) -> Iterator[list[StagedRow]]:
        """The good rows of *table* in the order of the files."""
        names = TABLES[table].names
        last = 0
        while True:
            rows = self._db.execute(
                f'SELECT * FROM "{table}" WHERE _seq > ? AND _good ORDER BY _seq LIMIT {BATCH}',
                (last,),
            ).fetchall()
            if not rows:
                return
            last = rows[-1][0]
            yield [
                StagedRow(
                    Place(source.label, row[2], tuple(row[4].split(_JOIN))),
                    {
                        name: value
                        for name, value in zip(names, row[6:], strict=True)
                        if name in source.columns
                    },
                )
                for row in rows
                for source in (self.sources[row[1]],)
            ]

    def repeated(self, table: str) -> Iterator[tuple[Place, Place]]:
        """Pairs of rows whose keys look the same: the first such row, and each later one."""
        rows = self._db.execute(
            f'SELECT a._source, a._line, a._name, b._source, b._line, b._name FROM "{table}" b'
            f' JOIN "{table}" a ON a._seq ='
            f' (SELECT min(c._seq) FROM "{table}" c WHERE c._look = b._look)'
            f" WHERE a._seq < b._seq ORDER BY b._seq"
        )
        for row in rows:
            yield self._place(row[:3]), self._place(row[3:])

    def names_outside(self, table: str, column: str, target: str) -> Iterator[list[str]]:
        """The distinct values of *column* that no row of *target* in this run has as its key."""
        rows = self._db.execute(
            f'SELECT DISTINCT t."{column}" FROM "{table}" t WHERE t."{column}" IS NOT NULL'
            f' AND NOT EXISTS (SELECT 1 FROM "{target}" o WHERE o._name = t."{column}")'
        )
        while batch := rows.fetchmany(BATCH):
            yield [row[0] for row in batch]

    def rows_with(
        self, table: str, column: str, values: Sequence[str]
    ) -> Iterator[tuple[str, Place]]:
        """The rows of *table* that have one of *values* in *column*, with that value."""
        marks = ", ".join("?" * len(values))
        rows = self._db.execute(
            f'SELECT "{column}", _source, _line, _name FROM "{table}"'
            f' WHERE "{column}" IN ({marks}) ORDER BY _seq',
            list(values),
        )
        for row in rows:
            yield row[0], self._place(row[1:])

    def first_of_each(self, table: str, column: str) -> Iterator[tuple[str, Place]]:
        """Each value of *column* with the first row that has it."""
        rows = self._db.execute(
            f'SELECT "{column}", _source, _line, _name FROM "{table}" WHERE _seq IN'
            f' (SELECT min(_seq) FROM "{table}" WHERE "{column}" IS NOT NULL GROUP BY "{column}")'
        )
        for row in rows:
            yield row[0], self._place(row[1:])

    def lookalike(self, table: str, name: str) -> str | None:
        """A key of this run that looks like *name* and is not the same."""
        row = self._db.execute(
            f'SELECT _name FROM "{table}" WHERE _look = ? AND _name <> ?', (look(name), name)
        ).fetchone()
        return row[0] if row else None

    def some_names(self, table: str, most: int) -> list[str]:
        """The first keys of *table* in this run, for hints."""
        rows = self._db.execute(f'SELECT _name FROM "{table}" ORDER BY _seq LIMIT {int(most)}')
        return [row[0] for row in rows]

    def absent(self, table: str, keys: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
        """Those of *keys* that no row of this run has."""
        statement = f'SELECT 1 FROM "{table}" WHERE _name = ?'
        return [
            key for key in keys if not self._db.execute(statement, (_JOIN.join(key),)).fetchone()
        ]

    def cycle(
        self, table: str, column: str, stored: Iterator[list[tuple[str, str]]]
    ) -> list[Place]:
        """A row of each circle that *column* (naming rows of the same table) makes.

        *stored* are the pairs (key, named key) that the register has already; rows of this
        run take their place.
        """
        self._db.execute("CREATE TEMP TABLE edges (name TEXT PRIMARY KEY, named TEXT)")
        for batch in stored:
            self._db.executemany("INSERT OR IGNORE INTO edges VALUES (?, ?)", batch)
        has_column = [
            n for n, s in enumerate(self.sources) if s.table == table and column in s.columns
        ]
        marks = ", ".join(str(number) for number in has_column)
        self._db.execute(
            f'INSERT OR REPLACE INTO edges SELECT _name, "{column}" FROM "{table}"'
            f' WHERE _source IN ({marks}) AND _good AND "{column}" IS NOT _name'
        )
        follow = array("q", [0]) * (
            self._db.execute("SELECT max(rowid) FROM edges").fetchone()[0] or 0
        )
        follow.append(0)
        for here, there in self._db.execute(
            "SELECT a.rowid, b.rowid FROM edges a JOIN edges b ON a.named = b.name"
        ):
            follow[here] = there
        found: list[Place] = []
        for circle in _circles(follow):
            in_run = (place for number in circle for place in self._edge(table, number))
            found.extend(islice(in_run, 1))
        self._db.execute("DROP TABLE edges")
        return found

    def _edge(self, table: str, number: int) -> list[Place]:
        """The row of this run that the edge of that number came from; none for a stored one."""
        row = self._db.execute(
            f'SELECT t._source, t._line, t._name FROM edges e JOIN "{table}" t'
            " ON t._name = e.name WHERE e.rowid = ? LIMIT 1",
            (number,),
        ).fetchone()
        return [self._place(row)] if row else []

    def _place(self, row: Sequence[object]) -> Place:
        source, line, name = row
        return Place(
            self.sources[int(str(source))].label, int(str(line)), tuple(str(name).split(_JOIN))
        )


def _circles(follow: array[int]) -> list[list[int]]:
    """The circles among numbers that each point to one other (0: to none)."""
    found: list[list[int]] = []
    seen = array("q", [0]) * len(follow)
    for start in range(1, len(follow)):
        here = start
        while here and not seen[here]:
            seen[here] = start
            here = follow[here]
        if here and seen[here] == start:
            circle = [here]
            while follow[circle[-1]] != here:
                circle.append(follow[circle[-1]])
            found.append(circle)
    return found
