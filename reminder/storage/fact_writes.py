"""The deadlines around a recorded fact, to say what it changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from reminder.storage import tables


@dataclass(frozen=True, slots=True)
class DeadlineState:
    """How a deadline stands: what people are told when a fact changes it."""

    kind: str
    key: str
    due_on: date
    due_text: str
    status: str
    status_reason: str

    @property
    def name(self) -> str:
        """The deadline in words, as the commands take it (``report:2026-S1``)."""
        return f"{self.kind}:{self.key}" if self.key else self.kind


def deadline_states(
    connection: Connection, agreements: Sequence[str]
) -> dict[tuple[str, str, str], DeadlineState]:
    """Every deadline of these agreements ("" for follow-ups that belong to none)."""
    deadlines = tables.deadlines
    rows = connection.execute(
        select(
            deadlines.c.agreement,
            deadlines.c.kind,
            deadlines.c.key,
            deadlines.c.due_on,
            deadlines.c.due_text,
            deadlines.c.status,
            deadlines.c.status_reason,
        )
        .where(deadlines.c.agreement.in_(agreements))
        .order_by(deadlines.c.due_on, deadlines.c.kind, deadlines.c.key)
    )
    return {(row[0], row[1], row[2]): DeadlineState(*row[1:]) for row in rows}
