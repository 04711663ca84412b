"""Inbound mails: each stored before anything comes of it, and settled once.

Each function is one step of a transaction that the caller commits.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, select, update

from reminder.errors import NotFound
from reminder.storage import tables
from reminder.storage.dialect import insert_new
from reminder.storage.events import add_event

_inbound = tables.inbound
KEPT_FOR = timedelta(days=30)
"""How long the mail itself is kept (reliability 4.5); what came of it stays on record."""


class State(StrEnum):
    """Where an inbound mail stands."""

    STORED = "stored"
    DONE = "done"
    PERSON = "person"
    """A person should read it."""
    QUARANTINED = "quarantined"
    """It could not be read or handled."""


FOR_PERSONS = (State.PERSON, State.QUARANTINED)


@dataclass(frozen=True, slots=True)
class StoredMail:
    """A mail that waits to be read."""

    id: int
    source: str
    received_at: datetime
    raw: bytes
    attempts: int
    detail: str


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of a mail."""

    state: State
    result: str
    """In one word."""
    detail: str = ""
    """The same for a person, in a line; may hold addresses."""
    kind: str = ""
    sender: str = ""
    subject: str = ""
    header_id: str = ""
    message_id: str = ""
    """Our message that it is about; empty where it is about none that we know."""


@dataclass(frozen=True, slots=True)
class InboundRow:
    """A mail as a person sees it in a list."""

    id: int
    received_at: datetime
    state: str
    kind: str
    sender: str
    subject: str
    message_id: str
    result: str
    detail: str
    recipient: str | None
    """Whom our message was for; None where it is about none."""


def add_arrived(
    connection: Connection,
    source: str,
    key: str,
    raw: bytes | None,
    now: datetime,
    trouble: str = "",
) -> bool:
    """Store a mail as it came; False where it is there already, under this key or as a mail of
    the very same bytes. With *trouble* it is not to be read as a whole."""
    digest = hashlib.sha256(raw or b"").hexdigest()
    values: dict[str, object] = {
        "source": source,
        "source_key": key,
        "sha256": digest,
        "received_at": now,
        "state": State.STORED.value,
        "raw": raw,
    }
    if trouble:
        values["detail"] = trouble
    seen = exists().where(_inbound.c.sha256 == digest)
    is_again = raw is not None and bool(connection.scalar(select(seen)))
    if raw is None:
        values |= {"state": State.QUARANTINED.value, "result": trouble, "acted_at": now}
    elif is_again:
        # A mailbox that was made anew counts its mails anew (UIDVALIDITY).
        values |= {"state": State.DONE.value, "result": "seen_before", "acted_at": now, "raw": None}
    added = connection.execute(insert_new(connection, _inbound).returning(_inbound.c.id), values)
    return added.first() is not None and not is_again


def last_key(connection: Connection, source: str) -> str:
    """The key of that source that was stored last; empty where none was."""
    query = select(_inbound.c.source_key).where(_inbound.c.source == source)
    return connection.scalar(query.order_by(_inbound.c.id.desc()).limit(1)) or ""


def ids_to_read(connection: Connection, most: int) -> Sequence[int]:
    """The mails that nothing has come of yet, the oldest first."""
    query = select(_inbound.c.id).where(tables.TO_READ).order_by(_inbound.c.id).limit(most)
    return connection.execute(query).scalars().all()


def load_stored(connection: Connection, id_: int) -> StoredMail | None:
    """A mail that waits to be read; None where another has settled it."""
    query = select(*(_inbound.c[name] for name in StoredMail.__slots__)).where(_inbound.c.id == id_)
    row = connection.execute(query.where(tables.TO_READ)).one_or_none()
    return StoredMail(*row) if row is not None else None


def hold(connection: Connection, id_: int) -> bool:
    """Keep a mail from being settled by others; False where another has done so or is at it."""
    mine = select(_inbound.c.id).where(_inbound.c.id == id_, tables.TO_READ)
    return connection.execute(mine.with_for_update(skip_locked=True)).first() is not None


def settle(connection: Connection, id_: int, settled: Settled, now: datetime) -> None:
    """Put on record what came of a mail, with the changes that it brought."""
    values = {name: getattr(settled, name) for name in Settled.__slots__}
    values["state"] = settled.state.value
    connection.execute(update(_inbound).where(_inbound.c.id == id_).values(acted_at=now, **values))


