"""The record: what the database knows of its mails, read for comparison with a relay's store."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Table, select

from reminder.storage import tables

if TYPE_CHECKING:
    from reminder.storage.engine import Database


@dataclass(frozen=True)
class MessageRecord:
    """One message."""

    message_id: str
    state: str
    recipient: str
    held_for: str
    possible_duplicate: bool
    untold: bool
    lease_token: str | None


@dataclass(frozen=True)
class AttemptRecord:
    """One attempt."""

    message_id: str
    number: int
    started_at: datetime
    intent_at: datetime | None
    ended_at: datetime | None
    phase: str
    code: int | None
    verdict: str
    worker: str
    possible_duplicate: bool

    @property
    def is_complete(self) -> bool:
        """Whether it says all that I-5 asks for."""
        times = [at for at in (self.started_at, self.intent_at, self.ended_at) if at is not None]
        has_reply = self.verdict not in ("sent", "failed") or self.code is not None
        said = self.phase and self.verdict and self.worker
        return bool(said) and has_reply and self.ended_at is not None and times == sorted(times)


@dataclass(frozen=True)
class NoticeRecord:
    """One notice."""

    agreement: str
    lead_time: str
    role: str
    recipient: str
    message_id: str


@dataclass(frozen=True)
class Record:
    """All of them."""

    messages: Mapping[str, MessageRecord]
    attempts: Mapping[str, Sequence[AttemptRecord]]
    """Of each message, by number."""
    notices: Sequence[NoticeRecord]
    events: Mapping[str, Sequence[str]]
    """The kinds of the events about each message, in order."""

    def uncertain(self, message_id: str) -> int:
        """How many attempts ended without a verdict."""
        return sum(one.verdict == "uncertain" for one in self.attempts.get(message_id, ()))


def load_record(database: Database) -> Record:
    """The record as it is now."""
    attempts: defaultdict[str, list[AttemptRecord]] = defaultdict(list)
    events: defaultdict[str, list[str]] = defaultdict(list)
    with database.read() as connection:
        messages = [
            MessageRecord(*row) for row in _rows(connection, tables.messages, MessageRecord)
        ]
        for row in _rows(connection, tables.attempts, AttemptRecord, "number"):
            attempts[row[0]].append(AttemptRecord(*row))
        notices = [NoticeRecord(*row) for row in _rows(connection, tables.notices, NoticeRecord)]
        told = select(tables.events.c.message_id, tables.events.c.kind).order_by(tables.events.c.id)
        for message_id, kind in connection.execute(told):
            events[message_id or ""].append(kind)
    return Record({one.message_id: one for one in messages}, attempts, notices, events)


def _rows(
    connection: Connection, table: Table, made: type[Any], order: str = "message_id"
) -> Iterator[tuple[Any, ...]]:
    columns = [table.c[field.name] for field in fields(made)]
    for row in connection.execute(select(*columns).order_by(table.c[order])):
        yield tuple(row)
