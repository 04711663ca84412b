"""Unsubscribed: who asked to get no more digests of a kind. Notices know nothing of it.

Each function is one step of a transaction that the caller commits.
"""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, select

from reminder.storage import tables
from reminder.storage.dialect import insert_new
from reminder.storage.events import add_event
from reminder.storage.grants import Grant

UNSUBSCRIBE = "unsub"
"""The purpose of the grants by which it is asked for; their subject is the digest's name."""
UNSUBSCRIBED = "unsubscribed"
"""The kind of the events about it."""

_grants, _messages, _table = tables.action_grants, tables.messages, tables.unsubscribed


def unsubscribed_from(connection: Connection, digest: str) -> set[str]:
    """Those who get no digest of that name, in the form of ``Recipient.identity``."""
    return set(connection.scalars(select(_table.c.recipient).where(_table.c.digest == digest)))


def is_unsubscribed(connection: Connection, recipient: str, digest: str) -> bool:
    """Whether that address gets no more of them."""
    query = select(_table.c.at).where(*_of(recipient, digest))
    return connection.execute(query).first() is not None


def stop_digest(
    connection: Connection, recipient: str, digest: str, via: str, now: datetime
) -> bool:
    """Send no more of them to that address, and write it into the journal; False where it is so
    already."""
    row = {"recipient": recipient.casefold(), "digest": digest, "at": now, "via": via}
    added = insert_new(connection, _table).returning(_table.c.recipient)
    if connection.execute(added, row).first() is None:
        return False
    _record(connection, recipient, digest, "stopped", via, now)
    return True


def resume_digest(
    connection: Connection, recipient: str, digest: str, via: str, now: datetime
) -> bool:
    """Send them again; False where they were never stopped."""
    gone = connection.execute(delete(_table).where(*_of(recipient, digest)))
    if not gone.rowcount:
        return False
    _record(connection, recipient, digest, "resumed", via, now)
    return True


def load_unsubscribe_grants(
    connection: Connection, digest: str, kid: str, until: datetime
) -> dict[str, Grant]:
    """A grant for each address that has one which that key signed and which lives so long."""
    query = select(*(_grants.c[field.name] for field in fields(Grant))).where(
        _grants.c.notice_id.is_(None),  # of few grants, and by the index on it
        _grants.c.purpose == UNSUBSCRIBE,
        _grants.c.subject == digest,
        _grants.c.kid == kid,
        _grants.c.revoked_at.is_(None),
        _grants.c.expires_at > until,
    )
    found = (Grant(*row) for row in connection.execute(query.order_by(_grants.c.created_at)))
    return {grant.recipient: grant for grant in found}


def last_language(connection: Connection, recipient: str) -> str | None:
    """In which language that address was written to last; None where it never was."""
    query = select(_messages.c.language).where(_messages.c.recipient == recipient)
    return connection.scalar(query.order_by(_messages.c.planned_on.desc()).limit(1))


def _of(recipient: str, digest: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return _table.c.recipient == recipient.casefold(), _table.c.digest == digest


def _record(
    connection: Connection, recipient: str, digest: str, change: str, via: str, now: datetime
) -> None:
    data = {"change": change, "digest": digest, "via": via}
    add_event(connection, now, UNSUBSCRIBED, data, actor=recipient)
