"""Stopping what has not left yet: notices and messages, and what counts as told afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select, update

from reminder.skips import SkipReason
from reminder.storage import tables
from reminder.storage.chunks import chunks
from reminder.storage.events import event_row, insert_events

STOPPABLE = ("pending", "deferred", "held")
"""States in which a message can still be kept from leaving. A claimed one is guarded by
the condition of its intent."""


def stop_notices(
    connection: Connection,
    deadline_ids: Sequence[int],
    reason: SkipReason,
    now: datetime,
) -> None:
    """Stop the mails about those deadlines that have not left, with *reason*.

    A digest goes on with its other notices; a message left with none is superseded.
    """
    _stop(connection, deadline_ids, reason, now)


def stop_levels(
    connection: Connection, deadline_ids: Sequence[int], reason: SkipReason, now: datetime
) -> None:
    """The same for the mails to those who are told because nobody answered."""
    _stop(connection, deadline_ids, reason, now, tables.notices.c.level > 0)


def stop_owners(
    connection: Connection,
    deadline_ids: Sequence[int],
    role: str,
    owner: str,
    reason: SkipReason,
    now: datetime,
) -> set[int]:
    """The same for the mails to all but *owner* in that role; the deadlines that had some."""
    notices = tables.notices
    is_other = and_(notices.c.role == role, func.lower(notices.c.recipient) != owner.lower())
    return _stop(connection, deadline_ids, reason, now, is_other)


def _stop(
    connection: Connection,
    deadline_ids: Sequence[int],
    reason: SkipReason,
    now: datetime,
    only: ColumnElement[bool] | None = None,
) -> set[int]:
    notices = tables.notices
    about: set[int] = set()
    for ids in chunks(deadline_ids):
        mine: list[ColumnElement[bool]] = [
            notices.c.deadline_id.in_(ids),
            notices.c.stopped_at.is_(None),
        ]
        if only is not None:
            mine.append(only)
        stopped = _take(connection, mine)
        if not stopped:
            continue
        done = connection.execute(
            update(notices)
            .where(*mine, notices.c.message_id.in_(stopped))
            .values(stopped_at=now, stop_reason=reason.value)
            .returning(notices.c.deadline_id)
        )
        about.update(done.scalars())
        emptied = _supersede_emptied(connection, stopped, reason)
        insert_events(
            connection,
            [
                event_row(now, "superseded", {"reason": reason.value}, message_id=message_id)
                for message_id in emptied
            ],
        )
    return about


def _take(connection: Connection, mine: Sequence[ColumnElement[bool]]) -> Sequence[str]:
    """The messages with such notices that have not left.

    Their rows are locked: on PostgreSQL a dot could be intended otherwise while they are
    stopped. Whoever intended it already is left alone.
    """
    notices, messages = tables.notices, tables.messages
    about = select(notices.c.message_id).where(*mine)
    query = (
        select(messages.c.message_id)
        .where(messages.c.message_id.in_(about), messages.c.state.in_((*STOPPABLE, "claimed")))
        # One order for all, as in a group commit, so that nobody waits in a circle.
        .order_by(messages.c.message_id)
        .with_for_update()
    )
    return connection.execute(query).scalars().all()


def _supersede_emptied(
    connection: Connection, stopped: Sequence[str], reason: SkipReason
) -> list[str]:
    """End those without a live notice left, but for claimed ones, which their worker ends."""
    notices, messages = tables.notices, tables.messages
    is_live = exists().where(
        notices.c.message_id == messages.c.message_id, notices.c.stopped_at.is_(None)
    )
    ended = connection.execute(
        update(messages)
        .where(messages.c.message_id.in_(stopped), messages.c.state.in_(STOPPABLE), ~is_live)
        .values(state="superseded", reason=reason.value, next_try_at=None)
        .returning(messages.c.message_id)
    )
    return sorted(ended.scalars())


def untell(connection: Connection, deadline_ids: Sequence[int]) -> None:
    """After a stop: what was told is what was not stopped, should the deadline open again.

    Otherwise a report marked as handed in by mistake for an hour would lose the mail that
    waited for the morning. What a person discarded counts as told: nobody asked for it again.
    """
    deadlines, notices = tables.deadlines, tables.notices
    last = (
        select(notices.c.lead_time)
        .where(
            notices.c.deadline_id == deadlines.c.id,
            notices.c.epoch == deadlines.c.epoch,
            or_(
                notices.c.stopped_at.is_(None),
                notices.c.stop_reason == SkipReason.DISCARDED.value,
            ),
        )
        .order_by(notices.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    for ids in chunks(deadline_ids):
        connection.execute(
            update(deadlines)
            .where(deadlines.c.id.in_(ids), deadlines.c.told != "")
            .values(told=func.coalesce(last, ""))
        )
