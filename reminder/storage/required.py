"""Refs, codes and addresses that must be in the register: else NotFound names the nearest."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, func, select

from reminder.errors import NotFound
from reminder.near_names import near_names
from reminder.storage import tables
from reminder.storage.facts import contact_of


def require_agreement(connection: Connection, ref: str) -> None:
    """NotFound, with the nearest refs, where the register has no such agreement."""
    known = select(tables.agreements.c.ref).where(tables.agreements.c.ref == ref)
    if connection.scalar(known) is None:
        raise no_agreement(connection, ref)


def require_bureau(connection: Connection, code: str) -> None:
    """NotFound, with the nearest codes, where the register has no such bureau."""
    codes = connection.execute(select(tables.bureaus.c.code)).scalars().all()
    if code not in codes:
        near = near_names(code, codes, likeness=0.4)
        hint = f"; did you mean {' or '.join(near)}?" if near else "."
        raise NotFound(f'The register has no bureau "{code}"{hint}')


def require_contact(connection: Connection, email: str, today: date) -> str:
    """The address as the directory writes it; NotFound where nobody of it is active today."""
    contacts = tables.contacts
    rows = connection.execute(
        select(contacts).where(func.lower(contacts.c.email) == email.lower())
    ).mappings()
    found = [contact_of(row) for row in rows]
    active = [contact.email for contact in found if contact.is_active(today)]
    if active:
        return active[0]
    if found:
        raise NotFound(f"{found[0].email} is not active today (active_from, active_to).")
    near = near_names(email, connection.execute(select(contacts.c.email)).scalars())
    hint = f"did you mean {' or '.join(near)}?" if near else "reminder export contacts shows all."
    raise NotFound(f'The directory has no contact "{email}"; {hint}')


def no_agreement(connection: Connection, ref: str) -> NotFound:
    """The error for a ref that the register does not have; it names the nearest."""
    agreements = tables.agreements
    head = connection.execute(
        select(agreements.c.ref)
        .where(agreements.c.ref.ilike(ref[:3].replace("%", "").replace("_", "") + "%"))
        .limit(2000)
    ).scalars()
    some = connection.execute(select(agreements.c.ref).order_by(agreements.c.ref).limit(500))
    near = near_names(ref, [*head, *some.scalars()], likeness=0.5)
    hint = f"; did you mean {' or '.join(near)}?" if near else "."
    return NotFound(f'The register has no agreement "{ref}"{hint}')
