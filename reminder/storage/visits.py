"""Visits: how often somebody came lately, for the limits of the web pages; survives a restart.

Each function is one step of a transaction that the caller commits.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, delete, select

from reminder.storage import tables
from reminder.storage.dialect import insert_new

_visits = tables.visits
KEPT = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many within one span; a span begins at a whole multiple of its length."""

    scope: str
    most: int
    span: timedelta

    def since(self, now: datetime) -> datetime:
        """The beginning of the span that *now* is in."""
        seconds = int(self.span.total_seconds())
        return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, UTC)


def is_over(connection: Connection, limit: Limit, visitor: str, now: datetime) -> bool:
    """Whether the visitor has come as often as the limit allows."""
    query = select(_visits.c.count).where(
        _visits.c.scope == limit.scope,
        _visits.c.visitor == visitor,
        _visits.c.since == limit.since(now),
    )
    return (connection.execute(query).scalar() or 0) >= limit.most


def count_visit(connection: Connection, limit: Limit, visitor: str, now: datetime) -> int:
    """Count one more; returns how many there are now in this span."""
    since = limit.since(now)
    statement = insert_new(connection, _visits)
    row = {"scope": limit.scope, "visitor": visitor, "since": since, "count": 0}
    if connection.execute(statement.returning(_visits.c.count), row).first() is not None:
        # The first of a span tidies up: what is over counts for nobody any more.
        connection.execute(delete(_visits).where(_visits.c.since < now - KEPT))
    counted = connection.execute(
        _visits.update()
        .where(
            _visits.c.scope == limit.scope,
            _visits.c.visitor == visitor,
            _visits.c.since == since,
        )
        .values(count=_visits.c.count + 1)
        .returning(_visits.c.count)
    )
    return int(counted.scalar_one())
