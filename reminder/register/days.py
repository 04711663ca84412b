"""Cells that hold a day, a month or a year, as people in an office write them."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from functools import lru_cache

from reminder.calendars import FIRST_YEAR, LAST_YEAR, PartialDate
from reminder.register.text import CellError, clean, shown

_MONTHS = (
    "januari january jan",
    "februari february pebruari feb peb",
    "maret march mar",
    "april apr",
    "mei may",
    "juni june jun",
    "juli july jul",
    "agustus august agu agt ags agst aug",
    "september sept sep",
    "oktober october okt oct",
    "november nopember nov nop",
    "desember december des dec",
)
MONTHS = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}

_ISO = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?", re.ASCII)
_MIDNIGHT = re.compile(r"(\d{4}-\d{2}-\d{2})[T ]00:00(?::00(?:\.0+)?)?", re.ASCII)
_IN_WORDS = re.compile(
    r"(?:(?:senin|selasa|rabu|kamis|jum'?at|sabtu|minggu|ahad"
    r"|monday|tuesday|wednesday|thursday|friday|saturday|sunday),?\s+)?"
    r"(?:(?P<d>\d{1,2})\s+)?(?P<m>[a-z]+)\.?,?\s+(?P<y>\d{4})",
    re.ASCII | re.IGNORECASE,
)
_NUMERIC = re.compile(r"(?P<a>\d{1,2})[/.-](?P<b>\d{1,2})[/.-](?P<y>\d{4})", re.ASCII)
_SHORT_YEAR = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2}", re.ASCII)
_YEAR_FIRST = re.compile(r"(?P<y>\d{4})[/. -]?(?P<m>\d{1,2})[/. -]?(?P<d>\d{1,2})", re.ASCII)
_WEEK = re.compile(r"(?P<y>\d{4})-?W(?P<w>\d{2})(?:-?(?P<d>[1-7]))?", re.ASCII | re.IGNORECASE)

EXAMPLES = "write 2024-05-31, 31 Mei 2024, 2024-05 or 2024"


def partial_date(raw: str) -> str:
    """The stored form (``2024``, ``2024-05``, ``2024-05-31``) of a cell that may be partial."""
    return _partial(raw)


def full_date(raw: str) -> str:
    """The stored form of a cell that must name the day itself."""
    value = _partial(raw)
    if len(value) != len("2024-05-31"):
        raise CellError(f"{shown(raw)} names no day", "write the day, for example 2024-05-31")
    return value


@lru_cache(maxsize=16_384)
def _partial(raw: str) -> str:
    if _ISO.fullmatch(raw):
        return _stored(raw, raw)
    value = clean(raw, 100)
    if any(char.isdigit() and not char.isascii() for char in value):
        raise CellError(
            f"{shown(raw)} has digits of another script", f"write {_ascii_digits(value)}"
        )
    if match := _MIDNIGHT.fullmatch(value):
        return _stored(match[1], raw)
    if match := _IN_WORDS.fullmatch(value):
        return _from_words(match, raw)
    if match := _NUMERIC.fullmatch(value):
        return _from_numbers(match, raw)
    return _stored(value, raw) if _ISO.fullmatch(value) else _refuse(value, raw)


def _from_words(match: re.Match[str], raw: str) -> str:
    month = MONTHS.get(match["m"].lower())
    if month is None:
        raise CellError(f"{shown(raw)} names no month", EXAMPLES)
    day = f"-{int(match['d']):02}" if match["d"] else ""
    return _stored(f"{match['y']}-{month:02}{day}", raw)


def _from_numbers(match: re.Match[str], raw: str) -> str:
    """Day first, but only where it cannot be read month first."""
    first, second, year = int(match["a"]), int(match["b"]), match["y"]
    if first > 12:
        return _stored(f"{year}-{second:02}-{first:02}", raw)
    if 12 < second <= 31:
        hint = f"write {year}-{first:02}-{second:02}"
        raise CellError(f"{shown(raw)} has the month before the day", hint)
    if not (first >= 1 and 1 <= second <= 12):
        raise CellError(f"{shown(raw)} is not a day that exists", EXAMPLES)
    raise CellError(
        f"{shown(raw)} is ambiguous",
        f"write {year}-{second:02}-{first:02} if {first} is the day, "
        f"or {year}-{first:02}-{second:02} if {first} is the month",
    )


def _stored(iso: str, raw: str) -> str:
    try:
        return str(PartialDate.parse(iso))
    except ValueError:
        pass
    if not FIRST_YEAR <= int(iso[:4]) <= LAST_YEAR:
        raise CellError(
            f"{shown(raw)} is outside the years {FIRST_YEAR} to {LAST_YEAR}",
            "check the year, or leave the cell empty",
        )
    raise CellError(f"{shown(raw)} is not a day that exists", EXAMPLES)


def _refuse(value: str, raw: str) -> str:
    """Name what the cell looks like, and the same day in a form that can be read."""
    if _SHORT_YEAR.fullmatch(value):
        raise CellError(
            f"{shown(raw)} has a year of two digits", "write all four digits of the year"
        )
    if match := _WEEK.fullmatch(value):
        raise CellError(f"{shown(raw)} names a week", _week_hint(match))
    if match := _YEAR_FIRST.fullmatch(value):
        iso = f"{match['y']}-{int(match['m']):02}-{int(match['d']):02}"
        raise CellError(f"{shown(raw)} is not a date as this service reads it", f"write {iso}")
    if value.startswith("'"):
        raise CellError(f"{shown(raw)} begins with an apostrophe", f"write {value.lstrip(chr(39))}")
    raise CellError(
        f"{shown(raw)} is not a date", f"{EXAMPLES}, or leave the cell empty where nobody knows"
    )


def _week_hint(match: re.Match[str]) -> str:
    try:
        day = date.fromisocalendar(int(match["y"]), int(match["w"]), int(match["d"] or 1))
    except ValueError:
        return EXAMPLES
    return f"write the day, {day.isoformat()}"


def _ascii_digits(value: str) -> str:
    return "".join(
        str(unicodedata.digit(char)) if char.isdigit() and not char.isascii() else char
        for char in value
    )
