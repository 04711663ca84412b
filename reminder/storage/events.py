"""The journal of events: one line for everything that changed or was sent, only ever added to."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from reminder.storage import tables
from reminder.storage.rows import insert_rows

if TYPE_CHECKING:
    from sqlalchemy import Connection

_INSERT = insert_rows(tables.events, ("at", "kind", "actor", "agreement", "message_id", "data"))


def event_row(
    at: datetime,
    kind: str,
    data: Mapping[str, object],
    *,
    message_id: str | None = None,
    agreement: str = "",
    actor: str = "",
) -> dict[str, object]:
    """One line as ``insert_events`` takes it."""
    return {
        "at": at,
        "kind": kind,
        "actor": actor,
        "agreement": agreement,
        "message_id": message_id,
        "data": json.dumps(data),
    }


def insert_events(connection: Connection, rows: Sequence[Mapping[str, object]]) -> None:
    """Write lines together; they commit or go with the changes that they tell of."""
    _INSERT.execute(connection, rows)


def add_event(
    connection: Connection,
    at: datetime,
    kind: str,
    data: Mapping[str, object],
    *,
    message_id: str | None = None,
    agreement: str = "",
    actor: str = "",
) -> None:
    """Write one line; it commits or goes with the change that it tells of."""
    row = event_row(at, kind, data, message_id=message_id, agreement=agreement, actor=actor)
    insert_events(connection, [row])


def add_events(
    connection: Connection,
    kind: str,
    actor: str,
    at: datetime,
    entries: Iterable[tuple[str, Mapping[str, object]]],
) -> None:
    """Write a line for each of *entries*: the agreement, or "" for none, and what happened."""
    insert_events(
        connection,
        [
            {
                "at": at,
                "kind": kind,
                "actor": actor,
                "agreement": agreement,
                "message_id": None,
                "data": json.dumps(data, ensure_ascii=False),
            }
            for agreement, data in entries
        ],
    )
