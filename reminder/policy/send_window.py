"""When mail may leave: office hours on working days, in the zone of the bureau."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from reminder.calendars import WorkCalendar
from reminder.clock import zone

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

MOST_DAYS_CLOSED = 60
"""No office is closed for longer; after that the calendar is wrong and mail leaves."""


@dataclass(frozen=True, slots=True)
class SendWindow:
    """From ``opens`` to before ``closes`` by the bureau's clock."""

    opens: time
    closes: time
    all_days: bool = False
    """Also on days off."""

    def next_opening(self, at: datetime, zone_name: str, calendar: WorkCalendar) -> datetime:
        """*at* itself where the window is open, else the next instant that it opens; in UTC."""
        bureau_zone = zone(zone_name)
        local = at.astimezone(bureau_zone)
        if self._is_working(local.date(), calendar) and self.opens <= local.time() < self.closes:
            return at.astimezone(UTC)
        for number in range(MOST_DAYS_CLOSED):
            day = local.date() + timedelta(days=number)
            if self._is_working(day, calendar):
                for instant in _instants(day, self.opens, bureau_zone):
                    if instant > at:
                        return instant
        return at.astimezone(UTC)

    def _is_working(self, day: date, calendar: WorkCalendar) -> bool:
        return self.all_days or not calendar.is_day_off(day)


def _instants(day: date, wall: time, bureau_zone: ZoneInfo) -> Iterator[datetime]:
    """The instants at which the clock shows *wall* on *day*: two where it is put back.

    Where it is put forward over that time there is one, the first after the gap.
    """
    earlier, later = (
        datetime.combine(day, wall, bureau_zone).replace(fold=fold).astimezone(UTC)
        for fold in (0, 1)
    )
    if earlier == later:
        yield earlier
    elif earlier < later:
        yield earlier
        yield later
    else:  # in a gap the two readings lie on either side of it
        yield _jump_between(later, earlier, bureau_zone)


def _jump_between(before: datetime, after: datetime, bureau_zone: ZoneInfo) -> datetime:
    """The first instant with the new offset."""
    offset = before.astimezone(bureau_zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        middle = middle.replace(microsecond=0)
        if middle.astimezone(bureau_zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after
