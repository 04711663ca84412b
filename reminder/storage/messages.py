"""Messages as a scan makes them: new ones, and those of today that can still be joined.

What becomes of a message afterwards is in ``outbox``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, bindparam, exists, func, select, update

from reminder.deadlines import DeadlineKind
from reminder.storage import tables
from reminder.storage.chunks import chunks
from reminder.storage.dialect import insert_new


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
    """A message of today that has not been rendered yet, and so can still be joined."""

    message_id: str
    kind: str
    recipient: str
    language: str
    timezone: str
    planned_on: date
    copy: bool
    due_on: date
    template: str = ""
    finding_of: str = ""
    """The agreement whose findings it tells, if it tells findings of one; else empty."""


def load_waiting(
    connection: Connection, recipients: Sequence[str], days: Sequence[date]
) -> tuple[list[WaitingMessage], dict[tuple[str, date], int]]:
    """Today's messages to those recipients that can still be joined, and how many notices
    each recipient was given on each of *days*, sent ones included."""
    messages, notices, contents = tables.messages, tables.notices, tables.contents
    waiting: list[WaitingMessage] = []
    columns = [messages.c[name] for name in WaitingMessage.__slots__ if name in messages.c]
    counts: dict[tuple[str, date], int] = {}
    for some in chunks(recipients):
        query = (
            select(*columns, _finding_of())
            .where(
                messages.c.recipient.in_(some),
                messages.c.planned_on.in_(days),
                messages.c.state == "pending",
                messages.c.kind.in_(("notice", "digest")),
                # What may be a repeat keeps its Message-ID, by which a reader knows it again.
                messages.c.possible_duplicate.is_(False),
                ~exists().where(contents.c.message_id == messages.c.message_id),
            )
            .with_for_update(of=messages, skip_locked=True)
        )
        waiting.extend(WaitingMessage(*tuple(row)) for row in connection.execute(query))
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


def _finding_of() -> ColumnElement[str]:
    """The agreement whose findings a message of ``messages`` tells, or an empty text."""
    deadlines, notices, messages = tables.deadlines, tables.notices, tables.messages
    agreement = (
        select(func.min(deadlines.c.agreement))
        .join(notices, notices.c.deadline_id == deadlines.c.id)
        .where(
            notices.c.message_id == messages.c.message_id,
            notices.c.stopped_at.is_(None),
            # Somebody further up is told why, in words of its own.
            notices.c.level == 0,
            messages.c.kind == "notice",
            deadlines.c.kind == DeadlineKind.FINDING.value,
        )
        .correlate(messages)
        .scalar_subquery()
    )
    return func.coalesce(agreement, "")


def insert_messages(
    connection: Connection,
    rows: Sequence[NewMessage],
    now: datetime,
    *,
    possible_duplicate: bool = False,
) -> None:
    """Store messages; those with a known Message-ID stay as they are.

    With *possible_duplicate* each says of itself that a first copy may have arrived.
    """
    if rows:
        fixed = {
            "state": "pending",
            "created_at": now,
            "possible_duplicate": possible_duplicate,
        }
        connection.execute(
            insert_new(connection, tables.messages),
            [{name: getattr(row, name) for name in NewMessage.__slots__} | fixed for row in rows],
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
    """Move the notices of each first message into the second; the first is superseded."""
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
        .values(state="superseded", reason="joined into another message"),
        [{"old": old} for old, _new in moves],
    )
