"""Grants: what each link allows. The link's signature is never stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import Connection, and_, func, or_, select, update

from reminder.storage import tables
from reminder.storage.chunks import chunks
from reminder.storage.link_keys import load_keys
from reminder.storage.rows import insert_rows


@dataclass(frozen=True, slots=True)
class Grant:
    """One row of ``action_grants``, as far as signing a link needs it."""

    notice_id: int | None
    """None where the link belongs to no notice; ``subject`` then says what it is about."""
    id: str
    kid: str
    purpose: str
    deadline_id: int | None
    epoch: int | None
    recipient: str
    expires_at: datetime
    subject: str = ""

    @property
    def place(self) -> str:
        """How texts name the link, see ``mail.links.PLACEHOLDER``."""
        return f"@{self.id}" if self.notice_id is None else str(self.notice_id)


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


def load_grants_at(connection: Connection, places: Sequence[str]) -> list[Grant]:
    """The grants that texts name so, whichever messages these are in."""
    grants = tables.action_grants
    columns = [grants.c[field.name] for field in fields(Grant)]
    found: list[Grant] = []
    for some in chunks(places):
        numbers = [int(place) for place in some if not place.startswith("@")]
        ids = [place.removeprefix("@") for place in some if place.startswith("@")]
        is_meant = or_(grants.c.notice_id.in_(numbers), grants.c.id.in_(ids))
        found.extend(Grant(*row) for row in connection.execute(select(*columns).where(is_meant)))
    return found


def mark_used(connection: Connection, grant_id: str, now: datetime) -> None:
    """Note that an answer came by the link of that grant, the first time that one does."""
    grants = tables.action_grants
    is_first = grants.c.used_at.is_(None)
    query = update(grants).where(grants.c.id == grant_id, is_first).values(used_at=now)
    connection.execute(query)


def revoke_role_links(
    connection: Connection, deadline_ids: Sequence[int], role: str, keeps: str, now: datetime
) -> None:
    """Have no link work any more that anybody but *keeps* was sent in that role about those
    deadlines."""
    grants, notices = tables.action_grants, tables.notices
    for ids in chunks(deadline_ids):
        theirs = select(notices.c.id).where(
            notices.c.deadline_id.in_(ids),
            notices.c.role == role,
            func.lower(notices.c.recipient) != keeps.lower(),
        )
        is_theirs = and_(grants.c.notice_id.in_(theirs), grants.c.revoked_at.is_(None))
        connection.execute(update(grants).where(is_theirs).values(revoked_at=now))


def find_grant(connection: Connection, grant_id: str) -> tuple[Grant, bool] | None:
    """The grant of that id and whether it was revoked; None where there is none."""
    grants = tables.action_grants
    columns = [grants.c[field.name] for field in fields(Grant)]
    row = connection.execute(
        select(*columns, grants.c.revoked_at).where(grants.c.id == grant_id)
    ).one_or_none()
    return (Grant(*row[:-1]), row[-1] is not None) if row else None


def find_live(connection: Connection, grant_id: str, now: datetime) -> Grant | None:
    """The grant of that id while its link opens anything: not revoked, not over, its key good."""
    found = find_grant(connection, grant_id)
    if found is None:
        return None
    grant, is_revoked = found
    if is_revoked or grant.expires_at <= now:
        return None
    key = load_keys(connection).get(grant.kid)
    return grant if key is not None and key.opens(now) else None
