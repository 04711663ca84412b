"""Claims: a worker leases waiting messages, and so is the only one to send them.

The token of the lease is the proof of ownership; each function is one step of a
transaction that the caller commits.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from itertools import takewhile
from typing import Any

from sqlalchemy import (
    BindParameter,
    Connection,
    Table,
    bindparam,
    func,
    or_,
    select,
    update,
)

from reminder.storage import tables
from reminder.storage.events import add_event
from reminder.storage.leases import is_ours, supersede

_messages, _notices = tables.messages, tables.notices
_contents, _deadlines = tables.contents, tables.deadlines


@dataclass(frozen=True, slots=True)
class Content:
    """A message's content, rendered once and kept."""

    message_id: str
    subject: str
    text: str
    html: str
    dated_at: datetime
    """The Date header, the same in every copy."""
    business_on: date
    """The bureau's day for which "n days left" is right."""
    template: str
    template_version: str
    sha256: str
    error: str
    """Why the plain notice stands in for the template; empty where it does not."""


@dataclass(frozen=True, slots=True)
class LiveNotice:
    """A notice that still waits to be told, with what bounds its retries."""

    message_id: str
    id: int
    deadline_id: int
    epoch: int
    recipient: str
    agreement: str
    rule: str
    due_last_on: date
    next_on: date | None
    timezone: str


@dataclass(frozen=True, slots=True)
class MessageRow:
    """The columns of a message that sending needs."""

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
    revision: int
    attempts: int
    first_try_at: datetime | None
    possible_duplicate: bool
    relay_faults: int
    """Attempts in a row, up to now, that ended with the relay's own trouble."""

    @property
    def has_notices(self) -> bool:
        """Whether notices stand behind it, without which it has nothing to say."""
        return self.kind not in tables.WITHOUT_NOTICES


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that this worker owns until its lease ends."""

    row: MessageRow
    token: str
    content: Content | None
    """None until it is rendered for the first time."""
    notices: tuple[LiveNotice, ...]
    says_too_much: bool
    """Whether a notice was stopped after the content was frozen."""

    @property
    def message_id(self) -> str:
        """As in the header, brackets included."""
        return self.row.message_id


@dataclass(frozen=True, slots=True)
class Batch:
    """What one claim gave: messages to send, and those found to have nothing left to say."""

    token: str = ""
    messages: tuple[Claimed, ...] = ()
    superseded: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    """Those that were not tried, because no mail reaches their address."""
    is_suspect: bool = False
    """Whether its one message was claimed before without any result."""


def claim(
    connection: Connection, now: datetime, lease_until: datetime, worker: str, size: int
) -> Batch:
    """Lease up to *size* messages whose time has come, the nearest due date first.

    A message that was claimed before without any result comes alone, so that one that
    kills its worker takes no others along.
    """
    waiting = connection.execute(_WAITING, {"now": now, "size": size}).all()
    together = [row.message_id for row in takewhile(lambda row: not row.claims, waiting)]
    ids = together or [row.message_id for row in waiting[:1]]
    if not ids:
        return Batch()
    token = secrets.token_hex(16)
    connection.execute(
        update(_messages)
        .where(_messages.c.message_id.in_(ids))
        .values(
            state="claimed",
            lease_token=token,
            lease_until=lease_until,
            worker=worker[:100],
            claims=_messages.c.claims + 1,
            intent_at=None,
        )
    )
    _stop_closed(connection, ids, now)
    notices = _live_notices(connection, ids)
    rows = {row.message_id: MessageRow(*row) for row in connection.execute(_ROWS, {"ids": ids})}
    empty = [key for key in ids if rows[key].has_notices and key not in notices]
    supersede_empty(connection, empty, now)
    contents = {
        row.message_id: Content(*row) for row in connection.execute(_CONTENTS, {"ids": ids})
    }
    too_much = set(connection.execute(_SHORTENED, {"ids": list(contents)}).scalars())
    messages = tuple(
        Claimed(
            row=rows[key],
            token=token,
            content=contents.get(key),
            notices=tuple(notices.get(key, ())),
            says_too_much=key in too_much,
        )
        for key in ids
        if key not in set(empty)
    )
    return Batch(token, messages, tuple(empty), is_suspect=not together)


def supersede_empty(connection: Connection, ids: Sequence[str], now: datetime) -> None:
    """End messages that have no live notice left, with the reason of their notices."""
    if not ids:
        return
    reasons: defaultdict[str, set[str]] = defaultdict(set)
    stopped = select(_notices.c.message_id, _notices.c.stop_reason).where(
        _notices.c.message_id.in_(ids)
    )
    for message_id, reason in connection.execute(stopped):
        reasons[message_id].add(reason)
    for message_id in ids:
        reason = ", ".join(sorted(reasons[message_id])) or "superseded"
        supersede(connection, message_id, reason)
        add_event(connection, now, "superseded", {"reason": reason}, message_id=message_id)


def supersede_if_empty(connection: Connection, claimed: Claimed, now: datetime) -> bool:
    """End a message of ours if all its deadlines were closed since it was claimed."""
    owned = select(_messages.c.message_id).where(is_ours(claimed.message_id, claimed.token))
    if not claimed.row.has_notices or connection.execute(owned).first() is None:
        return False
    ids = [claimed.message_id]
    _stop_closed(connection, ids, now)
    if _live_notices(connection, ids):
        return False
    supersede_empty(connection, ids, now)
    return True


def next_due_at(connection: Connection) -> datetime | None:
    """When the next waiting message can be claimed; None where none waits."""
    return connection.execute(_NEXT_DUE).scalar()


def _stop_closed(connection: Connection, ids: Sequence[str], now: datetime) -> None:
    """Stop the notices of those messages whose deadline is closed or was re-dated."""
    for row in connection.execute(_CLOSED, {"ids": ids}).all():
        reason = "redated" if row.status == "open" else row.status
        connection.execute(
            update(_notices)
            .where(_notices.c.id == row.id)
            .values(stopped_at=now, stop_reason=reason)
        )


def _live_notices(connection: Connection, ids: Sequence[str]) -> Mapping[str, Sequence[LiveNotice]]:
    found: dict[str, list[LiveNotice]] = {}
    for row in connection.execute(_LIVE, {"ids": ids}):
        notice = LiveNotice(*row)
        found.setdefault(notice.message_id, []).append(notice)
    return found


def column_name(field: str) -> str:
    """The column that a field is stored in: all have the same name save one."""
    return "date" if field == "dated_at" else field


def _columns(row: type[Any], *sources: Table) -> list[Any]:
    """The columns of *row*'s fields, each from the first source that has it."""
    names = [column_name(field.name) for field in fields(row)]
    return [next(table.c[name] for table in sources if name in table.c) for name in names]


