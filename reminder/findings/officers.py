"""Whether anybody is the officer of an agreement, now and on the days to come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from reminder.agreements import Contact
from reminder.findings.base import Inspection

ROLE = "officer"
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Vacancy:
    """The time in which nobody is officer."""

    from_on: date
    to_on: date | None = None
    """The day on which somebody takes over; None where nobody is recorded to."""


def vacancy(inspection: Inspection) -> Vacancy | None:
    """The vacancy that lasts today, else the next one; None where none is foreseen.

    An officer is who the mails call one: the agreement's own, of whatever role and bureau, or an
    active contact of its bureau with that role. An address of its own that no contact has is
    somebody, too: the service cannot know when that person leaves.
    """
    agreement, today = inspection.dossier.agreement, inspection.today
    directory = inspection.directory
    people = directory.holders(agreement.bureau, ROLE, today)
    if any(person.active_to is None for person in people):
        return None
    known = [one for one in directory.contacts.get(agreement.bureau, ()) if one.role == ROLE]
    if agreement.officer:
        own = directory.contact(agreement.bureau, agreement.officer, today)
        if own is None:
            return None
        known.append(own)
    if any(person.is_active(today) for person in known):
        return _next(known, today)
    left = [one.active_to + _DAY for one in known if one.active_to and one.active_to < today]
    return Vacancy(max([*left, agreement.entered_on]), _starts_after(known, today))


def _next(known: list[Contact], today: date) -> Vacancy | None:
    """The vacancy after those who are active today, and whoever follows them, have left."""
    day = today
    while active := [person for person in known if person.is_active(day)]:
        last = max(person.active_to or date.max for person in active)
        if last == date.max:
            return None
        day = last + _DAY
    return Vacancy(day, _starts_after(known, day))


def _starts_after(known: list[Contact], day: date) -> date | None:
    starts = [one.active_from for one in known if one.active_from and one.active_from > day]
    return min(starts, default=None)
