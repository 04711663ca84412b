"""Notices and skips, stored under their unique keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, and_, case, func, select

from reminder.firing import NewNotice, NewSkip
from reminder.storage import tables
from reminder.storage.chunks import chunks
from reminder.storage.dialect import insert_new


def numbered(connection: Connection, notices: Sequence[NewNotice]) -> list[NewNotice]:
    """The notices, each with a new number where it is made once more.

    That is where it is told again on purpose, or the same one was made before and then stopped;
    a copy is not the same as what asks for something. One that is there keeps its number, and
    its unique key absorbs it.
    """
    table = tables.notices
    key = (table.c.deadline_id, table.c.epoch, table.c.lead_time, table.c.role, table.c.recipient)
    is_live = table.c.stopped_at.is_(None)
    before: dict[tuple[object, ...], tuple[int, int, int]] = {}
    for ids in chunks(sorted({notice.deadline.id for notice in notices})):
        query = (
            select(
                *key,
                func.max(table.c.repeat_no),
                func.count(case((and_(is_live, ~table.c.copy), 1))),
                func.count(case((and_(is_live, table.c.copy), 1))),
            )
            .where(table.c.deadline_id.in_(ids))
            .group_by(*key)
        )
        for row in connection.execute(query):
            before[tuple(row[:-3])] = (row[-3], row[-2], row[-1])
    made = (_numbered(notice, before) for notice in notices)
    return [notice for notice in made if notice is not None]


def _numbered(
    notice: NewNotice, before: Mapping[tuple[object, ...], tuple[int, int, int]]
) -> NewNotice | None:
    deadline = notice.deadline
    key = (deadline.id, deadline.epoch, notice.lead_time, notice.role, notice.recipient)
    if key not in before:
        return notice
    last, asking, copies = before[key]
    is_there = copies if notice.copy else asking
    if is_there and not notice.once_more:
        # After a hand-over only the new owner is told; the others have their mail already.
        return None if deadline.again_for else notice
    return replace(notice, repeat_no=last + 1)


def insert_notices(connection: Connection, rows: Sequence[NewNotice], now: datetime) -> None:
    """Store notices under their unique key; those that exist stay as they are."""
    if rows:
        connection.execute(
            insert_new(connection, tables.notices),
            [
                {
                    "deadline_id": row.deadline.id,
                    "epoch": row.deadline.epoch,
                    "lead_time": row.lead_time,
                    "role": row.role,
                    "recipient": row.recipient,
                    "repeat_no": row.repeat_no,
                    "recipient_name": row.recipient_name,
                    "agreement": row.deadline.agreement,
                    "rule": row.deadline.rule,
                    "copy": row.copy,
                    "fallback": row.fallback,
                    "successor_of": row.successor_of,
                    "due_on": row.deadline.due_on,
                    "due_text": row.deadline.due_text,
                    "level": row.level,
                    "made_on": row.made_on,
                    "made_at": now,
                    "message_id": row.message_id,
                }
                for row in rows
            ],
        )


def insert_skips(connection: Connection, rows: Sequence[NewSkip], now: datetime) -> None:
    """Store skips; the same skip is stored once."""
    if rows:
        connection.execute(
            insert_new(connection, tables.skips),
            [
                {
                    "deadline_id": row.deadline.id,
                    "epoch": row.deadline.epoch,
                    "lead_time": row.lead_time,
                    "reason": row.reason.value,
                    "recipient": row.recipient,
                    "on": row.on,
                    "at": now,
                    "detail": row.detail,
                }
                for row in rows
            ],
        )
