"""Notices, skips and the messages that carry them: made by a scan, stopped by a change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, bindparam, case, exists, func, literal, select, update

from reminder.firing import LOOSE, Advance, DueDeadline, NewNotice, NewSkip
from reminder.storage import tables
from reminder.storage.chunks import chunks
from reminder.storage.dialect import insert_new

_LOOSE_SUBJECT = literal(LOOSE).concat(tables.deadlines.c.key)


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to be stored, to leave from ``next_try_at`` on."""

    message_id: str
    kind: str
    recipient: str
    recipient_name: str
    language: str
    bureau: str
    timezone: str
    template: str
    copy: bool
    catch_up: bool
    planned_on: date
    due_on: date
    next_try_at: datetime


@dataclass(frozen=True, slots=True)
class WaitingMessage:
    """A message of today that has not been rendered yet, and so can still become a digest."""

    message_id: str
    kind: str
    recipient: str
    language: str
    timezone: str
    planned_on: date
    copy: bool
    due_on: date


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
    subject = case((deadlines.c.agreement != "", deadlines.c.agreement), else_=_LOOSE_SUBJECT)
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


def load_waiting(
    connection: Connection, recipients: Sequence[str], days: Sequence[date]
) -> tuple[list[WaitingMessage], dict[tuple[str, date], int]]:
    """Today's messages to those recipients that can still be joined, and how many notices
    each recipient was given on each of *days*, sent ones included."""
    messages, notices, contents = tables.messages, tables.notices, tables.contents
    waiting: list[WaitingMessage] = []
    counts: dict[tuple[str, date], int] = {}
    for some in chunks(recipients):
        query = (
            select(*(messages.c[name] for name in WaitingMessage.__slots__))
            .where(
                messages.c.recipient.in_(some),
                messages.c.planned_on.in_(days),
                messages.c.state == "pending",
                messages.c.kind.in_(("notice", "digest")),
                ~exists().where(contents.c.message_id == messages.c.message_id),
            )
            .with_for_update(of=messages, skip_locked=True)
        )
        waiting.extend(WaitingMessage(*row) for row in connection.execute(query))
        counted = (
            select(messages.c.recipient, messages.c.planned_on, func.count())
            .join(notices, notices.c.message_id == messages.c.message_id)
            .where(
                messages.c.recipient.in_(some),
                messages.c.planned_on.in_(days),
                notices.c.stopped_at.is_(None),
            )
            .group_by(messages.c.recipient, messages.c.planned_on)
        )
        counts.update(
            {(recipient, day): number for recipient, day, number in connection.execute(counted)}
        )
    return waiting, counts


def insert_messages(connection: Connection, rows: Sequence[NewMessage], now: datetime) -> None:
    """Store messages; those with a known Message-ID stay as they are."""
    if rows:
        fixed = {"state": "pending", "created_at": now}
        connection.execute(
            insert_new(connection, tables.messages),
            [{name: getattr(row, name) for name in NewMessage.__slots__} | fixed for row in rows],
        )


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


def bring_forward(connection: Connection, nearer: Mapping[str, date]) -> None:
    """Have messages that were joined by something due sooner leave by that date's urgency."""
    messages = tables.messages
    if nearer:
        connection.execute(
            update(messages)
            .where(
                messages.c.message_id == bindparam("joined"), messages.c.due_on > bindparam("on")
            )
            .values(due_on=bindparam("on")),
            [{"joined": message_id, "on": day} for message_id, day in nearer.items()],
        )


def move_notices(connection: Connection, moves: Sequence[tuple[str, str]]) -> None:
    """Move the notices of each first message into the second, a digest; the first is superseded."""
    notices, messages = tables.notices, tables.messages
    if not moves:
        return
    rows = [{"old": old, "new": new} for old, new in moves]
    connection.execute(
        update(notices)
        .where(notices.c.message_id == bindparam("old"))
        .values(message_id=bindparam("new")),
        rows,
    )
    connection.execute(
        update(messages)
        .where(messages.c.message_id == bindparam("old"), messages.c.state == "pending")
        .values(state="superseded", reason="joined into a digest"),
        [{"old": old} for old, _new in moves],
    )
