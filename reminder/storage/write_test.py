"""A write that changes nothing, to see that the database takes one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import update

from reminder.storage import tables
from reminder.storage.identity import NAME

if TYPE_CHECKING:
    from sqlalchemy import Connection


def write_anew(connection: Connection) -> bool:
    """Write the database's own id in its own place; False where it has none.

    Committed as any other change is, down to the disk: a lock that can be taken says nothing
    of a disk that is full or a file that may only be read.
    """
    service = tables.service
    same = update(service).where(service.c.name == NAME).values(value=service.c.value)
    return connection.execute(same).rowcount == 1
