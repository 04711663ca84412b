"""Feeds: calendars to subscribe to. Each is a grant without a notice, and its link is its key.

Each function is one step of a transaction that the caller commits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import Connection, select, update

from reminder.storage import tables
from reminder.storage.events import add_event
from reminder.storage.grants import Grant, insert_grants

FEED = "calendar"
"""The purpose of their grants."""
FEEDS = "feeds"
"""The kind of the events about them."""

_grants = tables.action_grants


@dataclass(frozen=True, slots=True)
class StoredFeed:
    """A feed that was made once, and may have been revoked."""

    grant: Grant
    made_at: datetime
    revoked_at: datetime | None


def load_feeds(connection: Connection, subject: str = "") -> list[StoredFeed]:
    """All feeds, or those about one subject, the oldest first."""
    columns = [_grants.c[field.name] for field in fields(Grant)]
    query = (
        select(*columns, _grants.c.created_at, _grants.c.revoked_at)
        # The index on notices finds the few grants that belong to none.
        .where(_grants.c.notice_id.is_(None), _grants.c.purpose == FEED)
        .order_by(_grants.c.created_at, _grants.c.id)
    )
    if subject:
        query = query.where(_grants.c.subject == subject)
    return [StoredFeed(Grant(*row[:-2]), row[-2], row[-1]) for row in connection.execute(query)]


def add_feed(connection: Connection, grant: Grant, now: datetime, actor: str) -> None:
    """Store a new feed."""
    insert_grants(connection, [grant], now)
    _record(connection, grant, "made", now, actor)


def revoke_feeds(
    connection: Connection, feeds: Sequence[StoredFeed], now: datetime, actor: str
) -> int:
    """Have those feeds open nothing any more; how many did until now."""
    live = [feed.grant for feed in feeds if feed.revoked_at is None]
    ids = [grant.id for grant in live]
    connection.execute(update(_grants).where(_grants.c.id.in_(ids)).values(revoked_at=now))
    for grant in live:
        _record(connection, grant, "revoked", now, actor)
    return len(live)


def _record(connection: Connection, grant: Grant, change: str, now: datetime, actor: str) -> None:
    data = {"change": change, "feed": grant.id, "subject": grant.subject}
    add_event(connection, now, FEEDS, data, actor=actor)
