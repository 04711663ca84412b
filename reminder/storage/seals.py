"""Seals: a chain of hashes over the journal of events, so that a change to an old line shows.

Seal number n holds the SHA-256 over the hash of seal n-1 and the whole event (``sealed_hash``).
Events are sealed after their commit, so that who writes them never waits for it. Each function
is one step of a transaction that the caller commits.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from sqlalchemy import ColumnElement, Connection, Text, exists, func, insert, select, type_coerce

from reminder.errors import DatabaseError
from reminder.storage import tables
from reminder.storage.planning import read_service, write_service

START = "0" * 64
"""What stands for the hash before the first seal."""
BATCH = 1000
"""Events in one transaction: on SQLite nobody else writes meanwhile, some 20 ms."""
SETTLED_AFTER = timedelta(hours=1)
"""No transaction that writes events lasts longer: an id that is absent then was rolled back."""

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_SEAL_LOCK = 7_205_759_403_792_795  # any constant; names our advisory lock in PostgreSQL
_events, _seals = tables.events, tables.seals


@dataclass(frozen=True, slots=True)
class Head:
    """The last seal of a chain."""

    number: int
    hash: str
    at: datetime | None = None
    """When it was made; unknown where an admin wrote number and hash down."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Where the search for events without a seal begins, so that it need not read all of them."""

    event_id: int = 0
    """Every event up to this one is sealed."""
    seen_id: int = 0
    seen_at: datetime = _LONG_AGO
    """Every event up to ``seen_id`` that was committed at that instant is sealed."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one call sealed: how many events, and the highest id among them."""

    count: int
    last_id: int


def sealed_hash(before: str, event: Sequence[object]) -> str:
    """The hash of the seal of *event*, a row of ``event_columns``, after the hash *before*.

    Over JSON in ASCII without blanks, anything else as ``\\uXXXX``: [before, id, at, kind, actor,
    agreement, deadline_id, message_id, data]. ``at`` is in UTC with microseconds
    (2026-03-02 02:00:00.000000), ``data`` the text as stored, and absent values are null.
    """
    # A row that was edited by hand may hold what JSON cannot, such as bytes.
    line = json.dumps([before, *event], separators=(",", ":"), default=repr)
    return sha256(line.encode("ascii")).hexdigest()


def event_columns(connection: Connection) -> list[ColumnElement[object]]:
    """The columns of an event in the order and the form in which they are sealed.

    The instant is read as text: one that was made unreadable by hand must be named, not raise.
    """
    events = _events.c
    at: ColumnElement[object]
    if connection.dialect.name == "sqlite":
        at = type_coerce(events.at, Text)
    else:
        at = func.to_char(func.timezone("UTC", events.at), "YYYY-MM-DD HH24:MI:SS.US", type_=Text)
    return [
        events.id,
        at.label("at"),
        events.kind,
        events.actor,
        events.agreement,
        events.deadline_id,
        events.message_id,
        events.data,
    ]


def has_unsealed(connection: Connection, after: int | None = None) -> bool:
    """Whether an event waits for its seal, with an id above *after* or anywhere."""
    start = _read_mark(connection).event_id if after is None else after
    # In order, so that PostgreSQL takes the index even where it knows nothing of the table yet.
    first = select(_events.c.id).where(*_unsealed(start)).order_by(_events.c.id).limit(1)
    return connection.scalar(first) is not None


def seal_batch(connection: Connection, now: datetime, after: int | None = None) -> Batch | None:
    """Seal the next events without a seal, in the order of their ids; None if there is none.

    *after* is the last id of the batch before in the same run, None for the first one. On
    PostgreSQL ids are not given in the order of commits: an event that becomes visible behind
    a later one is found by the next run, and gets a later number.
    """
    _lock(connection)
    mark = _read_mark(connection)
    start = mark.event_id if after is None else after
    rows = connection.execute(
        select(*event_columns(connection))
        .where(*_unsealed(start))
        .order_by(_events.c.id)
        .limit(BATCH)
    ).all()
    if not rows:
        return None
    head = _end_of_chain(connection)
    number, before = head.number, head.hash
    seals = []
    for row in rows:
        number, before = number + 1, sealed_hash(before, row)
        seals.append({"number": number, "event_id": row.id, "hash": before})
    connection.execute(insert(_seals), seals)
    last_id = rows[-1].id
    _write_marks(connection, Head(number, before, now), _moved(connection, mark, last_id, now))
    return Batch(len(rows), last_id)