# Statements that are run for every batch are built once.

_IDS: BindParameter[str] = bindparam("ids", expanding=True)
_IS_WAITING = (tables.UNFINISHED, _messages.c.state.in_(("pending", "deferred")))
_NEXT_DUE = select(func.min(_messages.c.next_try_at)).where(*_IS_WAITING)
_WAITING = (
    select(_messages.c.message_id, _messages.c.claims)
    .where(*_IS_WAITING, _messages.c.next_try_at <= bindparam("now"))
    .order_by(_messages.c.due_on.nulls_last(), _messages.c.next_try_at, _messages.c.message_id)
    .limit(bindparam("size"))
    .with_for_update(skip_locked=True)
)
_ROWS = select(*_columns(MessageRow, _messages)).where(_messages.c.message_id.in_(_IDS))
_CONTENTS = select(*_columns(Content, _contents)).where(_contents.c.message_id.in_(_IDS))
_LIVE = (
    select(*_columns(LiveNotice, _notices, _deadlines))
    .join(_deadlines, _deadlines.c.id == _notices.c.deadline_id)
    .where(_notices.c.message_id.in_(_IDS), _notices.c.stopped_at.is_(None))
    .order_by(_notices.c.id)
)
_CLOSED = (
    select(_notices.c.id, _deadlines.c.status)
    .join(_deadlines, _deadlines.c.id == _notices.c.deadline_id)
    .where(
        _notices.c.message_id.in_(_IDS),
        _notices.c.stopped_at.is_(None),
        or_(_deadlines.c.status != "open", _deadlines.c.epoch != _notices.c.epoch),
    )
)
_SHORTENED = (
    select(_notices.c.message_id)
    .join(_contents, _contents.c.message_id == _notices.c.message_id)
    .where(_notices.c.message_id.in_(_IDS), _notices.c.stopped_at >= _contents.c.date)
)
