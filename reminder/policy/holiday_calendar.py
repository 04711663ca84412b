"""Holidays of a country, with the days that the admin's file adds and removes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from datetime import date

from reminder.calendars import FIRST_YEAR, LAST_YEAR, WorkCalendar


@dataclass(frozen=True, slots=True)
class HolidayYear:
    """What a decree says of one year, on top of what the library knows."""

    year: int
    added: Mapping[date, str] = field(default_factory=dict)
    removed: frozenset[date] = frozenset()
    source: str = ""


class CountryHolidays(Mapping[date, str]):
    """Holidays by day, worked out for a year when it is first asked for.

    A scan asks for a few years, a lead time of an old agreement for any: reckoning them
    all beforehand would cost each start a fifth of a second.
    """

    def __init__(self, country: str, decreed: Mapping[int, HolidayYear]) -> None:
        self._country = country
        self._decreed = decreed
        self._by_year: dict[int, dict[date, str]] = {}
        self._complete: dict[int, bool] = {}

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and day in self._year(day.year)

    def __getitem__(self, day: date) -> str:
        return self._year(day.year)[day]

    def __iter__(self) -> Iterator[date]:
        for year in range(FIRST_YEAR, LAST_YEAR + 1):
            yield from sorted(self._year(year))

    def __len__(self) -> int:
        return sum(len(self._year(year)) for year in range(FIRST_YEAR, LAST_YEAR + 1))

    def is_complete(self, year: int) -> bool:
        """Whether the days of *year* are decreed and not only reckoned.

        Joint leave exists only by decree, so a year in which the library has some is one
        whose decree it knows. A country without joint leave has none to wait for.
        """
        self._year(year)
        return self._complete[year]

    def _year(self, year: int) -> dict[date, str]:
        found = self._by_year.get(year)
        if found is None:
            known, is_complete = library_year(self._country, year)
            decreed = self._decreed.get(year, HolidayYear(year))
            found = {day: name for day, name in known.items() if day not in decreed.removed}
            found.update(decreed.added)
            self._complete[year] = is_complete or year in self._decreed
            self._by_year[year] = found
        return found


class _CompleteYears(Set[int]):
    def __init__(self, holidays: CountryHolidays) -> None:
        self._holidays = holidays

    def __contains__(self, year: object) -> bool:
        return isinstance(year, int) and self._holidays.is_complete(year)

    def __iter__(self) -> Iterator[int]:
        return (year for year in range(FIRST_YEAR, LAST_YEAR + 1) if year in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def work_calendar(country: str, decreed: Mapping[int, HolidayYear]) -> WorkCalendar:
    """The working days of *country*, two-letter code."""
    holidays = CountryHolidays(country, decreed)
    return WorkCalendar(holidays, _CompleteYears(holidays))


def library_year(country: str, year: int) -> tuple[dict[date, str], bool]:
    """The library's public holidays and joint leave of *year*, and whether they are decreed."""
    import holidays as library

    entity = getattr(library, country)
    if not entity.start_year <= year <= entity.end_year:
        return {}, False
    public, joint = library.PUBLIC, library.GOVERNMENT
    own_language = entity.default_language
    days = library.country_holidays(
        country, years=year, language=own_language, categories=(public,)
    )
    found = {day: name for day, name in days.items() if day.year == year}
    if joint not in entity.supported_categories:
        return found, True
    leave = library.country_holidays(
        country, years=year, language=own_language, categories=(joint,)
    )
    found.update(
        (day, name) for day, name in leave.items() if day.year == year and day not in found
    )
    return found, bool(leave)
