"""The journal of events: one line for everything that changed or was sent, only ever added to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, insert

from reminder.storage import tables

_INSERT = insert(tables.events)


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
    connection.execute(
        _INSERT,
        {
            "at": at,
            "kind": kind,
            "actor": actor,
            "agreement": agreement,
            "message_id": message_id,
            "data": json.dumps(data),
        },
    )
