"""Superiors: the bureaus of some matters and all above them with their people, in one query."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, func, select

from reminder.agreements import Bureau, Contact
from reminder.directory import Directory
from reminder.storage import tables


def load_superiors(connection: Connection, codes: Collection[str]) -> Directory:
    """A directory of those bureaus and of those above them, without admins.

    It is for who holds which role: zones and languages are left out. Which addresses no mail
    reaches is marked; the register holds addresses in ASCII only, so ``lower`` compares them.
    """
    bureaus, contacts, dead = tables.bureaus, tables.contacts, tables.dead_addresses
    columns = (bureaus.c.code, bureaus.c.name, bureaus.c.parent)
    above = select(*columns).where(bureaus.c.code.in_(codes)).cte("above", recursive=True)
    # UNION and not UNION ALL: bureaus that form a ring end it.
    above = above.union(select(*columns).where(bureaus.c.code == above.c.parent))
    people = (
        "email", "bureau", "role", "name", "active_from", "active_to",
    )  # fmt: skip
    query = (
        select(
            above.c.code,
            above.c.name.label("bureau_name"),
            above.c.parent,
            *(contacts.c[name] for name in people),
            dead.c.at.label("dead_at"),
        )
        .outerjoin(contacts, contacts.c.bureau == above.c.code)
        .outerjoin(dead, dead.c.email == func.lower(contacts.c.email))
    )
    rows = connection.execute(query).all()
    found = {row.code: Bureau(row.code, row.bureau_name, "", "", row.parent) for row in rows}
    return Directory.of(
        found.values(),
        [Contact(*(getattr(row, name) for name in people)) for row in rows if row.email],
        dead={row.email.casefold(): row.dead_at.date() for row in rows if row.dead_at},
    )
