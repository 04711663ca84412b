"""Deadlines as answers find and change them.

Each function is one step of a transaction that the caller commits.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select, update

from reminder.deadlines import DeadlineStatus
from reminder.storage import tables

_deadlines = tables.deadlines


@dataclass(frozen=True, slots=True)
class AnsweredDeadline:
    """A deadline with what an answer depends on."""

    id: int
    agreement: str
    kind: str
    key: str
    bureau: str
    timezone: str
    due_on: date
    due_text: str
    status: str
    status_reason: str
    epoch: int
    rule: str
    officer: str | None
    told: str
    """The most urgent lead time told in this epoch; empty where none was."""
    next_on: date | None
    snoozed_until: date | None
    acknowledged_until: date | None
    level: int
    escalate_on: date | None
    silent_reason: str
    """Why it is open but not told; empty where it is."""

    @property
    def is_open(self) -> bool:
        """Whether it still asks for something."""
        return self.status == DeadlineStatus.OPEN

    @property
    def name(self) -> str:
        """As the commands take it: ``expiry``, ``report:2026-S1``."""
        return f"{self.kind}:{self.key}" if self.key else self.kind


_COLUMNS = [_deadlines.c[name] for name in AnsweredDeadline.__slots__]


def deadlines_of(connection: Connection, agreement: str) -> Sequence[AnsweredDeadline]:
    """Every deadline of an agreement, the nearest first; "" for follow-ups that have none."""
    query = (
        select(*_COLUMNS)
        .where(_deadlines.c.agreement == agreement)
        .order_by(_deadlines.c.due_on, _deadlines.c.id)
    )
    return [AnsweredDeadline(*row) for row in connection.execute(query)]


def load_deadline(
    connection: Connection, deadline_id: int, *, lock: bool = False
) -> AnsweredDeadline | None:
    """One deadline; with *lock* kept from scans and other answers until the transaction ends."""
    query = select(*_COLUMNS).where(_deadlines.c.id == deadline_id)
    if lock:
        query = query.with_for_update()
    row = connection.execute(query).first()
    return AnsweredDeadline(*row) if row is not None else None


def change_deadlines(
    connection: Connection, deadline_ids: Collection[int], **values: date | int | str | None
) -> None:
    """Note on deadlines how far people have answered."""
    connection.execute(update(_deadlines).where(_deadlines.c.id.in_(deadline_ids)).values(**values))
