"""Told next: who will hear of a matter where nobody answers, as its mail says it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from reminder.calendars import WorkCalendar
from reminder.directory import Directory
from reminder.escalation import Course, EscalatesNext, Told, escalates_next, first_sent
from reminder.notices import (
    ADMIN_ROLE,
    PARENT_ROLE,
    Recipient,
    next_in_line,
    recipients_for,
    stands_in_as,
)
from reminder.rules import Rule


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom a mail asks, and about whose matter."""

    recipient: str
    bureau: str
    """The code of the bureau that the deadline belongs to."""
    officer: str | None = None
    """The agreement's own; None where the bureau's officers are asked."""


@dataclass(frozen=True, slots=True)
class ToldNext:
    """Who is told next, and when."""

    role: str
    """What they are, also where they stand in for somebody: ``head``, ``secretary``, ``admin``."""
    office: str
    """Their bureau, by name, where it is another than the matter's; empty for the admin."""
    on: date


class NextReaders:
    """Looks up who is told next, by one calendar."""

    def __init__(self, calendar: WorkCalendar) -> None:
        self._calendar = calendar
        self._days: dict[tuple[str, int, date], EscalatesNext | None] = {}

    def of(
        self,
        rule: Rule,
        level: int,
        course: Course,
        asked: Asked,
        directory: Directory,
        today: date,
    ) -> ToldNext | None:
        """Who is told after *level*, by a mail that leaves *today*; None: nobody is.

        A level at which everybody knows already, or nobody is there, is passed over, as the
        escalation itself does. Who holds a role is looked up for the day of the level.
        """
        told = [asked.recipient, *course.recipients]
        if not course.told:
            first = recipients_for(directory, asked.bureau, asked.officer, rule.to, (), today)
            told.extend(person.email for person in first.recipients)
        sent, day = course, today
        for number in range(level, len(rule.escalate)):
            found = self._day(rule, number, sent, day)
            if found is None:
                return None
            people = _people(rule, number, asked, directory, told, found.on)
            if people:
                return _as_said(people[0], asked, directory, found.on)
            if first_sent(sent) is None:
                sent = replace(sent, told=(*sent.told, Told("", 0, today, today, is_waiting=False)))
            day = found.on
        return None

    def _day(self, rule: Rule, level: int, course: Course, today: date) -> EscalatesNext | None:
        """The day of the level after *level*; reckoned once for all first notices of a day."""
        if course.told or course.pauses:
            return escalates_next(rule, level, course, self._calendar, today)
        key = (rule.name, level, today)
        if key not in self._days:
            self._days[key] = escalates_next(rule, level, course, self._calendar, today)
        return self._days[key]


def _as_said(person: Recipient, asked: Asked, directory: Directory, on: date) -> ToldNext:
    if not person.bureau:
        return ToldNext(ADMIN_ROLE, "", on)
    role = stands_in_as(person.fallback) if person.fallback else person.role
    # The head above is called so where the rule asks for the parent: it needs no name.
    is_own = person.bureau == asked.bureau or role == PARENT_ROLE
    known = None if is_own else directory.bureaus.get(person.bureau)
    return ToldNext(role, known.name if known is not None else "", on)


def _people(
    rule: Rule, level: int, asked: Asked, directory: Directory, told: Sequence[str], on: date
) -> Sequence[Recipient]:
    """The people of the first role of a level that has any."""
    lines = (
        next_in_line(directory, asked.bureau, asked.officer, role, told, on)
        for role in rule.escalate[level].to
    )
    return next((people for people in lines if people), ())
