"""Undoing: what an answer changed in the register, and that it was taken back.

Each function is one step of a transaction that the caller commits.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime

from sqlalchemy import Connection, select, update

from reminder.storage import tables
from reminder.storage.grants import Grant
from reminder.storage.responses import ResponseRecord

_responses, _grants = tables.responses, tables.action_grants


@dataclass(frozen=True, slots=True)
class FactChange:
    """One row of the register before and after an answer: ``responses.undo``."""

    table: str
    key: tuple[str, ...]
    before: Mapping[str, str | None] | None
    """The columns that changed, as they were; None where there was no such row."""
    after: Mapping[str, str | None]
    """The same columns as the answer left them."""

    def as_json(self) -> str:
        """As it is stored."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> FactChange:
        """What was stored."""
        said = json.loads(text)
        return cls(said["table"], tuple(said["key"]), said["before"], said["after"])


def load_response(
    connection: Connection, number: int, *, lock: bool = False
) -> ResponseRecord | None:
    """The answer of that number; with *lock* nobody else takes it back meanwhile."""
    query = select(*(_responses.c[name] for name in ResponseRecord.__slots__))
    query = query.where(_responses.c.id == number)
    row = connection.execute(query.with_for_update() if lock else query).first()
    return ResponseRecord(*row) if row is not None else None


def mark_undone(connection: Connection, number: int, now: datetime) -> None:
    """Note that the answer was taken back."""
    connection.execute(update(_responses).where(_responses.c.id == number).values(undone_at=now))


def find_grant_about(
    connection: Connection, purpose: str, subject: str, recipient: str, now: datetime
) -> Grant | None:
    """The live link of that purpose about that subject which the person has; None for none."""
    query = select(*(_grants.c[field.name] for field in fields(Grant))).where(
        _grants.c.purpose == purpose,
        _grants.c.notice_id.is_(None),  # of few grants, and by the index on it
        _grants.c.subject == subject,
        _grants.c.revoked_at.is_(None),
        _grants.c.expires_at > now,
    )
    found = (Grant(*row) for row in connection.execute(query))
    return next((one for one in found if one.recipient.casefold() == recipient.casefold()), None)
