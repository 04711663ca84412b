"""What a restored database must know of itself before the service goes on with it.

What waited when the backup was taken may have been sent since, and nobody can know: such a
message leaves with the mark of a possible duplicate. Steps of a transaction of the caller.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Table, func, select, update

from reminder.retry import UNCERTAIN_FOR
from reminder.storage import tables
from reminder.storage.events import add_event
from reminder.storage.planning import clear_service, read_service, write_service
from reminder.storage.recovery import holders, recover

_messages = tables.messages
_MARKED = ("pending", "claimed", "deferred", "held")
"""Uncertain ones are marked by their repeat: marked now, they would pass for repeated ones."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What is in the place of the database now."""

    backup_at: datetime
    agreements: int
    messages: int
    marked: int
    """Messages that wait and may have been sent since the backup."""
    uncertain: int
    """Messages without a verdict, repeated once, marked, or held, as the rule says."""


def settle(connection: Connection, now: datetime) -> Restored:
    """Mark what may have been sent since the backup, and record the restoring."""
    backup_at = _backup_at(connection, now)
    workers, _ = holders(connection, now)
    recover(connection, now, UNCERTAIN_FOR, gone=workers)  # they work on another database now
    marked = connection.execute(
        update(_messages)
        .where(tables.UNFINISHED, _messages.c.state.in_(_MARKED))
        .values(possible_duplicate=True)
    ).rowcount
    uncertain = select(func.count()).where(tables.UNFINISHED, _messages.c.state == "uncertain")
    restored = Restored(
        backup_at=backup_at,
        agreements=_count(connection, tables.agreements),
        messages=_count(connection, _messages),
        marked=marked,
        uncertain=connection.scalar(uncertain) or 0,
    )
    instants = {"at": now.isoformat(), "backup_at": backup_at.isoformat()}
    write_service(connection, restored=json.dumps(instants))
    clear_service(connection, "backup_at")
    data = {**instants, "marked": restored.marked, "uncertain": restored.uncertain}
    add_event(connection, now, "restored", data)
    return restored


def holds_data(connection: Connection) -> bool:
    """Whether anything was ever stored that somebody could miss."""
    kept = (tables.bureaus, tables.agreements, _messages, tables.events)
    return any(
        connection.execute(select(*table.primary_key).limit(1)).first() is not None
        for table in kept
    )


def _backup_at(connection: Connection, now: datetime) -> datetime:
    """When the backup was taken. One that was made by other means does not say so: then
    the last thing that happened in it, which is no later; *now* where nothing ever did."""
    stored = read_service(connection, "backup_at").get("backup_at")
    if stored:
        return datetime.fromisoformat(stored)
    last: datetime | None = connection.scalar(select(func.max(tables.events.c.at)))
    return last or now


def _count(connection: Connection, table: Table) -> int:
    return connection.scalar(select(func.count()).select_from(table)) or 0
