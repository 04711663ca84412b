"""Due deadlines: the rows that a scan reads, and what it notes on them afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import Connection, bindparam, case, exists, func, literal, select, update

from reminder.firing import FOLLOW_UP_SUBJECT, Advance, DueDeadline
from reminder.storage import tables

_FOLLOW_UP = literal(FOLLOW_UP_SUBJECT).concat(tables.deadlines.c.key)


def zones_with_due(connection: Connection) -> Sequence[str]:
    """The time zones that bureaus are in; few, whatever the number of agreements."""
    deadlines = tables.deadlines
    # A loose index scan: the smallest zone, then the next larger one, and so on.
    found: list[str] = []
    last = ""
    query = select(func.min(deadlines.c.timezone)).where(
        deadlines.c.status == literal("open", literal_execute=True),
        deadlines.c.next_on.is_not(None),
        deadlines.c.timezone > bindparam("last"),
    )
    while True:
        zone = connection.execute(query, {"last": last}).scalar()
        if zone is None:
            return found
        found.append(zone)
        last = zone


def load_due(
    connection: Connection,
    zone: str,
    today: date,
    now: datetime,
    limit: int,
    lock: bool = False,
    ids: Sequence[int] | None = None,
) -> list[DueDeadline]:
    """Deadlines of that zone whose rule can fire on its *today*, put-off agreements excepted.

    Ordered by bureau, so that the matters of one recipient come together. With *lock*, rows
    that another scan holds are left to it (PostgreSQL; on SQLite there is one writer).
    *ids* restricts it to those deadlines.
    """
    deadlines, put_offs = tables.deadlines, tables.put_offs
    subject = case((deadlines.c.agreement != "", deadlines.c.agreement), else_=_FOLLOW_UP)
    query = (
        select(*(deadlines.c[name] for name in DueDeadline.__slots__))
        .where(
            # Written out, so that the partial index is seen to apply.
            deadlines.c.status == literal("open", literal_execute=True),
            deadlines.c.next_on.is_not(None),
            deadlines.c.timezone == zone,
            deadlines.c.next_on <= today,
            ~exists().where(put_offs.c.agreement == subject, put_offs.c.until > now),
        )
        .order_by(deadlines.c.bureau, deadlines.c.id)
        .limit(limit)
    )
    if ids is not None:
        query = query.where(deadlines.c.id.in_(ids))
    if lock:
        query = query.with_for_update(of=deadlines, skip_locked=True)
    return [DueDeadline(*row) for row in connection.execute(query)]


def advance(connection: Connection, rows: Sequence[Advance]) -> None:
    """Store what was told and when to look again."""
    if rows:
        deadlines = tables.deadlines
        connection.execute(
            update(deadlines)
            .where(deadlines.c.id == bindparam("row_id"))
            .values(told=bindparam("new_told"), next_on=bindparam("new_next_on")),
            [
                {"row_id": row.deadline_id, "new_told": row.told, "new_next_on": row.next_on}
                for row in rows
            ],
        )
