"""Digests: which were made last, when to look again, and the daily one's number.

The service's own values hold it. Each function is one step of a transaction that the caller
commits.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection, select

from reminder.storage import tables
from reminder.storage.chunks import chunks
from reminder.storage.planning import read_service, write_service

STATE, GATE, MADE = "digests", "digest_gate", "digest"
"""Two of the service's values, and the event that a digest was made."""
_service, _messages, _events = tables.service, tables.messages, tables.events


@dataclass(frozen=True, slots=True)
class DigestState:
    """The digests that were made last."""

    number: int = 0
    """Of the last daily digest; the first one has 1."""
    daily: str | None = None
    """The day of that digest; None before the first one."""
    daily_at: datetime | None = None
    seen: int = 0
    """The last line of the journal that it tells of."""
    done: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """The last period that was finished, by rhythm and time zone."""

    def last(self, rhythm: str, zone: str) -> str | None:
        """The last period finished in that zone; None where none ever was."""
        return self.done.get(rhythm, {}).get(zone)


def read_state(connection: Connection, *, lock: bool = False) -> DigestState:
    """What is stored; with *lock* nobody else changes it before this transaction ends."""
    query = select(_service.c.value).where(_service.c.name == STATE)
    value = connection.scalar(query.with_for_update() if lock else query)
    if value is None:
        return DigestState()
    found = json.loads(value)
    at = found.get("daily_at")
    return DigestState(
        number=found.get("number", 0),
        daily=found.get("daily"),
        daily_at=datetime.fromisoformat(at) if at else None,
        seen=found.get("seen", 0),
        done=found.get("done", {}),
    )


def write_state(connection: Connection, state: DigestState) -> None:
    """Put it in the place of what was stored."""
    value = {
        "number": state.number,
        "daily": state.daily,
        "daily_at": state.daily_at.isoformat() if state.daily_at else None,
        "seen": state.seen,
        "done": {rhythm: dict(zones) for rhythm, zones in state.done.items()},
    }
    write_service(connection, **{STATE: json.dumps(value, sort_keys=True)})


def mark_done(connection: Connection, rhythm: str, periods: Mapping[str, str]) -> None:
    """Note the *periods* that are finished, by zone; what another has noted meanwhile stays."""
    state = read_state(connection, lock=True)
    before = state.done.get(rhythm, {})
    zones = {zone: max(before.get(zone, ""), periods.get(zone, "")) for zone in {*before, *periods}}
    write_state(connection, replace(state, done={**state.done, rhythm: zones}))


def is_closed(connection: Connection, terms: str, now: datetime) -> bool:
    """Whether nothing can be due yet by those *terms*: one read, all that an idle tick costs."""
    try:
        gate = json.loads(read_service(connection, GATE)[GATE])
        return bool(gate["terms"] == terms and now < datetime.fromisoformat(gate["until"]))
    except (KeyError, TypeError, ValueError):  # never looked, or nothing that we wrote
        return False


def close_until(connection: Connection, terms: str, until: datetime) -> None:
    """Have nobody look before *until*, unless the terms change."""
    write_service(connection, **{GATE: json.dumps({"terms": terms, "until": until.isoformat()})})


def known_ids(connection: Connection, message_ids: Sequence[str]) -> set[str]:
    """Those messages that are stored already."""
    found: set[str] = set()
    for some in chunks(message_ids):
        query = select(_messages.c.message_id).where(_messages.c.message_id.in_(some))
        found.update(connection.scalars(query))
    return found


def was_restored_since(connection: Connection, since: datetime) -> bool:
    """Whether a backup was put in the database's place: what was sent before may be forgotten."""
    query = select(_events.c.id).where(_events.c.at >= since, _events.c.kind == "restored")
    return connection.execute(query.limit(1)).first() is not None
