"""Tables as rows to write out: the register's own columns, and what the service recorded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, func, select

from reminder.storage import tables
from reminder.storage.register import BATCH, OWN_COLUMNS

RECORDS = ("deadlines", "notices", "messages", "attempts", "skips", "events")
"""Tables that the service keeps, which can be written out and not read in."""
_INTERNAL = frozenset({"lease_token", "lease_until", "worker", "claims"})


@dataclass(frozen=True, slots=True)
class TableRows:
    """The rows of one table in the order of its key."""

    columns: tuple[str, ...]
    count: int
    rows: Iterator[tuple[object, ...]]


def read_table(connection: Connection, name: str) -> TableRows:
    """Every row of a table, streamed."""
    table = tables.metadata.tables[name]
    hidden = _INTERNAL if name in RECORDS else OWN_COLUMNS
    columns = [column for column in table.columns if column.name not in hidden]
    query = select(*columns).order_by(*table.primary_key)
    count = connection.scalar(select(func.count()).select_from(table)) or 0
    rows = _streamed(connection, query)
    return TableRows(tuple(column.name for column in columns), count, rows)


def _streamed(connection: Connection, query: Select[Any]) -> Iterator[tuple[Any, ...]]:
    with connection.execute(query.execution_options(yield_per=BATCH)) as result:
        for row in result:
            yield tuple(row)
