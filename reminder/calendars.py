"""Days: partial dates, spans, months from an anchor, working days and holidays."""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache

from dateutil.relativedelta import relativedelta

FIRST_YEAR, LAST_YEAR = 1900, 2199
"""Years that the service can reckon with; a lead time more on either side stays a date."""

_ISO = re.compile(r"(?P<y>\d{4})(?:-(?P<m>\d{2})(?:-(?P<d>\d{2}))?)?", re.ASCII)
_SPAN = re.compile(
    r"(?P<n>\d{1,4})\s*(?P<unit>years?|tahun|months?|bulan|weeks?|minggu|days?|hari)",
    re.ASCII | re.IGNORECASE,
)
_WORKING = re.compile(
    r"(?P<n>\d{1,4})\s*(?:working\s+days?|hari\s+kerja|HK)", re.ASCII | re.IGNORECASE
)


@dataclass(frozen=True, slots=True, order=True)
class PartialDate:
    """A day, a month or a year, as people know it: ``2024-05-31``, ``2024-05``, ``2024``."""

    year: int
    month: int | None = None
    day: int | None = None

    @classmethod
    def parse(cls, text: str) -> PartialDate:
        """Read the stored form; ValueError for anything else or a day that does not exist."""
        match = _ISO.fullmatch(text)
        if match is None:
            raise ValueError(f'"{text}" is not a date like 2024, 2024-05 or 2024-05-31')
        month, day = match["m"], match["d"]
        found = cls(int(match["y"]), int(month) if month else None, int(day) if day else None)
        if not FIRST_YEAR <= found.year <= LAST_YEAR:
            raise ValueError(f"the year {found.year} is outside {FIRST_YEAR} to {LAST_YEAR}")
        found.first  # noqa: B018 - a day that does not exist raises here
        return found

    @classmethod
    def of(cls, day: date) -> PartialDate:
        """The full date *day*."""
        return cls(day.year, day.month, day.day)

    @property
    def first(self) -> date:
        """The first day that this can mean; warnings count from it."""
        month = 1 if self.month is None else self.month
        return date(self.year, month, 1 if self.day is None else self.day)

    @property
    def last(self) -> date:
        """The last day that this can mean; "overdue" counts from it."""
        if self.day is not None:
            return self.first
        months = 1 if self.month is not None else 12
        return add_months(self.first, months) - timedelta(days=1)

    @property
    def is_full(self) -> bool:
        """Whether the day itself is known."""
        return self.day is not None

    def __str__(self) -> str:
        if self.day is not None:
            return f"{self.year:04}-{self.month:02}-{self.day:02}"
        return f"{self.year:04}-{self.month:02}" if self.month is not None else f"{self.year:04}"


