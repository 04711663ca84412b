"""The directory: bureaus and their contacts, to look up who holds which role on a day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from reminder.agreements import Bureau, Contact


@dataclass(frozen=True)
class Directory:
    """The bureaus and their contacts, and who is told when nobody else can be."""

    bureaus: Mapping[str, Bureau]
    contacts: Mapping[str, Sequence[Contact]]
    """By bureau code, each in a stable order."""
    admins: tuple[str, ...] = ()
    dead: Mapping[str, date] = field(default_factory=dict)
    """Addresses in the form that is compared that no mail reaches any more, and since when."""
    _holders: dict[tuple[str, str, date], tuple[Contact, ...]] = field(default_factory=dict)
    _by_address: dict[str, list[Contact]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        bureaus: Iterable[Bureau],
        contacts: Iterable[Contact],
        admins: Sequence[str] = (),
        dead: Mapping[str, date] | None = None,
    ) -> Directory:
        """Arrange bureaus and contacts for look-up."""
        by_bureau: dict[str, list[Contact]] = {}
        for contact in contacts:
            by_bureau.setdefault(contact.bureau, []).append(contact)
        for held in by_bureau.values():
            held.sort(key=lambda contact: (contact.role, contact.email))
        by_code = {bureau.code: bureau for bureau in bureaus}
        return cls(by_code, by_bureau, tuple(admins), dead or {})

    def is_dead(self, email: str) -> bool:
        """Whether mail to that address comes back for good: nothing more is sent to it."""
        return bool(self.dead) and email.casefold() in self.dead

    def zone_of(self, bureau: str, otherwise: str) -> str:
        """The time zone of *bureau*; *otherwise* where there is no such bureau."""
        known = self.bureaus.get(bureau)
        return known.timezone if known is not None else otherwise

    def holders(self, bureau: str, role: str, today: date) -> tuple[Contact, ...]:
        """The contacts of *bureau* with *role* who are active today."""
        key = (bureau, role, today)
        found = self._holders.get(key)
        if found is None:
            found = self._holders[key] = tuple(
                contact
                for contact in self.contacts.get(bureau, ())
                if contact.role == role and contact.is_active(today)
            )
        return found

    def above(self, bureau: str) -> tuple[str, ...]:
        """The bureaus above *bureau*, the nearest first; each once, also where they form a ring."""
        found: list[str] = []
        known = self.bureaus.get(bureau)
        while known is not None and known.parent and known.parent not in (bureau, *found):
            found.append(known.parent)
            known = self.bureaus.get(known.parent)
        return tuple(found)

    def next_change(self, bureau: str, today: date) -> date | None:
        """The next day on which somebody at *bureau* takes up or has left a role."""
        days = [
            day
            for contact in self.contacts.get(bureau, ())
            for day in (
                contact.active_from,
                contact.active_to + timedelta(days=1) if contact.active_to else None,
            )
            if day is not None and day > today
        ]
        return min(days, default=None)

    def contact(self, bureau: str, email: str, today: date) -> Contact | None:
        """The contact of that address, of *bureau* if it has one, else of any bureau.

        Of several roles that the person has there, one that is active today.
        """
        if not self._by_address:
            for held in self.contacts.values():
                for contact in held:
                    self._by_address.setdefault(contact.email.casefold(), []).append(contact)
        return min(
            self._by_address.get(email.casefold(), ()),
            key=lambda contact: (contact.bureau != bureau, not contact.is_active(today)),
            default=None,
        )
