"""Figures for the metrics: what waits now, and what was added to the record since a mark.

Read every few seconds by a program, so each reads an index of what is unfinished, or the
newest rows alone: how much was ever sent must not decide how long it takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Table, func, select

from reminder.storage import tables
from reminder.storage.closed_relays import closed_relays
from reminder.storage.planning import read_service
from reminder.storage.standstill import NAMES as STANDSTILL
from reminder.storage.standstill import Standstill, standstill_of
from reminder.storage.status import Late, load_due_messages, load_unscanned

_messages, _attempts = tables.messages.c, tables.attempts.c
LOG_TABLES = (tables.attempts, tables.responses, tables.events)
"""Tables that are only ever added to, and whose new rows are counted."""


@dataclass(frozen=True, slots=True)
class Figures:
    """How things stand now."""

    unscanned: Late
    due_messages: Late
    messages: dict[str, int]
    """Unfinished ones by state."""
    held: dict[str, int]
    """Held ones by why."""
    put_offs: int
    last_scan_at: datetime | None
    closed_relays: int
    standstill: Standstill
    dead_addresses: int


@dataclass(frozen=True, slots=True)
class Tried:
    """One attempt, as it is counted."""

    id: int
    verdict: str
    phase: str
    code: int | None
    possible_duplicate: bool
    seconds: float | None
    """From its start to its end; None for one whose worker ended first."""


@dataclass(frozen=True, slots=True)
class Happened:
    """One row of another such table: its id, and the word it is counted by."""

    id: int
    word: str


def read_figures(connection: Connection, now: datetime) -> Figures:
    """The figures at *now*."""
    service = read_service(connection, "last_scan_at", *STANDSTILL)
    last_scan = service.get("last_scan_at")
    last_scan_at = datetime.fromisoformat(last_scan) if last_scan else None
    rows = connection.execute(
        select(_messages.state, _messages.held_for, func.count())
        .where(tables.UNFINISHED)
        .group_by(_messages.state, _messages.held_for)
    )
    messages: dict[str, int] = {}
    held: dict[str, int] = {}
    for state, reason, number in rows:
        messages[state] = messages.get(state, 0) + number
        if state == "held":
            held[reason] = held.get(reason, 0) + number
    return Figures(
        unscanned=load_unscanned(connection, now, last_scan_at),
        due_messages=load_due_messages(connection, now),
        messages=messages,
        held=held,
        put_offs=_count(connection, tables.put_offs),
        last_scan_at=last_scan_at,
        closed_relays=len(closed_relays(connection)),
        standstill=standstill_of(service),
        dead_addresses=_count(connection, tables.dead_addresses),
    )


def newest_ids(connection: Connection) -> dict[str, int]:
    """The highest id of each of ``LOG_TABLES``, by name; 0 for an empty one."""
    return {
        table.name: connection.scalar(select(func.max(table.c.id))) or 0 for table in LOG_TABLES
    }


def tried_after(connection: Connection, mark: int) -> Sequence[Tried]:
    """The attempts with an id above *mark*."""
    rows = connection.execute(
        select(
            _attempts.id,
            _attempts.verdict,
            _attempts.phase,
            _attempts.code,
            _attempts.possible_duplicate,
            _attempts.started_at,
            _attempts.ended_at,
        ).where(_attempts.id > mark)
    )
    return [
        Tried(
            row.id,
            row.verdict,
            row.phase,
            row.code,
            row.possible_duplicate,
            (row.ended_at - row.started_at).total_seconds() if row.ended_at else None,
        )
        for row in rows
    ]


def answered_after(connection: Connection, mark: int) -> Sequence[Happened]:
    """The answers with an id above *mark*, by what they say."""
    responses = tables.responses.c
    rows = connection.execute(select(responses.id, responses.action).where(responses.id > mark))
    return [Happened(row.id, row.action) for row in rows]


def happened_after(connection: Connection, mark: int) -> Sequence[Happened]:
    """The events with an id above *mark*, by kind."""
    events = tables.events.c
    rows = connection.execute(select(events.id, events.kind).where(events.id > mark))
    return [Happened(row.id, row.kind) for row in rows]


def _count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()
