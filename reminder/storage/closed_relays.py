"""Relays that cannot be used now, since when and why."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from reminder.breaker import OPENS_AT
from reminder.storage import tables

LOOKED_BACK = timedelta(days=30)
"""A relay that has been down for longer is shown as closed since its last fault."""


@dataclass(frozen=True, slots=True)
class ClosedRelay:
    """A relay whose breaker is open."""

    relay: str
    faults: int
    """In a row."""
    since: datetime
    next_try_at: datetime | None
    text: str
    """The last fault in words."""


def closed_relays(connection: Connection) -> list[ClosedRelay]:
    """The relays whose breaker is open, by name."""
    relays = tables.relays.c
    rows = connection.execute(
        select(relays.relay, relays.faults, relays.changed_at, relays.closed_until, relays.text)
        .where(relays.faults >= OPENS_AT)
        .order_by(relays.relay)
    ).all()
    return [
        ClosedRelay(
            relay=row.relay,
            faults=row.faults,
            since=_closed_at(connection, row.relay, row.changed_at) or row.changed_at,
            next_try_at=row.closed_until,
            text=row.text,
        )
        for row in rows
    ]


def _closed_at(connection: Connection, relay: str, changed_at: datetime) -> datetime | None:
    """When the breaker opened; each fault since then has changed the relay's own row.

    Read backwards in the order of the index on ``at``, and not through years of events.
    """
    events = tables.events.c
    return connection.scalar(
        select(events.at)
        .where(
            events.kind == "relay_closed",
            events.at.between(changed_at - LOOKED_BACK, changed_at),
            events.data.contains(json.dumps(relay), autoescape=True),
        )
        .order_by(events.at.desc())
        .limit(1)
    )
