"""``holidays.yaml``: days that a decree adds to the library's holidays or takes from them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from reminder.policy.holiday_calendar import HolidayYear, library_year
from reminder.policy.items import Item
from reminder.policy.values import parse_day, parse_words, parse_year

FEWEST_WORKING_DAYS = 100
"""A year with fewer is a mistake: mail that waits for a working day would pile up."""


def read_holidays(item: Item, country: str) -> Mapping[int, HolidayYear]:
    """What the file says, by year."""
    holidays = item.fields(("holidays",), ("holidays",)).get("holidays")
    years = holidays.entries("write {}, or years as the comments show") if holidays else None
    found = {}
    for text, entry in (years or {}).items():
        year = entry.made_of(text, parse_year)
        if year is not None:
            found[year] = _year(year, entry, country)
    return found


def _year(year: int, item: Item, country: str) -> HolidayYear:
    fields = item.fields(("source", "add", "remove"), ("source",))
    added: dict[date, str] = {}
    add = fields.get("add")
    days = add.entries('write days with names, like "2027-02-05: Cuti bersama"') if add else None
    for text, entry in (days or {}).items():
        day = entry.made_of(text, parse_day)
        name = entry.parsed(parse_words)
        if day is not None and _is_within(day, year, entry):
            added[day] = name or ""
    removed = fields.pairs("remove", parse_day, "write days, like [2027-03-15]")
    for one, day in removed:
        if not _is_within(day, year, one):
            continue
        if day in added:
            one.report(f"{day} is also added", "keep one of them")
        elif day not in library_year(country, year)[0]:
            one.report(f"{day} is no holiday anyway", "remove it here", level="warning")
    working = sum(1 for day in _weekdays(year) if day not in added)
    if working < FEWEST_WORKING_DAYS:
        item.report(
            f"leaves only {working} working days in {year}",
            "list the holidays only; weekends are days off anyway",
        )
    source = fields.one("source", parse_words, "")
    return HolidayYear(year, added, frozenset(day for _, day in removed), source)


def _weekdays(year: int) -> list[date]:
    first = date(year, 1, 1)
    days = (first + timedelta(days=number) for number in range(366))
    return [day for day in days if day.year == year and day.weekday() < 5]


def _is_within(day: date, year: int, item: Item) -> bool:
    if day.year != year:
        item.report(f"{day} is not in {year}", f"write it under {day.year}")
    return day.year == year