@dataclass(frozen=True, slots=True)
class Span:
    """A length of calendar time: so many months and so many days, never both in one text."""

    months: int = 0
    days: int = 0

    @classmethod
    def parse(cls, text: str) -> Span:
        """Read ``5 years``, ``5 tahun``, ``18 months``, ``30 days``; ValueError otherwise."""
        match = _SPAN.fullmatch(text.strip())
        if match is None or int(match["n"]) == 0:
            raise ValueError(f'"{text}" is not a length of time like "5 years" or "18 months"')
        number, unit = int(match["n"]), match["unit"].lower()
        if unit.startswith(("year", "tahun")):
            span = cls(months=12 * number)
        elif unit.startswith(("month", "bulan")):
            span = cls(months=number)
        elif unit.startswith(("week", "minggu")):
            span = cls(days=7 * number)
        else:
            span = cls(days=number)
        if span.months > 12 * 200 or span.days > 73_000:
            raise ValueError(f'"{text}" is longer than 200 years')
        return span

    def after(self, anchor: date, times: int = 1) -> date:
        """*anchor* plus *times* this span, always reckoned from the anchor, clamped."""
        moved = add_months(anchor, self.months * times) if self.months else anchor
        return moved + timedelta(days=self.days * times)

    def before(self, anchor: date) -> date:
        """*anchor* minus this span."""
        return self.after(anchor, -1)

    def __str__(self) -> str:
        if self.months:
            number, unit = (
                (self.months // 12, "year") if self.months % 12 == 0 else (self.months, "month")
            )
        else:
            number, unit = self.days, "day"
        return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def parse_working_days(text: str) -> int:
    """Read ``45 working days`` or ``45 hari kerja``; ValueError for anything else."""
    match = _WORKING.fullmatch(text.strip())
    if match is None or int(match["n"]) == 0:
        raise ValueError(f'"{text}" is not a number of working days like "45 working days"')
    return int(match["n"])


@lru_cache(maxsize=65_536)  # planning asks for the same few thousand days again and again
def add_months(anchor: date, months: int) -> date:
    """*anchor* plus so many months, clamped to the month's end; OverflowError out of range.

    Never chain the result: 31 Jan + 1 + 1 months would be 28 Mar.
    """
    return anchor + relativedelta(months=months)


@dataclass(frozen=True, slots=True)
class Due:
    """When something is due: warnings count from ``first``, "overdue" from ``last``.

    The two differ where only a month or a year is known; ``text`` then holds that partial
    date, or an ISO 8601 interval where no partial date says it, and is empty otherwise.
    """

    first: date
    last: date
    text: str = ""

    @classmethod
    def of(cls, day: PartialDate | date) -> Due:
        """The due date that a full or partial date stands for."""
        if isinstance(day, PartialDate):
            return cls(day.first, day.last, "" if day.is_full else str(day))
        return cls(day, day)

    @classmethod
    def between(cls, first: date, last: date) -> Due:
        """A due date known to lie from *first* to *last*."""
        if first == last:
            return cls(first, last)
        for partial in (PartialDate(first.year, first.month), PartialDate(first.year)):
            if (partial.first, partial.last) == (first, last):
                return cls(first, last, str(partial))
        return cls(first, last, f"{first.isoformat()}/{last.isoformat()}")

    def plus(self, span: Span, times: int = 1) -> Due:
        """Both ends moved from this anchor by *times* the span, clamped to the month's end."""
        last = span.after(self.last, times)
        if self.first != self.last and not span.days and self.last == _month_end(self.last):
            last = _month_end(last)
        return Due.between(span.after(self.first, times), last)

    def minus(self, span: Span) -> Due:
        """Both ends moved back by the span."""
        return self.plus(span, -1)

    def plus_days(self, number: int) -> Due:
        """Both ends moved by so many days."""
        step = timedelta(days=number)
        return Due.between(self.first + step, self.last + step)


def _month_end(day: date) -> date:
    return add_months(day.replace(day=1), 1) - timedelta(days=1)


@dataclass(frozen=True)
class WorkCalendar:
    """Which days are days off: weekends, and the holidays of the years that it knows.

    ``years`` are those with holiday data; in any other year only weekends count, and the
    service tells the admin (``has_data``).
    """

    holidays: Mapping[date, str] = field(default_factory=dict)
    years: Set[int] = frozenset()

    def is_day_off(self, day: date) -> bool:
        """Saturday, Sunday, public holiday or joint leave."""
        return day.weekday() >= 5 or day in self.holidays

    def has_data(self, year: int) -> bool:
        """Whether holidays are known for *year*."""
        return year in self.years

    def on_or_before(self, day: date) -> date:
        """*day* itself, or the last working day before it."""
        while self.is_day_off(day):
            day -= timedelta(days=1)
        return day

    def on_or_after(self, day: date) -> date:
        """*day* itself, or the first working day after it."""
        while self.is_day_off(day):
            day += timedelta(days=1)
        return day

    def add_working_days(self, day: date, number: int) -> date:
        """The *number*-th working day after (or, negative, before) *day*, which never counts."""
        step = timedelta(days=1 if number > 0 else -1)
        left = abs(number)
        while left:
            day += step
            if not self.is_day_off(day):
                left -= 1
        return day

    def working_days_until(self, start: date, day: date) -> int:
        """Which working day after *start*, which never counts, *day* is: 0 where none has come.

        On a day off it is the number of the working day before it.
        """
        days = (start + timedelta(days=number) for number in range(1, (day - start).days + 1))
        return sum(not self.is_day_off(one) for one in days)
