"""Statements that are run for many rows at once, each database in the way that costs it least.

SQLite takes row after row at next to no cost. With PostgreSQL every row would be a question and
an answer of its own: there all rows go over as one JSON document, and one statement takes them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    Executable,
    Insert,
    Table,
    Text,
    Update,
    bindparam,
    cast,
    column,
    func,
    insert,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import TypeEngine

Types = Mapping[str, TypeEngine[Any]]
"""The values of a row by name, with their types."""
Row = Mapping[str, ColumnElement[Any]]
"""The same in a statement."""


class RowStatement:
    """A statement for rows that all have the same names."""

    def __init__(self, for_each: Executable, for_all: Executable) -> None:
        self._for_each = for_each
        self._for_all = for_all

    def execute(self, connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
        """Run it for those rows, if there are any."""
        if not rows:
            return
        if connection.dialect.name == "sqlite":
            connection.execute(self._for_each, rows)
        else:
            connection.execute(self._for_all, {"rows": _document(rows)})


def update_rows(types: Types, made: Callable[[Row], Update]) -> RowStatement:
    """An update, *made* from the values of a row."""
    return RowStatement(made(_one(types)), made(_all(types)))


def insert_rows(
    table: Table,
    names: Sequence[str],
    computed: Callable[[Row], Row] = lambda _row: {},
    *,
    keeps_old: bool = False,
) -> RowStatement:
    """An insert of those columns, and of others that are *computed* from them.

    With *keeps_old* rows whose unique key is there already are left alone.
    """
    types = {name: table.c[name].type for name in names}
    one, every = _one(types), _all(types)
    values = {**every, **computed(every)}
    for_each: Insert = sqlite.insert(table).on_conflict_do_nothing() if keeps_old else insert(table)
    for_all: Insert = insert(table)
    if keeps_old:
        for_all = postgresql.insert(table).on_conflict_do_nothing()
    return RowStatement(
        for_each.values({**one, **computed(one)}),
        for_all.from_select(list(values), select(*values.values())),
    )


def _one(types: Types) -> Row:
    return {name: bindparam(name, type_=kind) for name, kind in types.items()}


def _all(types: Types) -> Row:
    rows = func.json_to_recordset(cast(bindparam("rows", type_=Text), JSON)).table_valued(
        *(column(name, kind) for name, kind in types.items())
    )
    named = rows.render_derived("given", with_types=True)
    return {name: named.c[name] for name in types}


def _document(rows: Sequence[Mapping[str, object]]) -> str:
    document = json.dumps(rows, ensure_ascii=False, default=_plain)
    if "\\u0000" in document and any("\0" in str(value) for row in rows for value in row.values()):
        # The server would say so too, and show what stands around it.
        raise ValueError("a text has a NUL in it, which PostgreSQL cannot keep")
    return document


def _plain(value: object) -> str:
    if isinstance(value, date):  # a datetime is one too
        return value.isoformat()
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"  # as PostgreSQL writes its bytea
    raise TypeError(f"{type(value).__name__} cannot be sent to PostgreSQL in a row")
