"""People: the entries of the directory that one address has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, or_, select

from reminder.storage import tables
from reminder.storage.facts import contact_of

if TYPE_CHECKING:
    from reminder.agreements import Contact


def load_people(connection: Connection, email: str) -> list[Contact]:
    """The contacts of that address at every bureau and in every role, also those who left."""
    contacts = tables.contacts
    is_same = or_(contacts.c.email == email, func.lower(contacts.c.email) == email.lower())
    query = select(contacts).where(is_same).order_by(contacts.c.bureau, contacts.c.role)
    return [contact_of(row) for row in connection.execute(query).mappings()]


def load_line(connection: Connection, bureau: str) -> tuple[str, ...]:
    """The bureau and those above it, the nearest first; each once, also where they form a ring."""
    bureaus = tables.bureaus
    found = [bureau]
    while True:
        parent = connection.execute(
            select(bureaus.c.parent).where(bureaus.c.code == found[-1])
        ).scalar()
        if not parent or parent in found:
            return tuple(found)
        found.append(parent)