def count_failure(connection: Connection, id_: int, error: str, most: int, now: datetime) -> bool:
    """Note that handling a mail raised; after *most* times it is left to a person. True then."""
    mine = _inbound.c.id == id_, tables.TO_READ
    attempts = connection.scalar(
        update(_inbound)
        .where(*mine)
        .values(attempts=_inbound.c.attempts + 1, detail=error)
        .returning(_inbound.c.attempts)
    )
    if attempts is None or attempts < most:
        return False
    connection.execute(
        update(_inbound)
        .where(*mine)
        .values(state=State.QUARANTINED.value, result="failed", acted_at=now)
    )
    return True


def is_known_elsewhere(connection: Connection, mail: StoredMail, place: str, header: str) -> bool:
    """Whether a mail of that Message-ID came before from a source that begins with *place*, under
    another counting of its mails: the mailbox was made anew, and the mail changed on the way."""
    is_other = _of_another_counting(mail.source, place)
    same = and_(is_other, _inbound.c.header_id == header, _inbound.c.id < mail.id)
    return connection.execute(select(_inbound.c.id).where(same).limit(1)).first() is not None


def is_settled_so(
    connection: Connection, message_id: str, header: str, results: Collection[str]
) -> bool:
    """Whether a mail about that message of ours, of that Message-ID, came to one of *results*."""
    same = and_(
        _inbound.c.message_id == message_id,
        _inbound.c.header_id == header,
        _inbound.c.result.in_(results),
    )
    return connection.execute(select(_inbound.c.id).where(same).limit(1)).first() is not None


def has_other_counting(connection: Connection, source: str, place: str) -> bool:
    """Whether mails of that mailbox are stored under another counting than *source*."""
    other = select(_inbound.c.id).where(_of_another_counting(source, place)).limit(1)
    return connection.execute(other).first() is not None


def _of_another_counting(source: str, place: str) -> ColumnElement[bool]:
    return and_(_inbound.c.source != source, _inbound.c.source.startswith(place, autoescape=True))


def count_for_person(connection: Connection, message_id: str) -> int:
    """How many mails about that message of ours, or with "" about none, wait for a person."""
    query = (
        select(func.count())
        .select_from(_inbound)
        .where(_inbound.c.message_id == message_id, tables.FOR_A_PERSON)
    )
    return connection.scalar(query) or 0


def load_for_person(
    connection: Connection, most: int | None = None, *states: State
) -> list[InboundRow]:
    """What a person should look at, the latest first: mails to read, and those set aside."""
    wanted = [state.value for state in states or FOR_PERSONS]
    query = _listed().where(_inbound.c.state.in_(wanted))
    return [InboundRow(*row) for row in connection.execute(query.limit(most))]


def _listed(*more: ColumnElement[Any]) -> Select[Any]:
    messages = tables.messages
    names = [name for name in InboundRow.__slots__ if name != "recipient"]
    return (
        select(*(_inbound.c[name] for name in names), messages.c.recipient, *more)
        .outerjoin(messages, messages.c.message_id == _inbound.c.message_id)
        .order_by(_inbound.c.id.desc())
    )


def count_for_persons(connection: Connection) -> dict[str, int]:
    """How many mails are to be looked at by a person, by state."""
    rows = connection.execute(
        select(_inbound.c.state, func.count())
        .where(_inbound.c.state.in_(FOR_PERSONS))
        .group_by(_inbound.c.state)
    )
    return {row[0]: row[1] for row in rows}


def load_one(connection: Connection, id_: int) -> tuple[InboundRow, bytes | None]:
    """A mail and its bytes, as long as these are kept; NotFound where there is none."""
    row = connection.execute(_listed(_inbound.c.raw).where(_inbound.c.id == id_)).one_or_none()
    if row is None:
        raise NotFound(f"There is no inbound mail {id_}; see reminder inbox.")
    *shown, raw = row
    return InboundRow(*shown), raw


def mark_done(connection: Connection, id_: int, now: datetime, actor: str) -> bool:
    """A person has dealt with it; False where nobody needed to."""
    done = connection.execute(
        update(_inbound)
        .where(
            _inbound.c.id == id_,
            _inbound.c.state.in_(FOR_PERSONS),
        )
        .values(state=State.DONE.value, acted_at=now)
    )
    if done.rowcount != 1:
        return False
    add_event(connection, now, "inbound_done", {"inbound": id_}, actor=actor)
    return True


def drop_old(connection: Connection, before: datetime, most: int) -> int:
    """Forget the text of mails that came before that instant, some of them; how many."""
    old = (
        select(_inbound.c.id)
        .where(_inbound.c.received_at < before, _inbound.c.raw.is_not(None))
        .where(_inbound.c.state != State.STORED.value)
        .order_by(_inbound.c.id)
        .limit(most)
    )
    ids = connection.execute(old).scalars().all()
    if ids:
        connection.execute(update(_inbound).where(_inbound.c.id.in_(ids)).values(raw=None))
    return len(ids)
