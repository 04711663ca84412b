"""Succession: messages that failed for good, and whose next contact in line is not told yet.

Each function is one step of a transaction that the caller commits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Connection, case, func, or_, select, update

from reminder.firing import DueDeadline
from reminder.skips import SkipReason
from reminder.storage import tables
from reminder.storage.events import add_event
from reminder.storage.history import SUCCESSION, SuccessionRecord

_messages, _notices, _deadlines = tables.messages, tables.notices, tables.deadlines

NOT_REACHED = ("failed", "bounced", "suppressed")
"""States of a message that say that its recipient does not have it and will not get it."""


@dataclass(frozen=True, slots=True)
class FailedNotice:
    """A live notice in a message that failed, about a deadline that is still open."""

    deadline: DueDeadline
    lead_time: str
    role: str
    recipient: str
    copy: bool
    level: int
    """Told by that step of the rule's ``escalate``, as whoever is told instead will be."""
    template: str
    """Of its mail; empty where that was a digest."""

    @property
    def occurrence(self) -> Occurrence:
        """What the next in line must be told of, and in which role."""
        return Occurrence(self.deadline.id, self.deadline.epoch, self.lead_time, self.role)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One due date reached by one lead time, told in one role."""

    deadline_id: int
    epoch: int
    lead_time: str
    role: str


@dataclass(frozen=True, slots=True)
class Told:
    """Who has the notice of one occurrence in one role, in the order in which they were told."""

    reached: tuple[str, ...] = ()
    """Addresses whose mail has arrived or may still."""
    unreached: tuple[str, ...] = ()
    """Addresses whose mail failed."""


def untold_messages(connection: Connection, now: datetime) -> Sequence[str]:
    """Messages that failed and are untold, but for those put aside until later."""
    query = (
        select(_messages.c.message_id)
        .where(
            tables.UNTOLD,
            or_(_messages.c.next_try_at.is_(None), _messages.c.next_try_at <= now),
        )
        .order_by(_messages.c.due_on.nulls_last(), _messages.c.message_id)
    )
    return connection.execute(query).scalars().all()


def take(connection: Connection, message_id: str) -> bool:
    """Mark a message as dealt with; False where another has done so or is at it."""
    mine = (
        select(_messages.c.message_id)
        .where(_messages.c.message_id == message_id, tables.UNTOLD)
        .with_for_update(skip_locked=True)
    )
    if connection.execute(mine).first() is None:
        return False
    connection.execute(
        update(_messages)
        .where(_messages.c.message_id == message_id)
        .values(untold=False, next_try_at=None)
    )
    return True


def put_aside(connection: Connection, message_id: str, until: datetime) -> None:
    """Leave a message alone until then, because handling it raised.

    A failed message is never sent, so its ``next_try_at`` is free for this.
    """
    connection.execute(
        update(_messages)
        .where(_messages.c.message_id == message_id, tables.UNTOLD)
        .values(next_try_at=until)
    )


def load_failed_notices(connection: Connection, message_id: str) -> list[FailedNotice]:
    """The message's live notices about deadlines that are open at the notice's epoch.

    The deadlines are locked: of two failed mails about one deadline, the second to be dealt
    with sees whom the first told (PostgreSQL; SQLite has one writer).
    """
    query = (
        select(
            _notices.c.lead_time,
            _notices.c.role,
            _notices.c.recipient,
            _notices.c.copy,
            _notices.c.level,
            case((_messages.c.kind == "notice", _messages.c.template), else_=""),
            *(_deadlines.c[name] for name in DueDeadline.__slots__),
        )
        .join(_deadlines, _deadlines.c.id == _notices.c.deadline_id)
        .join(_messages, _messages.c.message_id == _notices.c.message_id)
        .where(
            _notices.c.message_id == message_id,
            _notices.c.stopped_at.is_(None),
            _deadlines.c.status == "open",
            _deadlines.c.epoch == _notices.c.epoch,
        )
        .order_by(_deadlines.c.id, _notices.c.id)
        .with_for_update(of=_deadlines)
    )
    return [
        FailedNotice(DueDeadline(*deadline), lead_time, role, recipient, copy, level, template)
        for lead_time, role, recipient, copy, level, template, *deadline in connection.execute(
            query
        )
    ]


def load_told(connection: Connection, deadline_ids: Sequence[int]) -> Mapping[Occurrence, Told]:
    """Who was told of those deadlines. Stopped notices are left out, save those that a person
    discarded: whom they were for is not told after all."""
    query = (
        select(
            _notices.c.deadline_id,
            _notices.c.epoch,
            _notices.c.lead_time,
            _notices.c.role,
            _notices.c.recipient,
            # A message that somebody deleted reached nobody as far as anybody can tell.
            func.coalesce(_messages.c.state, NOT_REACHED[0]).label("state"),
        )
        .outerjoin(_messages, _messages.c.message_id == _notices.c.message_id)
        .where(
            _notices.c.deadline_id.in_(deadline_ids),
            or_(
                _notices.c.stopped_at.is_(None),
                _notices.c.stop_reason == SkipReason.DISCARDED.value,
            ),
        )
        .order_by(_notices.c.id)
    )
    reached: defaultdict[Occurrence, list[str]] = defaultdict(list)
    unreached: defaultdict[Occurrence, list[str]] = defaultdict(list)
    for *occurrence, recipient, state in connection.execute(query):
        side = unreached if state in NOT_REACHED else reached
        side[Occurrence(*occurrence)].append(recipient)
    return {key: Told(tuple(reached[key]), tuple(unreached[key])) for key in {*reached, *unreached}}


def add_succession(
    connection: Connection, message_id: str, agreement: str, done: SuccessionRecord
) -> None:
    """Put on record who is told instead, or why nobody is; ``why`` reads it."""
    data = {name: value for name, value in asdict(done).items() if name != "at"}
    add_event(connection, done.at, SUCCESSION, data, message_id=message_id, agreement=agreement)
