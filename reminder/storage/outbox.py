"""The outbox: a claimed message's content is frozen, its dot intended, its outcome recorded.

Only the worker whose lease token a message bears can change it. Each function is one step
of a transaction that the caller commits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime

from sqlalchemy import (
    Connection,
    and_,
    bindparam,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from reminder.storage import tables
from reminder.storage.claims import Claimed, Content, column_name
from reminder.storage.dialect import insert_new
from reminder.storage.events import add_event
from reminder.storage.leases import NO_LEASE, supersede

_messages, _notices = tables.messages, tables.notices
_deadlines, _attempts = tables.deadlines, tables.attempts


@dataclass(frozen=True, slots=True)
class Result:
    """One attempt and what becomes of the message, ready to be stored."""

    state: str
    verdict: str
    phase: str
    code: int | None
    enhanced: str
    text: str
    relay: str
    worker: str
    started_at: datetime
    ended_at: datetime
    intent_at: datetime | None
    next_try_at: datetime | None = None
    reason: str = ""
    is_counted: bool = True
    """False for the relay's own trouble, which uses up no attempt."""


def freeze(connection: Connection, contents: Sequence[Content]) -> None:
    """Store rendered contents: every copy of a message says the same."""
    if contents:
        names = [field.name for field in fields(Content)]
        connection.execute(
            insert(tables.contents),
            [{column_name(name): getattr(content, name) for name in names} for content in contents],
        )


@dataclass(frozen=True, slots=True)
class AdminMessage:
    """A message to the service admin, which has no notices."""

    message_id: str
    recipient: str
    language: str
    timezone: str
    template: str
    planned_on: date


def add_admin_message(
    connection: Connection, message: AdminMessage, content: Content, now: datetime
) -> bool:
    """Store a message to an admin, to leave at once; False where it is there already."""
    added = connection.execute(
        insert_new(connection, _messages),
        {field.name: getattr(message, field.name) for field in fields(AdminMessage)}
        | {
            "kind": "admin",
            "state": "pending",
            "due_on": message.planned_on,
            "next_try_at": now,
            "created_at": now,
        },
    )
    if added.rowcount != 1:
        return False
    freeze(connection, [content])
    return True


def revise(connection: Connection, claimed: Claimed, message_id: str, now: datetime) -> None:
    """Put a new message in the place of one whose frozen text is no longer right.

    Other words need another Message-ID. The new one takes over the lease, the live notices
    and the count of attempts; the old one keeps its text and its record.
    """
    old = _messages.alias("old")
    changed = {"message_id": literal(message_id), "revision": old.c.revision + 1}
    names = [column.name for column in _messages.columns]
    connection.execute(
        insert(_messages).from_select(
            names,
            select(*(changed.get(name, old.c[name]) for name in names)).where(
                old.c.message_id == claimed.message_id
            ),
        )
    )
    connection.execute(
        update(_notices)
        .where(_notices.c.message_id == claimed.message_id, _notices.c.stopped_at.is_(None))
        .values(message_id=message_id)
    )
    supersede(connection, claimed.message_id, f"revised as {message_id}")
    add_event(connection, now, "revised", {"of": claimed.message_id}, message_id=message_id)


def intend(connection: Connection, claimed: Claimed, now: datetime, needed_until: datetime) -> bool:
    """Grant the final dot, or not.

    Only while the lease is ours and lasts beyond *needed_until*, and while every notice that
    the text was written for is about a deadline open at the notice's epoch. A repeat must say
    what the first copy said, so for it one such notice is enough.
    """
    granted = connection.execute(
        _INTEND,
        {
            "of_id": claimed.message_id,
            "token": claimed.token,
            "now": now,
            "needed_until": needed_until,
            "needed": 1 if claimed.row.possible_duplicate else len(claimed.notices),
        },
    )
    return granted.rowcount == 1


def record(connection: Connection, claimed: Claimed, result: Result) -> bool:
    """Store an attempt and what becomes of its message, with the event.

    False where the lease was lost meanwhile: the message is then somebody else's, and only
    the attempt is put on record.
    """
    took = connection.execute(
        _RECORD,
        {
            "of_id": claimed.message_id,
            "token": claimed.token,
            "new_state": result.state,
            "try_at": result.next_try_at,
            "more": int(result.is_counted),
            "first": result.started_at if result.is_counted else None,
            "at": result.ended_at if result.state == "sent" else None,
            "why": result.reason,
        },
    )
    is_ours = took.rowcount == 1
    add_attempt(connection, claimed.message_id, result, claimed.row.possible_duplicate)
    data = {
        "verdict": result.verdict,
        "phase": result.phase,
        "code": result.code,
        "possible_duplicate": claimed.row.possible_duplicate,
    }
    if result.reason:
        data["reason"] = result.reason
    if not is_ours:
        data["lease"] = "lost"
    refs = {notice.agreement for notice in claimed.notices}
    add_event(
        connection,
        result.ended_at,
        result.state if result.is_counted else "relay_fault",
        data,
        message_id=claimed.message_id,
        agreement=refs.pop() if len(refs) == 1 else "",
    )
    return is_ours


def add_attempt(
    connection: Connection, message_id: str, result: Result, possible_duplicate: bool
) -> None:
    """Put one attempt on record, numbered after those before it."""
    connection.execute(
        _ATTEMPT,
        {
            "of_id": message_id,
            "started_at": result.started_at,
            "intent_at": result.intent_at,
            "ended_at": result.ended_at,
            "phase": result.phase,
            "code": result.code,
            "enhanced": result.enhanced,
            "text": result.text,
            "verdict": result.verdict,
            "relay": result.relay,
            "worker": result.worker,
            "possible_duplicate": possible_duplicate,
        },
    )


# Statements that are run for every message are built once.

_OPEN_NOTICES = (
    select(func.count())
    .select_from(_notices)
    .join(_deadlines, _deadlines.c.id == _notices.c.deadline_id)
    .where(
        _notices.c.message_id == _messages.c.message_id,
        _notices.c.stopped_at.is_(None),
        _deadlines.c.status == "open",
        _deadlines.c.epoch == _notices.c.epoch,
    )
    .correlate(_messages)
    .scalar_subquery()
)
_INTEND = (
    update(_messages)
    .where(
        _messages.c.message_id == bindparam("of_id"),
        _messages.c.state == "claimed",
        _messages.c.lease_token == bindparam("token"),
        _messages.c.lease_until > bindparam("needed_until"),
        or_(
            _messages.c.kind == "admin",
            and_(_OPEN_NOTICES > 0, bindparam("needed") <= _OPEN_NOTICES),
        ),
    )
    .values(state="sending", intent_at=bindparam("now"))
)
_RECORD = (
    update(_messages)
    .where(
        _messages.c.message_id == bindparam("of_id"),
        _messages.c.lease_token == bindparam("token"),
        _messages.c.state.in_(("claimed", "sending")),
    )
    .values(
        state=bindparam("new_state"),
        next_try_at=bindparam("try_at"),
        attempts=_messages.c.attempts + bindparam("more"),
        first_try_at=func.coalesce(
            _messages.c.first_try_at, bindparam("first", type_=_messages.c.first_try_at.type)
        ),
        sent_at=bindparam("at"),
        reason=bindparam("why"),
        claims=0,
        **NO_LEASE,
    )
)
_ATTEMPT = insert(_attempts).values(
    message_id=bindparam("of_id"),
    number=select(func.coalesce(func.max(_attempts.c.number), 0) + 1)
    .where(_attempts.c.message_id == bindparam("of_id"))
    .scalar_subquery(),
)
