"""The due rule: a deadline, its lead times and what was told -> what fires today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from reminder.calendars import Due, WorkCalendar
from reminder.lead_times import LeadTime, Schedule

Urgency = tuple[date, date, int]


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A deadline reached by one lead time, whose day (a working day) is ``day``."""

    lead_time: LeadTime
    day: date


@dataclass(frozen=True, slots=True)
class Decision:
    """What the due rule says about one deadline on one day."""

    occurrence: Occurrence | None
    """What fires; None where nothing does."""
    superseded: tuple[LeadTime, ...]
    """Less urgent lead times that never fired and now never will."""
    next_on: date | None
    """The next day on which the rule can fire; None after the last lead time."""


class Timetable:
    """The days of the lead times of one due date, from least to most urgent."""

    __slots__ = ("_calendar", "_due", "_entries")

    def __init__(self, due: Due, lead_times: Sequence[LeadTime], calendar: WorkCalendar) -> None:
        self._due = due
        self._calendar = calendar
        self._entries: list[tuple[Urgency, LeadTime]] = sorted(
            ((lead.urgency(due, calendar), lead) for lead in lead_times),
            key=lambda entry: entry[0],
        )

    def decide(self, told: LeadTime | None, today: date) -> Decision:
        """Apply the due rule on *today*, the bureau's date.

        *told* is the most urgent lead time already told in this epoch; it need not be one
        of the rule's any more. The most urgent lead time reached fires, unless *told* is as
        urgent or more so. A lead time stays reached until a more urgent one is, so a daemon
        that was down on its day still finds the occurrence later.
        """
        floor = told.urgency(self._due, self._calendar) if told is not None else None
        fires: tuple[Urgency, LeadTime] | None = None
        passed: list[LeadTime] = []
        next_on: date | None = None
        for urgency, lead in self._entries:
            if floor is not None and urgency <= floor:
                continue
            if urgency[0] > today:
                next_on = urgency[0]
                break
            if fires is not None:
                passed.append(fires[1])
            fires = (urgency, lead)
        if fires is None:
            return Decision(None, (), next_on)
        return Decision(Occurrence(fires[1], fires[0][0]), tuple(passed), next_on)

    def first_day_after(self, told: LeadTime | None) -> date | None:
        """The first day on which something can fire: the next one not told, past or future."""
        floor = told.urgency(self._due, self._calendar) if told is not None else None
        for urgency, _lead in self._entries:
            if floor is None or urgency > floor:
                return urgency[0]
        return None


class Timetables:
    """Timetables kept by due date and schedule: agreements share many of both."""

    def __init__(self, calendar: WorkCalendar) -> None:
        self._calendar = calendar
        self._kept: dict[tuple[Due, Schedule], Timetable] = {}

    def of(self, due: Due, schedule: Schedule) -> Timetable:
        """The timetable of *due* under *schedule*."""
        key = (due, schedule)
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) > 50_000:
                self._kept.clear()
            lead_times = schedule.of(due, self._calendar)
            found = self._kept[key] = Timetable(due, lead_times, self._calendar)
        return found
