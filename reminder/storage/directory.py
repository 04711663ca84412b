"""The directory: who can be told, and at which bureau."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, or_, select

from reminder.agreements import Bureau
from reminder.clock import known_zone, local_date
from reminder.directory import Directory
from reminder.storage import tables
from reminder.storage.dead_addresses import load_dead
from reminder.storage.facts import contact_of


def load_directory(
    connection: Connection,
    timezone: str,
    language: str,
    admins: Sequence[str],
    codes: Sequence[str] | None = None,
) -> Directory:
    """Bureaus with the service's *timezone* and *language* where they give none, and contacts.

    A zone that this machine does not know counts as none: better told by the service's day
    than not at all. Addresses that no mail reaches are marked, by the service's days.

    *codes* restricts it to those bureaus and their parents; None loads them all.
    """
    bureaus, contacts = tables.bureaus, tables.contacts
    query = select(bureaus)
    if codes is not None:
        parents = select(bureaus.c.parent).where(bureaus.c.code.in_(codes))
        query = query.where(or_(bureaus.c.code.in_(codes), bureaus.c.code.in_(parents)))
    found = [
        Bureau(
            row["code"],
            row["name"],
            known_zone(row["timezone"] or "", timezone),
            row["language"] or language,
            row["parent"],
        )
        for row in connection.execute(query).mappings()
    ]
    people = select(contacts)
    if codes is not None:
        people = people.where(contacts.c.bureau.in_([bureau.code for bureau in found]))
    return Directory.of(
        found,
        [contact_of(row) for row in connection.execute(people).mappings()],
        admins,
        {one.email: local_date(one.at, timezone) for one in load_dead(connection)},
    )
