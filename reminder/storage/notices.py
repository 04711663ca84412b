"""Notices and skips, stored under their unique keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, func, select

from reminder.firing import NewNotice, NewSkip
from reminder.storage import tables
from reminder.storage.chunks import chunks
from reminder.storage.dialect import insert_new


def numbered(connection: Connection, notices: Sequence[NewNotice]) -> list[NewNotice]:
    """The notices, with a new number where the same one was made before and then stopped."""
    table = tables.notices
    key = (table.c.deadline_id, table.c.epoch, table.c.lead_time, table.c.role, table.c.recipient)
    repeats: dict[tuple[object, ...], int] = {}
    for ids in chunks(sorted({notice.deadline.id for notice in notices})):
        query = (
            select(*key, func.max(table.c.repeat_no))
            .where(table.c.deadline_id.in_(ids))
            .group_by(*key)
            .having(func.count() == func.count(table.c.stopped_at))
        )
        for row in connection.execute(query):
            repeats[tuple(row[:-1])] = row[-1] + 1
    return [
        replace(
            notice,
            repeat_no=repeats.get(
                (
                    notice.deadline.id,
                    notice.deadline.epoch,
                    notice.lead_time,
                    notice.role,
                    notice.recipient,
                ),
                notice.repeat_no,
            ),
        )
        for notice in notices
    ]


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
