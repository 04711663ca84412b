"""The audit: the chain of seals walked from its start to the first place where it breaks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row, exists, func, select, text

from reminder.storage import breaks, tables
from reminder.storage.seals import START, Head, event_columns, read_head, sealed_hash

if TYPE_CHECKING:
    from reminder.storage.breaks import Break

_ROWS_AT_ONCE = 1000
_events, _seals = tables.events, tables.seals


@dataclass(frozen=True, slots=True)
class Audit:
    """What a walk over the whole chain found."""

    events: int
    sealed: int
    """Seals, also those whose event is gone."""
    unsealed: int
    first_unsealed: int | None
    """The lowest id among the events without a seal."""
    head: Head | None
    """As the service noted it with the last seal."""
    broken: Break | None


def audit(connection: Connection, noted: Head | None = None) -> Audit:
    """Compute every seal anew; *noted* is a head that the admin wrote down earlier.

    Must come first in its transaction. Reads row by row: memory does not grow with the journal.
    """
    _see_one_instant(connection)
    head = read_head(connection)
    broken = _first_break(connection, head, noted)
    count = func.count()
    unsealed = ~exists().where(_seals.c.event_id == _events.c.id)
    waiting, first = connection.execute(select(count, func.min(_events.c.id)).where(unsealed)).one()
    return Audit(
        events=connection.scalars(select(count).select_from(_events)).one(),
        sealed=connection.scalars(select(count).select_from(_seals)).one(),
        unsealed=waiting,
        first_unsealed=first,
        head=head,
        broken=broken,
    )


def _see_one_instant(connection: Connection) -> None:
    """Let no read see seals that are made meanwhile; a transaction of SQLite never does."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))


def _first_break(connection: Connection, head: Head | None, noted: Head | None) -> Break | None:
    last, previous = Head(0, START), None
    for row in _walk(connection):
        if row.number != last.number + 1:
            return breaks.removed(last.number + 1, row)
        if row.id is None:
            return breaks.missing(row, previous)
        right = sealed_hash(last.hash, breaks.event_in(row))
        if row.hash != right:
            return breaks.mismatch(row, last, right, head, _walk(connection))
        last, previous = Head(row.number, row.hash), row
        if noted is not None and noted.number == row.number and noted.hash != row.hash:
            return breaks.rewritten(row, noted)
    return breaks.cut(last, head) or breaks.shorter(last, noted)


def _walk(connection: Connection) -> Iterator[Row[Any]]:
    """The seals in order: number, hash, event_id, and the event as it is sealed."""
    query = (
        select(_seals.c.number, _seals.c.hash, _seals.c.event_id, *event_columns(connection))
        .join(_events, _events.c.id == _seals.c.event_id, isouter=True)
        .order_by(_seals.c.number)
    )
    with connection.execute(query, execution_options={"yield_per": _ROWS_AT_ONCE}) as rows:
        yield from rows
