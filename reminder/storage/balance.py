"""What the daily balance reads, and how it has missing notices made again.

Each function is one step of a transaction that the caller commits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, and_, case, exists, func, or_, select, update

from reminder.balance import Evidence
from reminder.firing import DueDeadline
from reminder.skips import SkipReason
from reminder.storage import tables
from reminder.storage.chunks import chunks

_deadlines, _notices, _messages = tables.deadlines, tables.notices, tables.messages

LOST = "lost"
"""The stop reason of a notice whose message is gone; it is made again under a new number."""

_IS_STUCK = and_(
    tables.UNFINISHED,
    or_(
        and_(
            _messages.c.state.in_(("pending", "deferred", "uncertain")),
            _messages.c.next_try_at.is_(None),
        ),
        and_(_messages.c.state.in_(("claimed", "sending")), _messages.c.lease_until.is_(None)),
    ),
)
"""Unfinished, and nothing will ever take it up."""


@dataclass(frozen=True, slots=True)
class OpenDeadline:
    """An open deadline that a rule is about, as it is stored."""

    deadline: DueDeadline
    next_on: date | None
    replan_on: date | None
    """When its agreement is to be planned again; None too where it has none."""


def open_deadlines(
    connection: Connection,
    after: int = 0,
    limit: int | None = None,
    ids: Sequence[int] | None = None,
) -> list[OpenDeadline]:
    """The next *limit* of them by id; with *ids* only those, locked (on PostgreSQL)."""
    agreements = tables.agreements
    query = (
        select(
            _deadlines.c.next_on,
            agreements.c.replan_on,
            *(_deadlines.c[name] for name in DueDeadline.__slots__),
        )
        .outerjoin(agreements, agreements.c.ref == _deadlines.c.agreement)
        .where(_deadlines.c.status == "open", _deadlines.c.rule != "", _deadlines.c.id > after)
        .order_by(_deadlines.c.id)
        .limit(limit)
    )
    if ids is not None:
        query = query.where(_deadlines.c.id.in_(ids)).with_for_update(of=_deadlines)
    return [
        OpenDeadline(DueDeadline(*deadline), next_on, replan_on)
        for next_on, replan_on, *deadline in connection.execute(query)
    ]


def load_evidence(
    connection: Connection, deadline_ids: Sequence[int]
) -> Mapping[int, Sequence[Evidence]]:
    """The notices of those deadlines at their present epoch."""
    attempts = tables.attempts
    was_sent = exists().where(
        attempts.c.message_id == _notices.c.message_id, attempts.c.verdict == "sent"
    )
    state = func.coalesce(_messages.c.state, case((was_sent, "sent"), else_=""))
    found: defaultdict[int, list[Evidence]] = defaultdict(list)
    for ids in chunks(deadline_ids):
        query = (
            select(
                _notices.c.deadline_id,
                _notices.c.id,
                _notices.c.lead_time,
                _notices.c.copy,
                _notices.c.stopped_at.is_not(None),
                state,
                func.coalesce(_IS_STUCK, False),
            )
            .join(
                _deadlines,
                and_(
                    _deadlines.c.id == _notices.c.deadline_id,
                    _deadlines.c.epoch == _notices.c.epoch,
                ),
            )
            .outerjoin(_messages, _messages.c.message_id == _notices.c.message_id)
            .where(_notices.c.deadline_id.in_(ids))
        )
        for deadline_id, *evidence in connection.execute(query):
            found[deadline_id].append(Evidence(*evidence))
    return found


def load_untellable(
    connection: Connection, deadline_ids: Sequence[int]
) -> Mapping[int, Sequence[str]]:
    """The lead times, in the present epoch, at which nobody was there to be told."""
    skips = tables.skips
    found: defaultdict[int, list[str]] = defaultdict(list)
    for ids in chunks(deadline_ids):
        query = (
            select(skips.c.deadline_id, skips.c.lead_time)
            .join(
                _deadlines,
                and_(_deadlines.c.id == skips.c.deadline_id, _deadlines.c.epoch == skips.c.epoch),
            )
            .where(skips.c.deadline_id.in_(ids), skips.c.reason == SkipReason.NO_RECIPIENT.value)
        )
        for deadline_id, lead_time in connection.execute(query):
            found[deadline_id].append(lead_time)
    return found


def make_again(
    connection: Connection,
    deadline_id: int,
    told: str,
    lost: Sequence[int],
    today: date,
    now: datetime,
) -> None:
    """Have the next scan fire a deadline once more, as if *told* were the last that was told.

    Its *lost* notices are stopped, so that new ones take their place. Those that were sent
    stay as they are, and their unique key keeps anybody from being told twice.
    """
    for ids in chunks(lost):
        connection.execute(
            update(_notices)
            .where(_notices.c.id.in_(ids), _notices.c.stopped_at.is_(None))
            .values(stopped_at=now, stop_reason=LOST)
        )
    connection.execute(
        update(_deadlines)
        .where(_deadlines.c.id == deadline_id, _deadlines.c.status == "open")
        .values(told=told, next_on=today)
    )


def stuck_messages(connection: Connection) -> Sequence[str]:
    """Messages that are unfinished and that nothing will ever take up."""
    query = select(_messages.c.message_id).where(_IS_STUCK).order_by(_messages.c.message_id)
    return connection.execute(query).scalars().all()


def free(
    connection: Connection, message_ids: Sequence[str], now: datetime, rest: timedelta
) -> list[tuple[str, str]]:
    """Have stuck messages taken up; returns each with its state, without those freed meanwhile.

    What waits can leave now; what a worker holds without a lease counts as a dead worker's.
    *rest* is how long an uncertain one waits for its repeat.
    """
    freed: list[tuple[str, str]] = []
    for ids in chunks(message_ids):
        query = (
            select(_messages.c.message_id, _messages.c.state)
            .where(_messages.c.message_id.in_(ids), _IS_STUCK)
            .order_by(_messages.c.message_id)
            .with_for_update()
        )
        for message_id, state in connection.execute(query).all():
            if state in ("claimed", "sending"):
                values = {"lease_until": now}
            else:
                values = {"next_try_at": now + rest if state == "uncertain" else now}
            connection.execute(
                update(_messages).where(_messages.c.message_id == message_id).values(values)
            )
            freed.append((message_id, state))
    return freed
