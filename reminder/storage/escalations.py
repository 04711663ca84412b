"""Escalations: which deadlines are to be looked at, what was told about them, how far they came.

Each function is one step of a transaction that the caller commits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
    update,
)

from reminder.clock import known_zone, local_date
from reminder.escalation import Answer, Course, Told, pauses_of
from reminder.firing import DueDeadline
from reminder.skips import SkipReason
from reminder.storage import tables
from reminder.storage.chunks import chunks
from reminder.storage.due_deadlines import SUBJECT

_deadlines, _notices, _messages = tables.deadlines, tables.notices, tables.messages
_responses, _put_offs = tables.responses, tables.put_offs

_MAY_LEAVE = ("pending", "claimed", "sending", "deferred", "uncertain", "held")


def _are_to_escalate(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Open deadlines with a day to be looked at, but for subjects put off after an error."""
    return (
        # Written out, so that the partial index is seen to apply.
        _deadlines.c.status == literal("open", literal_execute=True),
        _deadlines.c.escalate_on.is_not(None),
        ~exists().where(_put_offs.c.agreement == SUBJECT, _put_offs.c.until > now),
    )


def zones_to_escalate(
    connection: Connection, todays: Mapping[str, date], now: datetime
) -> list[str]:
    """The zones in which a deadline is to be looked at: *todays* gives the date in each zone.

    One statement, and for each zone one look into the index, however many deadlines wait.
    """
    looks = [
        select(literal(zone).label("zone")).where(
            exists().where(
                *_are_to_escalate(now),
                _deadlines.c.timezone == zone,
                _deadlines.c.escalate_on <= today,
            )
        )
        for zone, today in todays.items()
    ]
    return sorted(connection.execute(union_all(*looks)).scalars()) if looks else []


def load_to_escalate(
    connection: Connection,
    zone: str,
    today: date,
    now: datetime,
    limit: int,
    lock: bool = False,
    ids: Sequence[int] | None = None,
) -> list[DueDeadline]:
    """Deadlines of that zone that are to be looked at on its *today*.

    With *lock*, rows that another job holds are left to it (PostgreSQL; SQLite has one
    writer). *ids* restricts it to those deadlines.
    """
    query = (
        select(*(_deadlines.c[name] for name in DueDeadline.__slots__))
        .where(
            *_are_to_escalate(now),
            _deadlines.c.timezone == zone,
            _deadlines.c.escalate_on <= today,
        )
        .order_by(_deadlines.c.bureau, _deadlines.c.id)
        .limit(limit)
    )
    if ids is not None:
        query = query.where(_deadlines.c.id.in_(ids))
    if lock:
        query = query.with_for_update(of=_deadlines, skip_locked=True)
    return [DueDeadline(*row) for row in connection.execute(query)]


def load_courses(
    connection: Connection, deadline_ids: Sequence[int], default_zone: str
) -> Mapping[int, Course]:
    """What was told and answered about those deadlines in the epoch that runs.

    After a hand-over only what came after it. *default_zone* stands for a zone that is none.
    """
    found: dict[int, Course] = {}
    for ids in chunks(deadline_ids):
        answers: defaultdict[int, list[Answer]] = defaultdict(list)
        since: dict[int, datetime] = {}
        for deadline_id, at, *answer in connection.execute(_answers(ids)):
            answers[deadline_id].append(Answer(*answer))
            if answers[deadline_id][-1].action == "handover":
                since[deadline_id] = at
        told: defaultdict[int, list[Told]] = defaultdict(list)
        for row in connection.execute(_told(ids)):
            if row.id in since and row.made_at < since[row.id]:
                continue
            sent_at = row.sent_at if row.state == "sent" else None
            zone = known_zone(row.timezone, default_zone)
            told[row.id].append(
                Told(
                    recipient=row.recipient,
                    level=row.level,
                    made_on=row.made_on,
                    sent_on=local_date(sent_at, zone) if sent_at is not None else None,
                    is_waiting=row.state in _MAY_LEAVE,
                )
            )
        for id_ in ids:
            found[id_] = Course(tuple(told[id_]), pauses_of(answers[id_]), id_ in since)
    return found


def _answers(ids: Sequence[int]) -> Select[Any]:
    """The answers in the present epoch, in the order they came."""
    return (
        select(
            _responses.c.deadline_id,
            _responses.c.at,
            _responses.c.action,
            _responses.c.on,
            _responses.c.until,
        )
        .join(
            _deadlines,
            and_(
                _deadlines.c.id == _responses.c.deadline_id,
                _deadlines.c.epoch == _responses.c.epoch,
            ),
        )
        .where(_responses.c.deadline_id.in_(ids))
        .order_by(_responses.c.id)
    )


def _told(ids: Sequence[int]) -> Select[Any]:
    """The notices of the present epoch that ask for something."""
    return (
        select(
            _deadlines.c.id,
            _deadlines.c.timezone,
            _notices.c.recipient,
            _notices.c.level,
            _notices.c.made_on,
            _notices.c.made_at,
            _messages.c.state,
            _messages.c.sent_at,
        )
        .join(
            _deadlines,
            and_(_deadlines.c.id == _notices.c.deadline_id, _deadlines.c.epoch == _notices.c.epoch),
        )
        .outerjoin(_messages, _messages.c.message_id == _notices.c.message_id)
        .where(
            _notices.c.deadline_id.in_(ids),
            ~_notices.c.copy,
            _counts_as_told(),
        )
        .order_by(_notices.c.id)
    )


def _counts_as_told() -> ColumnElement[bool]:
    """What was stopped never left; whom a person kept from being told is not to be told."""
    return or_(
        _notices.c.stopped_at.is_(None), _notices.c.stop_reason == SkipReason.DISCARDED.value
    )


@dataclass(frozen=True, slots=True)
class Escalated:
    """How far a deadline has come after it was looked at."""

    deadline_id: int
    level: int
    escalate_on: date | None


def store_escalated(connection: Connection, rows: Sequence[Escalated]) -> None:
    """Note the levels told and when to look again."""
    if rows:
        connection.execute(
            update(_deadlines)
            .where(_deadlines.c.id == bindparam("row_id"))
            .values(level=bindparam("new_level"), escalate_on=bindparam("new_escalate_on")),
            [
                {
                    "row_id": row.deadline_id,
                    "new_level": row.level,
                    "new_escalate_on": row.escalate_on,
                }
                for row in rows
            ],
        )


def take_back_level(
    connection: Connection, deadline_ids: Collection[int], look_on: date | None = None
) -> None:
    """After mails to a level were stopped: a level of which no mail is left was not told.

    It is looked at again from *look_on* on; None where whoever opens the deadline says when.
    """
    mine = and_(
        _notices.c.deadline_id == _deadlines.c.id,
        _notices.c.epoch == _deadlines.c.epoch,
        _notices.c.level == _deadlines.c.level,
    )
    was_told = select(func.count()).select_from(_notices).where(mine).scalar_subquery()
    is_told = exists().where(mine, _counts_as_told())
    for ids in chunks(sorted(deadline_ids)):
        connection.execute(
            update(_deadlines)
            .where(_deadlines.c.id.in_(ids), _deadlines.c.level > 0, was_told > 0, ~is_told)
            .values(
                level=_deadlines.c.level - 1,
                escalate_on=func.coalesce(
                    _deadlines.c.escalate_on, literal(look_on, _deadlines.c.escalate_on.type)
                ),
            )
        )
