"""The people around one deadline: who owns it, who heads its bureau, and who a given address is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reminder.mail.receipts import Someone
from reminder.notices import ADMIN_ROLE, FALLBACK_ROLE, OWNER_ROLE, Recipient

if TYPE_CHECKING:
    from datetime import date

    from reminder.directory import Directory
    from reminder.storage.answered import AnsweredDeadline


class People:
    """Those of one deadline, as of the bureau's *today*."""

    def __init__(self, directory: Directory, deadline: AnsweredDeadline, today: date) -> None:
        self.directory = directory
        self._bureau = deadline.bureau
        self._officer = deadline.officer or ""
        self._today = today

    def owners(self, officer: str | None = None) -> list[Recipient]:
        """Who is responsible: the own *officer*, or the bureau's officers where that is empty.

        None for the officer that the deadline has.
        """
        own = self._officer if officer is None else officer
        if own:
            return [replace(self.person(own), role=OWNER_ROLE)]
        return self._holders(OWNER_ROLE)

    def heads(self) -> list[Recipient]:
        """The head of the bureau; the service admin where it has none."""
        heads = self._holders(FALLBACK_ROLE)
        return heads or [Recipient(email, ADMIN_ROLE) for email in self.directory.admins]

    def around(self, answerer: str) -> list[Recipient]:
        """Who answered, and the head of the bureau; where that is the same, the owner."""
        heads = self.heads()
        is_head = answerer.casefold() in {head.identity for head in heads}
        return [self.person(answerer), *heads, *(self.owners() if is_head else ())]

    def person(self, email: str) -> Recipient:
        """Whoever has that address, in the role that the directory knows."""
        known = self.directory.contact(self._bureau, email, self._today)
        if known is not None:
            return Recipient(known.email, known.role, known.name, known.bureau)
        is_admin = email.casefold() in {one.casefold() for one in self.directory.admins}
        return Recipient(email, ADMIN_ROLE if is_admin else OWNER_ROLE)

    def someone(self, email: str) -> Someone:
        """The same as other people may read of them."""
        person = self.person(email)
        is_owner = person.email.casefold() == self._officer.casefold()
        return Someone(person.name, OWNER_ROLE if is_owner else person.role)

    def owner(self, officer: str) -> Someone:
        """Who is responsible, in words; of several people their bureau."""
        if officer:
            return Someone(self.person(officer).name, OWNER_ROLE)
        owners = self._holders(OWNER_ROLE)
        if len(owners) == 1:
            return Someone(owners[0].name, OWNER_ROLE)
        bureau = self.directory.bureaus.get(self._bureau)
        return Someone(bureau.name if bureau is not None else "", OWNER_ROLE)

    def _holders(self, role: str) -> list[Recipient]:
        return [
            Recipient(contact.email, role, contact.name, contact.bureau)
            for contact in self.directory.holders(self._bureau, role, self._today)
        ]


def without(readers: list[Recipient], *others: str) -> list[Recipient]:
    """Those readers who have none of the other addresses."""
    left_out = {other.casefold() for other in others}
    return [reader for reader in readers if reader.identity not in left_out]
