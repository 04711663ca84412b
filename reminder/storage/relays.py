"""Relays: their breakers, and what was handed over lately. Limits only ever delay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, func, select, update

from reminder.breaker import Breaker
from reminder.storage import tables
from reminder.storage.dialect import insert_new
from reminder.storage.events import add_event

_relays, _messages, _attempts = tables.relays, tables.messages, tables.attempts
_IN_FLIGHT = _messages.c.state.in_(("claimed", "sending"))
_NOT_HANDED = ("relay", "fenced")


def load_breaker(connection: Connection, relay: str) -> Breaker:
    """The breaker of *relay*; on PostgreSQL other claims wait until this one has ended."""
    row = connection.execute(
        select(_relays.c.faults, _relays.c.closed_until)
        .where(_relays.c.relay == relay)
        .with_for_update()
    ).first()
    return Breaker(*row) if row is not None else Breaker()


def save_breaker(
    connection: Connection, relay: str, breaker: Breaker, now: datetime, text: str | None = None
) -> None:
    """Store a breaker; *text* is the last fault in words, None to keep what is there."""
    values: dict[str, object] = {
        "faults": breaker.faults,
        "closed_until": breaker.closed_until,
        "changed_at": now,
    }
    if text is not None:
        values["text"] = text
    stored = connection.execute(update(_relays).where(_relays.c.relay == relay).values(values))
    if stored.rowcount == 0:
        connection.execute(insert_new(connection, _relays), {"relay": relay, **values})


def note_fault(
    connection: Connection,
    relay: str,
    text: str,
    now: datetime,
    *,
    is_probe: bool,
    is_certain: bool,
) -> Breaker:
    """Count one fault of the relay's own; it may open the breaker."""
    before = load_breaker(connection, relay)
    after = before.after_fault(now, is_probe=is_probe, is_certain=is_certain)
    if after != before:
        save_breaker(connection, relay, after, now, text)
        if after.is_open and not before.is_open:
            add_event(connection, now, "relay_closed", {"relay": relay, "text": text})
    return after


def note_success(connection: Connection, relay: str, now: datetime) -> bool:
    """The relay takes mail: its faults are over. Whether the breaker had been open.

    What waited for the relay alone is due again now, so that the nearest due date goes
    first and not whatever was tried last.
    """
    before = load_breaker(connection, relay)
    if not before.faults:
        return False
    save_breaker(connection, relay, Breaker(), now, "")
    if not before.is_open:
        return False
    connection.execute(
        update(_messages)
        .where(
            tables.UNFINISHED,
            _messages.c.state.in_(("pending", "deferred")),
            _messages.c.relay_faults > 0,
        )
        .values(next_try_at=now)
    )
    add_event(connection, now, "relay_opened", {"relay": relay, "faults": before.faults})
    return True


def handed_since(connection: Connection, since: datetime) -> int:
    """How many mails were handed to the relay after *since*, those under way included."""
    tried = connection.execute(
        select(func.count())
        .select_from(_attempts)
        .where(_attempts.c.started_at > since, _attempts.c.verdict.not_in(_NOT_HANDED))
    ).scalar_one()
    under_way = connection.execute(
        select(func.count()).select_from(_messages).where(tables.UNFINISHED, _IN_FLIGHT)
    ).scalar_one()
    return tried + under_way


def handed_to(
    connection: Connection, recipients: Sequence[str], since: datetime, but_not: str, now: datetime
) -> Mapping[str, list[datetime]]:
    """The instants after *since* at which each recipient was sent a mail.

    Mails under way count as of *now*, save those of the lease *but_not*. Mails without a
    verdict may have arrived, so they count too.
    """
    found: dict[str, list[datetime]] = {}
    sent = select(_messages.c.recipient, _messages.c.sent_at).where(
        _messages.c.recipient.in_(recipients), _messages.c.sent_at > since
    )
    for recipient, sent_at in connection.execute(sent):
        found.setdefault(recipient, []).append(sent_at)
    under_way = select(_messages.c.recipient).where(
        tables.UNFINISHED,
        _messages.c.state.in_(("claimed", "sending", "uncertain")),
        _messages.c.recipient.in_(recipients),
        func.coalesce(_messages.c.lease_token, "") != but_not,
    )
    for recipient in connection.execute(under_way).scalars():
        found.setdefault(recipient, []).append(now)
    return found
