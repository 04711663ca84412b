"""The register's tables as rows of text: read by key, written set-wise, marked for planning.

Rows are dictionaries with the stored form of each column that people keep, None for NULL.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Date, Select, Table, delete, func, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from reminder.storage import tables

TextRow = dict[str, str | None]
Key = tuple[str, ...]

OWN_COLUMNS = frozenset({"ref_key", "code_key", "entered_on", "replan_on"})
"""Columns that the service keeps for itself."""
LOOK_COLUMNS = {"agreements": "ref_key", "bureaus": "code_key"}
BATCH = 1_000
_REGISTER_LOCK = 0x7265676973746572  # "register": any number that nobody else takes


def _table(name: str) -> Table:
    return tables.metadata.tables[name]


def _as_text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return value.isoformat() if isinstance(value, date) else str(value)


def _key_of(table: Table, row: Mapping[str, str | None]) -> Key:
    return tuple(row[column.name] or "" for column in table.primary_key)


def stored_rows(connection: Connection, name: str, keys: Sequence[Key]) -> dict[Key, TextRow]:
    """The rows of a register table that have one of *keys*."""
    table = _table(name)
    columns = [column for column in table.columns if column.name not in OWN_COLUMNS]
    key = list(table.primary_key)
    if len(key) == 1:
        condition = key[0].in_([found[0] for found in keys])
    else:
        condition = tuple_(*key).in_(keys)
    rows = connection.execute(select(*columns).where(condition))
    found = (
        {column.name: _as_text(value) for column, value in zip(columns, row, strict=True)}
        for row in rows
    )
    return {_key_of(table, row): row for row in found}


def known_keys(connection: Connection, name: str, keys: Sequence[str]) -> set[str]:
    """Those of *keys* that the table (with a key of one column) has."""
    (key,) = _table(name).primary_key
    return set(connection.scalars(select(key).where(key.in_(keys))))


def keys_by_look(connection: Connection, name: str, looks: Sequence[str]) -> dict[str, str]:
    """The key of each row that looks like one of *looks*."""
    table = _table(name)
    (key,) = table.primary_key
    look = table.c[LOOK_COLUMNS[name]]
    rows = connection.execute(select(look, key).where(look.in_(looks)))
    return {row[0]: row[1] for row in rows}


def some_keys(connection: Connection, name: str, like: str = "", most: int = 500) -> list[str]:
    """Some keys of a table, those that begin like *like* first."""
    (key,) = _table(name).primary_key
    close = select(key).where(func.lower(key).startswith(like[:3].lower(), autoescape=True))
    found = list(connection.scalars(close.order_by(key).limit(most)))
    if len(found) < most:
        rest = connection.scalars(select(key).order_by(key).limit(most))
        found += [name for name in rest if name not in set(found)]
    return found


def all_keys(connection: Connection, name: str) -> Iterator[list[Key]]:
    """Every key of a table, in batches."""
    key = list(_table(name).primary_key)
    for batch in _batches(connection, select(*key).order_by(*key)):
        yield [tuple(_as_text(value) or "" for value in row) for row in batch]


def count(connection: Connection, name: str) -> int:
    """How many rows a table has."""
    return connection.scalar(select(func.count()).select_from(_table(name))) or 0


def count_open_agreements(connection: Connection) -> int:
    """Agreements that are neither terminated nor replaced."""
    agreements = tables.agreements
    open_ones = agreements.c.status.not_in(("terminated", "replaced"))
    return connection.scalar(select(func.count()).select_from(agreements).where(open_ones)) or 0


def named_pairs(connection: Connection, name: str, column: str) -> Iterator[list[tuple[str, str]]]:
    """(key, named key) of every row that has *column*, in batches."""
    table = _table(name)
    (key,) = table.primary_key
    pairs = select(key, table.c[column]).where(table.c[column].is_not(None))
    for batch in _batches(connection, pairs):
        yield [(row[0], row[1]) for row in batch]


def _batches(connection: Connection, query: Select[Any]) -> Iterator[Sequence[Sequence[Any]]]:
    """The rows in batches, streamed; the cursor is closed also where the caller stops early."""
    # On the statement: on the connection it would stay, and later inserts would fail.
    statement = query.execution_options(yield_per=BATCH)
    with connection.execute(statement) as result:
        yield from result.partitions(BATCH)


def hold_register(connection: Connection) -> None:
    """Have other imports wait until this transaction ends.

    On SQLite every writer waits anyway. On PostgreSQL two imports could each find a key
    new and a look-alike of it absent.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_REGISTER_LOCK)))


def upsert(connection: Connection, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Store whole rows: new ones are inserted, those whose key is known are replaced."""
    if not rows:
        return
    table = _table(name)
    days = [column.name for column in table.columns if isinstance(column.type, Date)]
    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = make(table)
    key = [column.name for column in table.primary_key]
    kept = {*key, "entered_on"}
    statement = statement.on_conflict_do_update(
        index_elements=key,
        set_={name: statement.excluded[name] for name in rows[0] if name not in kept},
    )
    if days:
        rows = [{**row, **{day: _as_date(row[day]) for day in days if day in row}} for row in rows]
    connection.execute(statement, rows)


def delete_row(connection: Connection, name: str, key: Mapping[str, str]) -> None:
    """Take out the row with that key."""
    table = _table(name)
    same = [table.c[column] == value for column, value in key.items()]
    connection.execute(delete(table).where(*same))


def _as_date(value: object) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else _date_or_none(value)


def _date_or_none(value: object) -> date | None:
    return value if isinstance(value, date) else None


def bureaus(connection: Connection) -> dict[str, tuple[str | None, str | None]]:
    """Time zone and parent of every bureau, by its code."""
    table = tables.bureaus
    rows = connection.execute(select(table.c.code, table.c.timezone, table.c.parent))
    return {row[0]: (row[1], row[2]) for row in rows}


def bureaus_of(connection: Connection, refs: Sequence[str]) -> dict[str, str]:
    """The bureau of each of these agreements."""
    table = tables.agreements
    rows = connection.execute(select(table.c.ref, table.c.bureau).where(table.c.ref.in_(refs)))
    return {row[0]: row[1] for row in rows}


def replaced_by_any(connection: Connection, refs: Sequence[str]) -> Sequence[str]:
    """The agreements that any of these are meant to replace."""
    table = tables.agreements
    query = select(table.c.replaces).where(table.c.ref.in_(refs), table.c.replaces.is_not(None))
    return [ref for ref in connection.execute(query.distinct()).scalars() if ref]


def mark_agreements(connection: Connection, refs: Sequence[str], on: date) -> None:
    """Have the deadlines of these agreements derived again from that day on."""
    table = tables.agreements
    connection.execute(update(table).where(table.c.ref.in_(refs)).values(replan_on=on))


def mark_bureaus(connection: Connection, codes: Sequence[str], on: date) -> None:
    """Have the deadlines of all agreements of these bureaus derived again from that day on."""
    table = tables.agreements
    connection.execute(update(table).where(table.c.bureau.in_(codes)).values(replan_on=on))


def mark_unattached(connection: Connection, on: date) -> None:
    """Have the deadlines of follow-ups without an agreement derived again from that day on."""
    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = make(tables.service).values(name="replan_unattached", value=on.isoformat())
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["name"], set_={"value": statement.excluded.value}
        )
    )


def count_marked(connection: Connection, on: date) -> int:
    """How many agreements are marked to be planned again by that day."""
    agreements = tables.agreements
    marked = select(func.count()).select_from(agreements).where(agreements.c.replan_on <= on)
    return connection.scalar(marked) or 0
