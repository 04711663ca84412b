"""Due deadlines: the rows that a scan reads, and what it notes on them afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import (
    Connection,
    and_,
    bindparam,
    case,
    exists,
    literal,
    or_,
    select,
    update,
)

from reminder.firing import FOLLOW_UP_SUBJECT, Advance, DueDeadline
from reminder.storage import tables

SUBJECT = case(
    (tables.deadlines.c.agreement != "", tables.deadlines.c.agreement),
    else_=literal(FOLLOW_UP_SUBJECT).concat(tables.deadlines.c.key),
)
"""What is put off where a deadline raises: its agreement, or the follow-up that has none."""


def zones_due(connection: Connection, todays: Mapping[str, date], now: datetime) -> list[str]:
    """The zones in which some deadline can fire: *todays* gives the date in each zone.

    One statement for all zones, since an idle scan consists of little else.
    """
    deadlines, put_offs = tables.deadlines, tables.put_offs
    query = (
        select(deadlines.c.timezone)
        .distinct()
        .where(
            # Written out, so that the partial index is seen to apply.
            deadlines.c.status == literal("open", literal_execute=True),
            deadlines.c.next_on.is_not(None),
            or_(
                *(
                    and_(deadlines.c.timezone == zone, deadlines.c.next_on <= today)
                    for zone, today in todays.items()
                )
            ),
            ~exists().where(put_offs.c.agreement == SUBJECT, put_offs.c.until > now),
        )
    )
    return sorted(connection.execute(query).scalars())


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
    query = (
        select(*(deadlines.c[name] for name in DueDeadline.__slots__))
        .where(
            # Written out, so that the partial index is seen to apply.
            deadlines.c.status == literal("open", literal_execute=True),
            deadlines.c.next_on.is_not(None),
            deadlines.c.timezone == zone,
            deadlines.c.next_on <= today,
            ~exists().where(put_offs.c.agreement == SUBJECT, put_offs.c.until > now),
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
            .values(
                told=bindparam("new_told"),
                next_on=bindparam("new_next_on"),
                snoozed_until=bindparam("new_snoozed_until"),
                escalate_on=bindparam("new_escalate_on"),
                again_for=bindparam("new_again_for"),
            ),
            [
                {
                    "row_id": row.deadline_id,
                    "new_told": row.told,
                    "new_next_on": row.next_on,
                    "new_snoozed_until": row.snoozed_until,
                    "new_escalate_on": row.escalate_on,
                    "new_again_for": row.again_for,
                }
                for row in rows
            ],
        )
