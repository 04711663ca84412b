"""Grants: what each notice's action link allows. The link's signature is never stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import Connection, select

from reminder.storage import tables
from reminder.storage.chunks import chunks
from reminder.storage.rows import insert_rows


@dataclass(frozen=True, slots=True)
class Grant:
    """One row of ``action_grants``, as far as signing a link needs it."""

    notice_id: int
    id: str
    kid: str
    purpose: str
    deadline_id: int
    epoch: int
    recipient: str
    expires_at: datetime


_INSERT = insert_rows(
    tables.action_grants, [*(field.name for field in fields(Grant)), "created_at"], keeps_old=True
)


def insert_grants(connection: Connection, grants: Sequence[Grant], now: datetime) -> None:
    """Store grants; a notice that has one keeps it, and so its link."""
    names = [field.name for field in fields(Grant)]
    _INSERT.execute(
        connection,
        [{name: getattr(grant, name) for name in names} | {"created_at": now} for grant in grants],
    )


def load_grants(connection: Connection, message_ids: Sequence[str]) -> dict[str, list[Grant]]:
    """The grants of the notices in those messages, stopped ones included: a frozen text names
    them all."""
    grants, notices = tables.action_grants, tables.notices
    columns = [grants.c[field.name] for field in fields(Grant)]
    rows = connection.execute(
        select(notices.c.message_id, *columns)
        .join(notices, notices.c.id == grants.c.notice_id)
        .where(notices.c.message_id.in_(message_ids))
    )
    found: dict[str, list[Grant]] = {}
    for message_id, *values in rows:
        found.setdefault(message_id, []).append(Grant(*values))
    return found


def load_grants_of(connection: Connection, notice_ids: Sequence[int]) -> list[Grant]:
    """The grants of those notices, whichever messages these are in."""
    grants = tables.action_grants
    columns = [grants.c[field.name] for field in fields(Grant)]
    found: list[Grant] = []
    for ids in chunks(notice_ids):
        rows = connection.execute(select(*columns).where(grants.c.notice_id.in_(ids)))
        found.extend(Grant(*row) for row in rows)
    return found


def find_grant(connection: Connection, grant_id: str) -> tuple[Grant, bool] | None:
    """The grant of that id and whether it was revoked; None where there is none."""
    grants = tables.action_grants
    columns = [grants.c[field.name] for field in fields(Grant)]
    row = connection.execute(
        select(*columns, grants.c.revoked_at).where(grants.c.id == grant_id)
    ).one_or_none()
    return (Grant(*row[:-1]), row[-1] is not None) if row else None
