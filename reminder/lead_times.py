"""Lead times: how long before or after the due date a notice is wanted (``H-30``, ``HK+5``)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from reminder.calendars import Due, WorkCalendar

_CODE = re.compile(r"(?P<unit>HK|H)(?:(?P<sign>[+-])(?P<number>\d{1,4}))?", re.ASCII)
MOST_DAYS = 3650


@dataclass(frozen=True, slots=True)
class LeadTime:
    """``days`` before (negative), on, or after the due date; working days where so said."""

    days: int
    working_days: bool = False

    @classmethod
    def parse(cls, code: str) -> LeadTime:
        """Read ``H``, ``H-30``, ``H+7``, ``HK-5``, ``HK+10``; ValueError for anything else."""
        match = _CODE.fullmatch(code)
        working = match is not None and match["unit"] == "HK"
        if match is None or (working and match["sign"] is None):
            raise ValueError(
                f'"{code}" is not a lead time; write H, a sign and a number of days, '
                'for example "H-90", or "HK+5" for working days'
            )
        number = int(match["number"] or 0)
        if match["sign"] is not None and number == 0:
            raise ValueError(f'"{code}" counts no days; write "H" for the due date itself')
        if number > MOST_DAYS:
            raise ValueError(f'"{code}" is more than {MOST_DAYS} days')
        return cls(-number if match["sign"] == "-" else number, working)

    @property
    def code(self) -> str:
        """The written form, as config files and records have it."""
        unit = "HK" if self.working_days else "H"
        return unit if self.days == 0 else f"{unit}{self.days:+d}"

    @property
    def is_after(self) -> bool:
        """Whether it counts from the last day of a partial date (``H+n``, ``HK+n``)."""
        return self.days > 0

    def nominal_day(self, due: Due, calendar: WorkCalendar) -> date:
        """The day before any move away from a day off."""
        anchor = due.last if self.is_after else due.first
        if self.working_days:
            return calendar.add_working_days(anchor, self.days)
        return anchor + timedelta(days=self.days)

    def day(self, due: Due, calendar: WorkCalendar) -> date:
        """The working day on which this lead time is reached.

        A warning that falls on a day off moves earlier (told on Friday beats told too
        late on Monday), a notice of lateness moves later.
        """
        nominal = self.nominal_day(due, calendar)
        if self.is_after:
            return calendar.on_or_after(nominal)
        return calendar.on_or_before(nominal)

    def urgency(self, due: Due, calendar: WorkCalendar) -> tuple[date, date, int]:
        """A key that sorts lead times of one due date from least to most urgent.

        The later day is the more urgent; on the same day the one nearer to, or further
        past, the due date.
        """
        return (
            self.day(due, calendar),
            self.nominal_day(due, calendar),
            0 if self.working_days else 1,
        )


@dataclass(frozen=True, slots=True)
class Repeat:
    """``{every: 30 days, until: H+180}``: more lead times after the last one."""

    every: int
    """Days between two, at least 1."""
    until: LeadTime


@dataclass(frozen=True, slots=True)
class Schedule:
    """The lead times of a rule, in file order, with those that ``repeat`` adds at the end."""

    lead_times: tuple[LeadTime, ...]
    repeat: Repeat | None = None

    def all(self) -> tuple[LeadTime, ...]:
        """Every lead time: H+30, H+60 .. until, those that lie after the last one listed.

        What ``HK+25`` lies after depends on the due date; here it counts as 25 days.
        """
        last = max((lead.days for lead in self.lead_times), default=0)
        return (*self.lead_times, *(lead for lead in self._repeats() if lead.days > last))

    def of(self, due: Due, calendar: WorkCalendar) -> tuple[LeadTime, ...]:
        """The lead times of one due date, the repeats after the last one listed."""
        if self.repeat is None:
            return self.lead_times
        last = max((lead.nominal_day(due, calendar) for lead in self.lead_times), default=due.last)
        added = (lead for lead in self._repeats() if lead.nominal_day(due, calendar) > last)
        return (*self.lead_times, *added)

    def _repeats(self) -> Iterator[LeadTime]:
        if self.repeat is not None:
            every = self.repeat.every
            yield from map(LeadTime, range(every, self.repeat.until.days + 1, every))


def parse_lead_times(codes: Iterable[str]) -> tuple[LeadTime, ...]:
    """Read several codes; ValueError names the first that is wrong or repeated."""
    found: list[LeadTime] = []
    for code in codes:
        lead = LeadTime.parse(code)
        if lead in found:
            raise ValueError(f'"{code}" stands twice')
        found.append(lead)
    return tuple(found)