def read_head(connection: Connection) -> Head | None:
    """The head as the service noted it with the last seal; None before the first."""
    stored = read_service(connection, "seal_head").get("seal_head")
    if not stored:
        return None
    try:
        value = json.loads(stored)
        return Head(int(value["number"]), str(value["hash"]), datetime.fromisoformat(value["at"]))
    except (ValueError, KeyError, TypeError) as error:
        raise DatabaseError(
            f"the value seal_head in the table service cannot be read ({stored[:100]}): "
            "it was changed by hand; take it from a backup"
        ) from error


def mark_earlier(connection: Connection, at: datetime) -> None:
    """A mark of later than *at*, as a wrong clock leaves it, counts as of *at*.

    Until its time came again no gap would count as settled, and each run would search from there.
    """
    _lock(connection)
    mark = _read_mark(connection)
    if mark.seen_at > at:
        _write_mark(connection, replace(mark, seen_at=at))


def _lock(connection: Connection) -> None:
    """Have one sealer at a time; on SQLite the one writer is."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_SEAL_LOCK)))


def _unsealed(start: int) -> tuple[ColumnElement[bool], ...]:
    sealed = exists().where(
        _seals.c.event_id == _events.c.id,
        _seals.c.event_id > start,  # follows from the other; PostgreSQL would read all seals
    )
    return _events.c.id > start, ~sealed


def _end_of_chain(connection: Connection) -> Head:
    """Where to go on: at the head as noted, even if the seals before it were removed.

    To go on at the last seal that is left would close the gap, and nobody would find it.
    """
    noted = read_head(connection) or Head(0, START)
    last = connection.execute(
        select(_seals.c.number, _seals.c.hash).order_by(_seals.c.number.desc()).limit(1)
    ).first()
    return noted if last is None or last.number <= noted.number else Head(last.number, last.hash)


def _moved(connection: Connection, mark: Mark, last_id: int, now: datetime) -> Mark:
    """The mark after a batch up to *last_id*: past old gaps, then on to the first new one."""
    event_id, seen_id, seen_at = mark.event_id, mark.seen_id, mark.seen_at
    if last_id >= seen_id and now - seen_at >= SETTLED_AFTER:
        event_id, seen_id, seen_at = max(event_id, seen_id), last_id, now
    return Mark(_last_before_gap(connection, event_id), seen_id, seen_at)


def _last_before_gap(connection: Connection, event_id: int) -> int:
    """The last of the sealed ids that follow *event_id* one by one, *event_id* if none does."""
    following = _seals.alias()
    is_followed = exists().where(following.c.event_id == _seals.c.event_id + 1)
    ids = select(_seals.c.event_id).order_by(_seals.c.event_id).limit(1)
    if connection.scalar(ids.where(_seals.c.event_id == event_id + 1)) is None:
        return event_id
    last: int = connection.scalars(ids.where(_seals.c.event_id > event_id, ~is_followed)).one()
    return last


def _read_mark(connection: Connection) -> Mark:
    stored = read_service(connection, "seal_mark").get("seal_mark")
    if not stored:
        return Mark()
    value = json.loads(stored)
    return Mark(value["event_id"], value["seen_id"], datetime.fromisoformat(value["seen_at"]))


def _write_marks(connection: Connection, head: Head, mark: Mark) -> None:
    write_service(connection, seal_head=_json(head))
    _write_mark(connection, mark)


def _write_mark(connection: Connection, mark: Mark) -> None:
    write_service(connection, seal_mark=_json(mark))


def _json(value: Head | Mark) -> str:
    return json.dumps(asdict(value), default=datetime.isoformat)
