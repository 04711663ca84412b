"""Who is told: a deadline that fires, its rule and the contacts -> recipients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from reminder.directory import Directory

SUCCESSION_SHOWN = timedelta(days=365)
"""How long after somebody left the mail to the successor says so."""

ADMIN_ROLE = "admin"
FALLBACK_ROLE = "head"


@dataclass(frozen=True, slots=True)
class Recipient:
    """Address and role, resolved when the notice is made."""

    email: str
    role: str
    """The role that was asked for, also where somebody else stands in."""
    name: str = ""
    bureau: str = ""
    """The code of the bureau whose contact this is."""
    copy: bool = False
    fallback: str = ""
    """Who stands in for whom, in words; empty where the role itself was found."""
    successor_of: str = ""
    """The person who held the role and left; empty where nobody did."""

    @property
    def identity(self) -> str:
        """What makes two recipients the same person."""
        return self.email.casefold()


@dataclass(frozen=True, slots=True)
class Addressed:
    """The recipients of one occurrence, and the roles for which nobody was there."""

    recipients: tuple[Recipient, ...]
    same_person: tuple[Recipient, ...] = ()
    """Recipients left out because they are told already in another role."""
    missing_roles: tuple[str, ...] = ()


def recipients_for(
    directory: Directory,
    bureau: str,
    officer: str | None,
    to: Sequence[str],
    cc: Sequence[str],
    today: date,
) -> Addressed:
    """Resolve the roles of a rule to people, as of the bureau's *today*.

    A role means the bureau's active contacts with it; the agreement's own *officer*
    replaces the officers. Nobody there: the bureau's head, then the parent bureau's
    contacts of that role, else its head, then the service admin.
    """
    found: list[Recipient] = []
    same: list[Recipient] = []
    missing: list[str] = []
    seen: set[str] = set()
    for role, copy in [*((role, False) for role in to), *((role, True) for role in cc)]:
        resolved, has_gap = _resolve(directory, bureau, officer, role, today)
        if has_gap:
            missing.append(role)
        for recipient in resolved:
            if recipient.identity in seen:
                same.append(recipient)
                continue
            seen.add(recipient.identity)
            found.append(replace(recipient, copy=True) if copy else recipient)
    return Addressed(tuple(found), tuple(same), tuple(missing))


def _resolve(
    directory: Directory, bureau: str, officer: str | None, role: str, today: date
) -> tuple[list[Recipient], bool]:
    """The recipients for one role, and whether the role itself had nobody."""
    if role == ADMIN_ROLE:
        return [Recipient(email, role) for email in directory.admins], False
    left = ""
    if role == "officer" and officer:
        own = directory.contact(bureau, officer, today)
        if own is None:
            return [Recipient(officer, role, bureau=bureau)], False
        if own.is_active(today):
            return [Recipient(own.email, role, own.name, own.bureau)], False
        if own.active_to is not None and own.active_to < today:
            left = own.name or own.email
    holders = directory.holders(bureau, role, today)
    if holders:
        left = left or _who_left(directory, bureau, role, today)
        return [
            Recipient(contact.email, role, contact.name, bureau, successor_of=left)
            for contact in holders
        ], False
    parent = directory.bureaus[bureau].parent if bureau in directory.bureaus else None
    for code, stand_in in (
        (bureau, FALLBACK_ROLE),
        (parent, role),
        (parent, FALLBACK_ROLE),
    ):
        if code is None:
            continue
        contacts = directory.holders(code, stand_in, today)
        if contacts:
            whose = f"{stand_in} of {code}"
            text = f"{whose} for {role} of {bureau}, where nobody holds that role"
            return [
                Recipient(contact.email, role, contact.name, code, fallback=text)
                for contact in contacts
            ], True
    text = f"service admin for {role} of {bureau or 'no bureau'}, where nobody can be told"
    return [Recipient(email, role, fallback=text) for email in directory.admins], True


def _who_left(directory: Directory, bureau: str, role: str, today: date) -> str:
    """The person who last left the role, if that is recent enough to be worth saying."""
    gone = [
        contact
        for contact in directory.contacts.get(bureau, ())
        if contact.role == role
        and contact.active_to is not None
        and today - SUCCESSION_SHOWN <= contact.active_to < today
    ]
    if not gone:
        return ""
    last = max(gone, key=lambda contact: (contact.active_to or today, contact.email))
    return last.name or last.email
