"""When a digest is due: the periods that digests are about, and the days they go out. Pure.

A period has a name that sorts (``2026-W48``, ``2026-S1``, ``2026-11-24``), so that the name of
the last one made says which are still to come.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from reminder.agreements import ReportCycle
from reminder.calendars import WorkCalendar
from reminder.report_periods import periods_of

MONTH_DAYS = Mapping[str, tuple[int, int]]
"""Month and day on which the reports of a period are due, as in ``reminder.yaml``."""


@dataclass(frozen=True, slots=True)
class Period:
    """The latest period whose day has come."""

    name: str
    opens_on: date
    """The working day on which its digest goes out."""


def day_period(today: date) -> Period:
    """Today."""
    return Period(today.isoformat(), today)


def week_period(today: date, calendar: WorkCalendar) -> Period:
    """The last week whose first working day has come.

    A week without any working day has none, and so no digest.
    """
    monday = today - timedelta(days=today.weekday())
    while True:
        opens_on = calendar.on_or_after(monday)
        if opens_on <= today and opens_on - monday < timedelta(days=7):
            year, week, _day = monday.isocalendar()
            return Period(f"{year}-W{week:02}", opens_on)
        monday -= timedelta(days=7)


def semester_period(today: date, report_due: MONTH_DAYS, calendar: WorkCalendar) -> Period:
    """The last semester whose reports were due before the working day that today is, or after it.

    Its digest goes out on the first working day after that due date.
    """
    found = [
        Period(period.name, calendar.on_or_after(period.due_on(report_due) + timedelta(days=1)))
        for year in range(today.year - 2, today.year + 1)
        for period in periods_of(ReportCycle.SEMESTER, year)
    ]
    return max(
        (period for period in found if period.opens_on <= today), key=lambda period: period.name
    )


def is_due(period: Period, done: str | None, today: date) -> bool:
    """Whether the digest of *period* is still to be made; *done* is the last one that was.

    One that was missed is made up for as long as its period lasts. Where none was ever made
    the first comes on its proper day: nobody asked for what was before.
    """
    if done is None:
        return period.opens_on == today
    return done < period.name
