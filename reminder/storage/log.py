"""The log of messages: each with its notices and attempts, oldest first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, Table, or_, select

from reminder.storage import tables
from reminder.storage.chunks import chunks


@dataclass(frozen=True, slots=True)
class LogFilter:
    """What to list; None means any."""

    agreement: str | None = None
    recipient: str | None = None
    state: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    limit: int | None = None
    """The latest so many; they are listed oldest first all the same."""


def load_log(
    connection: Connection, wanted: LogFilter, after: tuple[datetime, str] | None = None
) -> list[dict[str, object]]:
    """Messages in the shape that scripts rely on (DESIGN 11).

    *after* is the (created_at, message_id) of the last one seen, for ``--follow``.
    """
    messages, contents, notices = tables.messages, tables.contents, tables.notices
    query = select(messages, contents.c.subject, contents.c.error).join(
        contents, contents.c.message_id == messages.c.message_id, isouter=True
    )
    if wanted.agreement is not None:
        mine = notices.c.agreement == wanted.agreement
        query = query.where(messages.c.message_id.in_(_told_in().where(mine)))
    if wanted.recipient is not None:
        query = query.where(messages.c.recipient == wanted.recipient)
    if wanted.state is not None:
        query = query.where(messages.c.state == wanted.state)
    if wanted.since is not None:
        query = query.where(messages.c.created_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(messages.c.created_at < wanted.until)
    if after is not None:
        query = query.where(messages.c.created_at >= after[0])
    if wanted.limit is not None:
        query = query.order_by(messages.c.created_at.desc(), messages.c.message_id.desc())
        query = query.limit(wanted.limit)
    else:
        query = query.order_by(messages.c.created_at, messages.c.message_id)
    rows = list(connection.execute(query).mappings())
    if wanted.limit is not None:
        rows.reverse()
    if after is not None:
        rows = [row for row in rows if (row["created_at"], row["message_id"]) > after]
    return _with_parts(connection, rows)


def _with_parts(connection: Connection, rows: Sequence[RowMapping]) -> list[dict[str, object]]:
    ids = [row["message_id"] for row in rows]
    notices: defaultdict[str, list[dict[str, object]]] = defaultdict(list)
    attempts: defaultdict[str, list[dict[str, object]]] = defaultdict(list)
    for some in chunks(ids):
        _add_notices(connection, some, notices)
        _add_attempts(connection, some, attempts)
    return [
        {
            "message_id": row["message_id"],
            "state": row["state"],
            "kind": row["kind"],
            "recipient": row["recipient"],
            "subject": row["subject"],
            "created_at": row["created_at"],
            "next_try_at": row["next_try_at"],
            "sent_at": row["sent_at"],
            "possible_duplicate": row["possible_duplicate"],
            "reason": row["reason"] or None,
            "template_error": row["error"] or None,
            "notices": notices[row["message_id"]],
            "attempts": attempts[row["message_id"]],
        }
        for row in rows
    ]


def _told_in(*columns: ColumnElement[object] | Table) -> Select[Any]:
    """The messages of notices, or *columns*, save of a notice that its digest left without.

    Such a one was stopped before it could leave: to list it would say that it was told.
    """
    notices, messages = tables.notices, tables.messages
    return (
        select(*(columns or (notices.c.message_id,)))
        .join_from(notices, messages, messages.c.message_id == notices.c.message_id)
        .where(
            or_(
                notices.c.stopped_at.is_(None),
                messages.c.state.in_(("superseded", "suppressed")),
                messages.c.possible_duplicate,
            )
        )
    )


def _add_notices(
    connection: Connection, ids: Sequence[str], found: dict[str, list[dict[str, object]]]
) -> None:
    notices, deadlines = tables.notices, tables.deadlines
    query = (
        _told_in(notices, deadlines.c.kind, deadlines.c.key)
        .join(deadlines, deadlines.c.id == notices.c.deadline_id)
        .where(notices.c.message_id.in_(ids))
        .order_by(notices.c.id)
    )
    for row in connection.execute(query).mappings():
        found[row["message_id"]].append(
            {
                "agreement": row["agreement"] or None,
                "rule": row["rule"],
                "deadline": row["kind"],
                "key": row["key"] or None,
                "due_on": row["due_on"],
                "epoch": row["epoch"],
                "lead_time": row["lead_time"],
                "role": row["role"],
                "stop_reason": row["stop_reason"] or None,
            }
            | ({"due_text": row["due_text"]} if row["due_text"] else {})
        )


def _add_attempts(
    connection: Connection, ids: Sequence[str], found: dict[str, list[dict[str, object]]]
) -> None:
    attempts = tables.attempts
    query = (
        select(attempts)
        .where(attempts.c.message_id.in_(ids))
        .order_by(attempts.c.message_id, attempts.c.number)
    )
    for row in connection.execute(query).mappings():
        found[row["message_id"]].append(
            {
                "started_at": row["started_at"],
                "phase": row["phase"],
                "code": row["code"],
                "enhanced": row["enhanced"] or None,
                "text": row["text"],
                "verdict": row["verdict"],
                "ended_at": row["ended_at"],
                "relay": row["relay"],
            }
        )


def position_of(message: dict[str, object]) -> tuple[datetime, str]:
    """Where a listed message stands, for ``load_log(after=...)``."""
    created_at, message_id = message["created_at"], message["message_id"]
    if not isinstance(created_at, datetime) or not isinstance(message_id, str):
        raise TypeError("not a message of load_log")
    return created_at, message_id


def load_skips(connection: Connection, wanted: LogFilter) -> list[dict[str, object]]:
    """What was decided not to be sent, oldest first."""
    skips, deadlines = tables.skips, tables.deadlines
    query = select(skips, deadlines.c.agreement, deadlines.c.kind, deadlines.c.key).join(
        deadlines, deadlines.c.id == skips.c.deadline_id
    )
    if wanted.agreement is not None:
        query = query.where(deadlines.c.agreement == wanted.agreement)
    if wanted.recipient is not None:
        query = query.where(skips.c.recipient == wanted.recipient)
    if wanted.since is not None:
        query = query.where(skips.c.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(skips.c.at < wanted.until)
    query = query.order_by(skips.c.id.desc() if wanted.limit is not None else skips.c.id)
    if wanted.limit is not None:
        query = query.limit(wanted.limit)
    rows = list(connection.execute(query).mappings())
    if wanted.limit is not None:
        rows.reverse()
    return [
        {
            "on": row["on"],
            "agreement": row["agreement"] or None,
            "deadline": row["kind"],
            "key": row["key"] or None,
            "epoch": row["epoch"],
            "lead_time": row["lead_time"],
            "reason": row["reason"],
            "recipient": row["recipient"] or None,
            "detail": row["detail"],
        }
        for row in rows
    ]
