"""Stopping what has not left yet: notices and messages, and what counts as told afterwards."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, exists, func, select, update

from reminder.skips import SkipReason
from reminder.storage import tables
from reminder.storage.chunks import chunks

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
    notices, messages = tables.notices, tables.messages
    for ids in chunks(deadline_ids):
        stopped = (
            connection.execute(
                select(notices.c.message_id)
                .distinct()
                .join(messages, messages.c.message_id == notices.c.message_id)
                .where(
                    notices.c.deadline_id.in_(ids),
                    notices.c.stopped_at.is_(None),
                    messages.c.state.in_((*STOPPABLE, "claimed")),
                )
            )
            .scalars()
            .all()
        )
        if not stopped:
            continue
        connection.execute(
            update(notices)
            .where(
                notices.c.deadline_id.in_(ids),
                notices.c.message_id.in_(stopped),
                notices.c.stopped_at.is_(None),
            )
            .values(stopped_at=now, stop_reason=reason.value)
        )
        emptied = (
            connection.execute(
                select(messages.c.message_id).where(
                    messages.c.message_id.in_(stopped),
                    messages.c.state.in_(STOPPABLE),
                    ~exists().where(
                        notices.c.message_id == messages.c.message_id,
                        notices.c.stopped_at.is_(None),
                    ),
                )
            )
            .scalars()
            .all()
        )
        if emptied:
            connection.execute(
                update(messages)
                .where(messages.c.message_id.in_(emptied))
                .values(state="superseded", reason=reason.value, next_try_at=None)
            )
            connection.execute(
                tables.events.insert(),
                [
                    {
                        "at": now,
                        "kind": "superseded",
                        "message_id": message_id,
                        "data": json.dumps({"reason": reason.value}),
                    }
                    for message_id in emptied
                ],
            )


def untell(connection: Connection, deadline_ids: Sequence[int]) -> None:
    """After a stop: what was told is what was not stopped, should the deadline open again.

    Otherwise a report marked as handed in by mistake for an hour would lose the mail that
    waited for the morning.
    """
    deadlines, notices = tables.deadlines, tables.notices
    last = (
        select(notices.c.lead_time)
        .where(
            notices.c.deadline_id == deadlines.c.id,
            notices.c.epoch == deadlines.c.epoch,
            notices.c.stopped_at.is_(None),
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
