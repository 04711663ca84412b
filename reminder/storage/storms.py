"""Storms: what earlier scans made, and the messages of one that made far too many.

Each function is one step of a transaction that the caller commits.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, and_, exists, func, select, update

from reminder.storage import tables
from reminder.storage.chunks import chunks
from reminder.storage.leases import HeldFor
from reminder.storage.planning import clear_service, read_service, write_service
from reminder.storm import DAYS, REST, URGENT, PastDays

_messages, _notices, _events = tables.messages, tables.notices, tables.events

HELD_FOR_STORM = and_(_messages.c.state == "held", _messages.c.held_for == HeldFor.STORM.value)


@dataclass(frozen=True, slots=True)
class HeldStorm:
    """The messages that are held because scans made too many."""

    at: datetime
    """When the last of those scans was."""
    messages: int
    """How many are held now."""
    usual: int | None
    """Messages on a busy day; None where there was too little history to say."""
    cause: str


def load_past_days(connection: Connection, today: date, now: datetime) -> PastDays:
    """What was made before *today*.

    Not counted: mails without notices, revisions of a message, and storms that nobody released.
    """
    counted = (_messages.c.kind.not_in(tables.WITHOUT_NOTICES), _messages.c.revision == 0)
    first = connection.execute(
        select(_messages.c.planned_on).where(*counted).order_by(_messages.c.created_at).limit(1)
    ).scalar()
    rows = connection.execute(
        select(_messages.c.planned_on, func.count())
        .where(
            *counted,
            # For the index; a bureau's day is at most a day away from that of UTC.
            _messages.c.created_at >= now - timedelta(days=DAYS + 2),
            _messages.c.planned_on >= today - timedelta(days=DAYS),
            _messages.c.planned_on < today,
            _messages.c.held_for != HeldFor.STORM.value,
        )
        .group_by(_messages.c.planned_on)
    )
    return PastDays(first, {row[0]: row[1] for row in rows})


def was_imported_since(connection: Connection, since: datetime | None) -> bool:
    """Whether a register was imported after that instant, or ever."""
    query = select(_events.c.id).where(_events.c.kind == "import").limit(1)
    if since is not None:
        query = query.where(_events.c.at >= since)
    return connection.execute(query).first() is not None


def hold_for_storm(
    connection: Connection, message_ids: Collection[str], reason: str, now: datetime
) -> None:
    """Hold those of the messages that have not been taken up yet.

    One with a notice whose due date is 0 to 7 days ahead gets the instant at which it leaves
    by itself.
    """
    for ids in chunks(sorted(message_ids)):
        connection.execute(
            update(_messages)
            .where(_messages.c.message_id.in_(ids), _messages.c.state == "pending")
            .values(state="held", held_for=HeldFor.STORM.value, reason=reason, next_try_at=None)
        )
        mine = and_(_messages.c.message_id.in_(ids), HELD_FOR_STORM)
        # Zones differ in their day, so there may be two of them.
        days = connection.execute(select(_messages.c.planned_on).where(mine).distinct()).scalars()
        for day in days.all():
            is_urgent = exists().where(
                _notices.c.message_id == _messages.c.message_id,
                _notices.c.stopped_at.is_(None),
                _notices.c.due_on.between(day, day + URGENT),
            )
            connection.execute(
                update(_messages)
                .where(mine, _messages.c.planned_on == day, is_urgent)
                .values(next_try_at=now + REST)
            )


def count_held(connection: Connection) -> int:
    """How many messages are held for a storm."""
    query = select(func.count()).select_from(_messages)
    return connection.scalar(query.where(tables.UNFINISHED, HELD_FOR_STORM)) or 0


def load_storm(connection: Connection) -> HeldStorm | None:
    """The storm with what of it is held at this moment; None where nothing is."""
    storm = read_storm(connection)
    number = count_held(connection)
    return replace(storm, messages=number) if storm is not None and number else None


def leaving(connection: Connection) -> tuple[int, datetime | None]:
    """How many messages of a storm leave by themselves, and when the first of them does."""
    rows = connection.execute(
        select(func.count(), func.min(_messages.c.next_try_at)).where(
            tables.UNFINISHED, HELD_FOR_STORM, _messages.c.next_try_at.is_not(None)
        )
    )
    count, first_at = rows.one()
    return count, first_at


def read_storm(connection: Connection) -> HeldStorm | None:
    """The storm as it was noted; None where none is held."""
    value = read_service(connection, "storm").get("storm")
    if value is None:
        return None
    found = json.loads(value)
    return HeldStorm(
        datetime.fromisoformat(found["at"]), found["messages"], found["usual"], found["cause"]
    )


def write_storm(connection: Connection, storm: HeldStorm) -> None:
    """Note that messages are held for a storm, for whoever asks how the service stands."""
    value = {
        "at": storm.at.isoformat(),
        "messages": storm.messages,
        "usual": storm.usual,
        "cause": storm.cause,
    }
    write_service(connection, storm=json.dumps(value))


def settle_storm(connection: Connection) -> None:
    """Bring the note in line with what is held; it goes with the last message."""
    storm = read_storm(connection)
    if storm is None:
        return
    number = count_held(connection)
    if number == 0:
        clear_service(connection, "storm")
    elif number != storm.messages:
        write_storm(connection, replace(storm, messages=number))
