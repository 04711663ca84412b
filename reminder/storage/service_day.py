"""A day of the service: what was sent and what was not, what waits, and what is to come.

Reads, never writes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from reminder.storage import tables
from reminder.storage.leases import HeldFor
from reminder.summaries import Delivered, Overdue, ServiceFinding

DAYS_AHEAD = 7
EXAMPLES = 3
_deadlines, _messages, _events = tables.deadlines, tables.messages, tables.events
_agreements, _follow_ups = tables.agreements, tables.follow_ups
_KINDS = {
    "sent": "sent",
    "assumed_sent": "sent",
    "deferred": "deferred",
    "failed": "failed",
    "uncertain": "uncertain",
    "held": "held",
    "bounced": "bounced",
    "relay_fault": "relay_faults",
    "relay": "relay_faults",
}
"""The events, and the verdicts of those that say one, each with the figure that it counts in."""


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of the journal after one, up to another; instants can be the same for several."""

    after: int
    until: int

    @property
    def condition(self) -> ColumnElement[bool]:
        """These lines and no others."""
        return and_(_events.c.id > self.after, _events.c.id <= self.until)


def last_line(connection: Connection) -> int:
    """The number of the journal's last line; 0 where it is empty."""
    return connection.scalar(select(func.max(_events.c.id))) or 0


def delivered_between(connection: Connection, lines: Lines, since: datetime) -> Delivered:
    """What became of messages since then, as those *lines* of the journal have it.

    A message that met the same fate twice counts once.
    """
    rows = connection.execute(
        select(_events.c.kind, _events.c.message_id, _events.c.data)
        .where(lines.condition, _events.c.kind.in_((*_KINDS, "replayed")))
        .distinct()
    )
    met: dict[str, set[str | None]] = {name: set() for name in _KINDS.values()}
    for kind, message_id, data in rows:
        # A verdict that only the outcome journal knew says in its line what it was.
        name = _KINDS.get(str(json.loads(data).get("verdict")) if kind == "replayed" else kind)
        if name is not None:
            met[name].add(message_id)
    counts = {name: len(ids) for name, ids in met.items()}
    counts["held"] += _held_by_storm(connection, since)
    return Delivered(**counts)


def _held_by_storm(connection: Connection, since: datetime) -> int:
    """Messages of a storm are held as they are made, and have no line each."""
    return (
        connection.scalar(
            select(func.count())
            .select_from(_messages)
            .where(
                tables.UNFINISHED,
                _messages.c.held_for == HeldFor.STORM.value,
                _messages.c.created_at >= since,
            )
        )
        or 0
    )


def count_waiting(connection: Connection) -> dict[str, int]:
    """The messages that are not finished, by state."""
    rows = connection.execute(
        select(_messages.c.state, func.count())
        .where(tables.UNFINISHED)
        .group_by(_messages.c.state)
        .order_by(_messages.c.state)
    )
    return {row[0]: row[1] for row in rows}


def load_overdue(connection: Connection, today: date, most: int) -> tuple[tuple[Overdue, ...], int]:
    """The longest overdue that nobody has acknowledged, and how many there are."""
    conditions = (
        _deadlines.c.status == "open",
        _deadlines.c.kind != "finding",
        _deadlines.c.silent_reason == "",
        _deadlines.c.due_last_on < today,
        or_(_deadlines.c.acknowledged_until.is_(None), _deadlines.c.acknowledged_until <= today),
    )
    number = connection.scalar(select(func.count()).select_from(_deadlines).where(*conditions))
    rows = connection.execute(
        select(
            _deadlines.c.agreement,
            func.coalesce(_agreements.c.title, _follow_ups.c.text, ""),
            *(_deadlines.c[name] for name in ("kind", "key", "due_last_on")),
        )
        .outerjoin(_agreements, _agreements.c.ref == _deadlines.c.agreement)
        .outerjoin(_follow_ups, _follow_ups.c.id == _deadlines.c.key)
        .where(*conditions)
        .order_by(_deadlines.c.due_last_on, _deadlines.c.id)
        .limit(most)
    )
    return tuple(
        Overdue(agreement or key, title, kind, key, due)
        for agreement, title, kind, key, due in rows
    ), number or 0


def count_ahead(connection: Connection, today: date) -> tuple[tuple[date, int], ...]:
    """How many matters are told on each of the next seven days on which any is."""
    rows = connection.execute(
        select(_deadlines.c.next_on, func.count())
        .where(
            _deadlines.c.status == "open",
            _deadlines.c.silent_reason == "",
            _deadlines.c.next_on > today,
            _deadlines.c.next_on <= today + timedelta(days=DAYS_AHEAD),
        )
        .group_by(_deadlines.c.next_on)
        .order_by(_deadlines.c.next_on)
    )
    return tuple((row[0], row[1]) for row in rows)


def open_service_findings(connection: Connection, codes: Sequence[str]) -> list[ServiceFinding]:
    """The open findings of those codes, each with the first few agreements."""
    found: list[ServiceFinding] = []
    for code in codes:
        conditions = (
            _deadlines.c.kind == "finding", _deadlines.c.key == code, _deadlines.c.status == "open",
        )  # fmt: skip
        number = connection.scalar(select(func.count()).select_from(_deadlines).where(*conditions))
        if number:
            refs = connection.scalars(
                select(_deadlines.c.agreement)
                .where(*conditions)
                .order_by(_deadlines.c.agreement)
                .limit(EXAMPLES)
            )
            found.append(ServiceFinding(code.lower(), number, tuple(refs)))
    return found


def came_back(connection: Connection, lines: Lines) -> ServiceFinding | None:
    """The messages that came back by those *lines* of the journal, and why; None for none."""
    rows = connection.execute(
        select(_messages.c.recipient, _events.c.data)
        .join(_messages, _messages.c.message_id == _events.c.message_id)
        .where(lines.condition, _events.c.kind == "bounced")
        .order_by(_events.c.id.desc())
    ).all()
    if not rows:
        return None
    named = [f"{to} ({json.loads(data).get('reason', '')})" for to, data in rows[:EXAMPLES]]
    return ServiceFinding("returned", len(rows), tuple(named))


def template_failures(connection: Connection, lines: Lines) -> ServiceFinding | None:
    """The templates that failed by those *lines* of the journal; None where none did."""
    found = connection.scalars(
        select(_events.c.data)
        .where(lines.condition, _events.c.kind == "template_failed")
        .order_by(_events.c.id)
    )
    errors = list(dict.fromkeys(str(json.loads(data).get("error", "")) for data in found))
    return ServiceFinding("template", len(errors), tuple(errors[:EXAMPLES])) if errors else None
