"""The record of one agreement: its deadlines, what was told about them, what was skipped."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Connection, select

from reminder.skips import SkipReason
from reminder.storage import tables
from reminder.storage.chunks import chunks
from reminder.storage.hand_overs import HandOver, load_hand_overs
from reminder.storage.responses import ResponseRecord, load_responses


@dataclass(frozen=True, slots=True)
class DeadlineRecord:
    """A stored deadline."""

    id: int
    kind: str
    key: str
    bureau: str
    timezone: str
    due_on: date
    due_last_on: date
    due_text: str
    derived_from: str
    status: str
    status_reason: str
    silent_reason: str
    epoch: int
    rule: str
    told: str
    entered_on: date
    next_on: date | None
    officer: str | None
    snoozed_until: date | None
    acknowledged_until: date | None
    level: int
    """How many steps of the rule's ``escalate`` were told."""


@dataclass(frozen=True, slots=True)
class NoticeRecord:
    """A stored notice with the state of the message that carries it."""

    deadline_id: int
    epoch: int
    lead_time: str
    role: str
    recipient: str
    recipient_name: str
    copy: bool
    fallback: str
    successor_of: str
    rule: str
    due_on: date
    due_text: str
    made_on: date
    stop_reason: str
    message_id: str
    kind: str
    state: str
    reason: str
    sent_at: datetime | None
    next_try_at: datetime | None
    timezone: str
    possible_duplicate: bool
    """Whether its message was sent again because no verdict had come."""
    level: int
    """Told by that step of the rule's ``escalate``, counted from 1; 0 for the rule's own."""
    repeat_no: int
    """Not 0 where the same was made before."""


@dataclass(frozen=True, slots=True)
class SkipRecord:
    """A stored skip."""

    deadline_id: int
    epoch: int
    lead_time: str
    reason: str
    recipient: str
    on: date
    detail: str


@dataclass(frozen=True, slots=True)
class SuccessionRecord:
    """What was done about a notice whose mail failed for good."""

    deadline_id: int
    epoch: int
    lead_time: str
    role: str
    failed: str
    """The address of the notice that failed."""
    outcome: str
    """``told``, ``told_already``, ``nobody_left``, ``overtaken``, or why the deadline is silent."""
    told: tuple[str, ...]
    """Who is told instead, or was told anyway."""
    at: datetime


@dataclass(frozen=True, slots=True)
class Record:
    """Everything that is stored about the deadlines of one agreement."""

    deadlines: Sequence[DeadlineRecord]
    notices: Sequence[NoticeRecord]
    skips: Sequence[SkipRecord]
    successions: Sequence[SuccessionRecord] = ()
    responses: Sequence[ResponseRecord] = ()
    hand_overs: Sequence[HandOver] = ()
    """Offers to be the owner, and what came of them."""


SUCCESSION = "succession"
"""The kind of the events that a SuccessionRecord is read from."""
_OF_MESSAGE = (
    "kind", "state", "reason", "sent_at", "next_try_at", "timezone", "possible_duplicate",
)  # fmt: skip


def load_record(connection: Connection, ref: str) -> Record:
    """The record of the agreement *ref*; the empty ref stands for unattached follow-ups."""
    deadlines = [
        DeadlineRecord(*row)
        for row in connection.execute(
            select(*(tables.deadlines.c[name] for name in DeadlineRecord.__slots__))
            .where(tables.deadlines.c.agreement == ref)
            .order_by(tables.deadlines.c.due_on, tables.deadlines.c.id)
        )
    ]
    notices: list[NoticeRecord] = []
    skips: list[SkipRecord] = []
    responses: list[ResponseRecord] = []
    hand_overs: list[HandOver] = []
    for ids in chunks([deadline.id for deadline in deadlines]):
        notices.extend(_notices(connection, ids))
        rows = connection.execute(
            select(*(tables.skips.c[name] for name in SkipRecord.__slots__))
            .where(tables.skips.c.deadline_id.in_(ids))
            .order_by(tables.skips.c.on, tables.skips.c.id)
        )
        skips.extend(SkipRecord(*row) for row in rows)
        responses.extend(load_responses(connection, ids))
        hand_overs.extend(load_hand_overs(connection, ids))
    successions = _successions(connection, ref)
    return Record(deadlines, notices, skips, successions, responses, hand_overs)


def _successions(connection: Connection, ref: str) -> list[SuccessionRecord]:
    events = tables.events
    query = (
        select(events.c.at, events.c.data)
        .where(events.c.agreement == ref, events.c.kind == SUCCESSION)
        .order_by(events.c.id)
    )
    found = []
    for at, data in connection.execute(query):
        said = json.loads(data)
        said["told"] = tuple(said["told"])
        found.append(SuccessionRecord(at=at, **said))
    return found


def _notices(connection: Connection, deadline_ids: Sequence[int]) -> list[NoticeRecord]:
    notices, messages = tables.notices, tables.messages
    columns = [
        messages.c[name] if name in _OF_MESSAGE else notices.c[name]
        for name in NoticeRecord.__slots__
    ]
    query = (
        select(*columns)
        .join(messages, messages.c.message_id == notices.c.message_id)
        .where(notices.c.deadline_id.in_(deadline_ids))
        .order_by(notices.c.made_at, notices.c.id)
    )
    return [_as_it_went(NoticeRecord(*row)) for row in connection.execute(query)]


def _as_it_went(notice: NoticeRecord) -> NoticeRecord:
    """A notice that was stopped never left, whatever became of the digest that it was in."""
    if not notice.stop_reason or notice.stop_reason == SkipReason.DISCARDED.value:
        return notice
    return replace(
        notice, state="superseded", reason=notice.stop_reason, sent_at=None, next_try_at=None
    )


@dataclass(frozen=True, slots=True)
class PendingMessage:
    """A message that is made and waits to leave."""

    message_id: str
    recipient_name: str
    language: str
    timezone: str
    next_try_at: datetime
    deadline_bureaus: dict[int, str]
    """The bureau of each live notice's deadline, by the notice's id."""


def load_pending(connection: Connection) -> list[PendingMessage]:
    """Messages not yet sent, the next to leave first."""
    notices, messages, deadlines = tables.notices, tables.messages, tables.deadlines
    query = (
        select(
            messages.c.message_id,
            messages.c.recipient_name,
            messages.c.language,
            messages.c.timezone,
            messages.c.next_try_at,
            notices.c.id,
            deadlines.c.bureau,
        )
        .join(notices, notices.c.message_id == messages.c.message_id)
        .join(deadlines, deadlines.c.id == notices.c.deadline_id)
        .where(
            messages.c.state.in_(("pending", "deferred")),
            messages.c.next_try_at.is_not(None),
            notices.c.stopped_at.is_(None),
        )
        .order_by(messages.c.next_try_at, messages.c.message_id, notices.c.id)
    )
    found: dict[str, PendingMessage] = {}
    for message_id, name, language, zone, next_try_at, notice_id, bureau in connection.execute(
        query
    ):
        message = found.setdefault(
            message_id, PendingMessage(message_id, name, language, zone, next_try_at, {})
        )
        message.deadline_bureaus[notice_id] = bureau
    return list(found.values())
