"""Replaying: verdicts that a worker knew and the database does not are put on record.

The worker died, or the database did, between the relay's reply and the commit; or the
database was restored and has forgotten what it knew. Each function is one step of a
transaction that the caller commits. To run them twice changes nothing the second time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, func, literal, select, update

from reminder.storage import tables
from reminder.storage.chunks import chunks
from reminder.storage.events import add_event
from reminder.storage.leases import NO_LEASE
from reminder.storage.verdicts import Result, add_attempt

_messages, _attempts, _events = tables.messages, tables.attempts, tables.events

_FORGOTTEN = frozenset({"pending", "deferred", "claimed", "uncertain", "held"})
"""States that a database may be in which does not know that the mail is sent, or failed."""
_NO_MESSAGE = "the database does not know this message; the mail did go to the relay"


@dataclass(frozen=True, slots=True)
class KnownVerdict:
    """One attempt that went as far as the dot, as its worker knew it."""

    message_id: str
    token: str
    """Of the lease under which it was sent."""
    possible_duplicate: bool
    intent_at: datetime
    """With the message's id, this names the attempt."""
    result: Result


def unrecorded(
    connection: Connection, known: Sequence[KnownVerdict], since: datetime
) -> list[KnownVerdict]:
    """Those of *known* that the database has no verdict of, in the same order.

    *since* is when the oldest of them ended.
    """
    recorded: set[tuple[str, datetime]] = set()
    strangers: set[str] = set()
    for some in chunks(sorted({one.message_id for one in known})):
        recorded |= _verdicts(connection, some)
        strangers |= _told_strangers(connection, some, since)
    return [
        one
        for one in known
        if (one.message_id, one.intent_at) not in recorded and one.message_id not in strangers
    ]


def replay_verdict(connection: Connection, known: KnownVerdict, now: datetime) -> str:
    """Put one verdict on record. Returns the state that its message is in afterwards.

    Empty where there is no such message: then an event alone tells of the mail.
    """
    message = connection.execute(
        select(_messages).where(_messages.c.message_id == known.message_id).with_for_update()
    ).first()
    if message is None:
        _add_event(connection, known, now, {"reason": _NO_MESSAGE})
        return ""
    state: str = message.state
    if (known.message_id, known.intent_at) in _verdicts(connection, [known.message_id]):
        return state
    was_doubted = _was_doubted(connection, known)
    if _decides(known, message, was_doubted=was_doubted):
        _change(connection, known, message, was_doubted=was_doubted)
        state = known.result.state
    add_attempt(connection, known.message_id, known.result, known.possible_duplicate)
    _add_event(connection, known, now, {"state": state, "was": message.state})
    return state


def _decides(known: KnownVerdict, message: Row[tuple[object, ...]], *, was_doubted: bool) -> bool:
    """Whether the verdict changes the message's state, or is only added to the record."""
    if message.state in ("claimed", "sending") and message.lease_token == known.token:
        return True  # as its worker would have recorded it
    if message.state == "uncertain" and was_doubted:
        return True  # this is the attempt that nobody knew the end of
    # Anything less than an end may be out of date: the message has gone on since. One that
    # another worker is sending right now gets its state from that worker.
    return message.state in _FORGOTTEN and known.result.state in ("sent", "failed")


def _change(
    connection: Connection,
    known: KnownVerdict,
    message: Row[tuple[object, ...]],
    *,
    was_doubted: bool,
) -> None:
    result = known.result
    is_fault = result.verdict == "relay"
    # A doubted attempt was counted when it came to be in doubt.
    more = int(result.is_counted and not was_doubted)
    first = literal(result.started_at if result.is_counted else None, tables.Instant())
    connection.execute(
        update(_messages)
        .where(_messages.c.message_id == known.message_id)
        .values(
            state=result.state,
            next_try_at=result.next_try_at,
            attempts=_messages.c.attempts + more,
            first_try_at=func.coalesce(_messages.c.first_try_at, first),
            sent_at=result.ended_at if result.state == "sent" else None,
            reason=result.reason,
            held_for=result.held_for,
            relay_faults=message.relay_faults + 1 if is_fault else 0,
            untold=result.state == "failed" and message.kind not in tables.WITHOUT_NOTICES,
            claims=0,
            **NO_LEASE,
        )
    )


def _verdicts(connection: Connection, ids: Sequence[str]) -> set[tuple[str, datetime]]:
    """The attempts of these messages that have a verdict, by message and intent."""
    rows = connection.execute(
        select(_attempts.c.message_id, _attempts.c.intent_at).where(
            _attempts.c.message_id.in_(ids),
            _attempts.c.intent_at.is_not(None),
            _attempts.c.verdict != "uncertain",
        )
    )
    return {(row.message_id, row.intent_at) for row in rows}


def _was_doubted(connection: Connection, known: KnownVerdict) -> bool:
    doubted = select(_attempts.c.id).where(
        _attempts.c.message_id == known.message_id,
        _attempts.c.intent_at == known.intent_at,
        _attempts.c.verdict == "uncertain",
    )
    return connection.execute(doubted).first() is not None


def _told_strangers(connection: Connection, ids: Sequence[str], since: datetime) -> set[str]:
    """Those messages that are not in the database, and of which an event tells already."""
    rows = connection.execute(
        select(_events.c.message_id)
        .outerjoin(_messages, _messages.c.message_id == _events.c.message_id)
        .where(
            _events.c.at >= since,
            _events.c.kind == "replayed",
            _events.c.message_id.in_(ids),
            _messages.c.message_id.is_(None),
        )
    )
    return set(rows.scalars())


def _add_event(
    connection: Connection, known: KnownVerdict, now: datetime, more: dict[str, object]
) -> None:
    result = known.result
    data = {
        "verdict": result.verdict,
        "phase": result.phase,
        "code": result.code,
        "possible_duplicate": known.possible_duplicate,
        "ended_at": result.ended_at.isoformat(),
    }
    told = select(tables.notices.c.agreement).where(tables.notices.c.message_id == known.message_id)
    refs = set(connection.execute(told).scalars())
    add_event(
        connection,
        now,
        "replayed",
        data | more,
        message_id=known.message_id,
        agreement=refs.pop() if len(refs) == 1 else "",
    )
