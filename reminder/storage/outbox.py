"""The outbox: a claimed message's content is frozen, its dot intended, its outcome recorded.

Only the worker whose lease token a message bears can change it. Each function is one step
of a transaction that the caller commits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime

from sqlalchemy import (
    BindParameter,
    Connection,
    bindparam,
    func,
    insert,
    literal,
    select,
    update,
)

from reminder.storage import tables
from reminder.storage.attachments import Attachment, add_attachments
from reminder.storage.claims import Claimed, Content, column_name
from reminder.storage.dialect import insert_new
from reminder.storage.events import add_event
from reminder.storage.leases import supersede
from reminder.storage.rows import insert_rows

_messages, _notices = tables.messages, tables.notices
_deadlines, _attempts = tables.deadlines, tables.attempts


def freeze(connection: Connection, contents: Sequence[Content]) -> None:
    """Store rendered contents: every copy of a message says the same."""
    names = [field.name for field in fields(Content)]
    _FREEZE.execute(
        connection,
        [{column_name(name): getattr(content, name) for name in names} for content in contents],
    )


@dataclass(frozen=True, slots=True)
class FrozenMessage:
    """A message without notices, whose text is frozen when it is made."""

    message_id: str
    kind: str
    """One of ``tables.WITHOUT_NOTICES``: an admin's mail leaves at any hour and is not counted
    against what its reader may be sent; a summary keeps to the send window."""
    recipient: str
    language: str
    timezone: str
    template: str
    planned_on: date
    due_on: date | None = None
    """Its place among what waits; None comes after all that has a day."""
    recipient_name: str = ""
    bureau: str = ""
    possible_duplicate: bool = False


def add_frozen(
    connection: Connection,
    message: FrozenMessage,
    content: Content,
    now: datetime,
    attachments: Sequence[Attachment] = (),
) -> bool:
    """Store a message, to leave at once; False where it is there already."""
    added = connection.execute(
        insert_new(connection, _messages).returning(_messages.c.message_id),
        {field.name: getattr(message, field.name) for field in fields(FrozenMessage)}
        | {"state": "pending", "next_try_at": now, "created_at": now},
    )
    if added.first() is None:
        return False
    freeze(connection, [content])
    add_attachments(connection, attachments)
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


def intend(
    connection: Connection, claims: Sequence[Claimed], now: datetime, needed_until: datetime
) -> set[str]:
    """Grant the final dots of these messages, or some of them; returns the ids granted.

    Only while the lease is ours and lasts beyond *needed_until*, and while every notice that
    the text was written for is about a deadline open at the notice's epoch. A repeat must say
    what the first copy said, so for it one such notice is enough.
    """
    rows = connection.execute(
        _INTENDED, {"ids": [one.message_id for one in claims], "needed_until": needed_until}
    )
    found = {row.message_id: row for row in rows}
    granted = {
        one.message_id
        for one in claims
        if one.message_id in found
        and found[one.message_id].lease_token == one.token
        and (not one.row.has_notices or found[one.message_id].open >= _needed(one))
    }
    if granted:
        connection.execute(_INTEND, {"ids": sorted(granted), "now": now})
    return granted


def _needed(claimed: Claimed) -> int:
    """How many open notices a message must still have for its dot."""
    return 1 if claimed.row.possible_duplicate else max(1, len(claimed.notices))


# Statements that are run for every message are built once.

_FREEZE = insert_rows(tables.contents, [column_name(field.name) for field in fields(Content)])

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
_IDS: BindParameter[str] = bindparam("ids", expanding=True)
_INTENDED = (
    select(_messages.c.message_id, _messages.c.lease_token, _OPEN_NOTICES.label("open"))
    .where(
        _messages.c.message_id.in_(_IDS),
        _messages.c.state == "claimed",
        _messages.c.lease_until > bindparam("needed_until"),
    )
    # One order for all, so that two group commits wait for each other and never in a circle.
    .order_by(_messages.c.message_id)
    .with_for_update(of=_messages)
)
_INTEND = (
    update(_messages)
    .where(_messages.c.message_id.in_(_IDS))
    .values(state="sending", intent_at=bindparam("now"))
)
