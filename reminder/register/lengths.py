"""Cells that hold a length of time (``5 years``, ``18 bulan``) or lead times (``H-90 H-30``)."""

from __future__ import annotations

import re
from functools import lru_cache

from reminder.calendars import Span
from reminder.lead_times import parse_lead_times
from reminder.register.text import CellError, clean, shown

_IN_WORDS = re.compile(r"\s*\([a-z ]+\)\s*", re.ASCII | re.IGNORECASE)
_FRACTION = re.compile(
    r"(?P<whole>\d{1,2})[.,](?P<part>\d{1,2})\s*(?:years?|tahun)", re.ASCII | re.IGNORECASE
)
_NUMBER = re.compile(r"\d{1,3}", re.ASCII)
_FOR_EVER = {"selamanya", "seumur hidup", "tidak terbatas", "forever", "unlimited", "indefinite"}


@lru_cache(maxsize=4_096)
def span(raw: str) -> str:
    """The stored form of a length of time."""
    # Contracts write "5 (lima) tahun".
    value = _IN_WORDS.sub(" ", clean(raw, 100)).strip()
    try:
        return str(Span.parse(value))
    except ValueError:
        raise CellError(f"{shown(raw)} is not a length of time", _span_hint(value)) from None


def _span_hint(value: str) -> str:
    if value.lower() in _FOR_EVER:
        return "leave the cell empty where no end is agreed"
    if match := _FRACTION.fullmatch(value):
        months = 12 * int(match["whole"]) + round(12 * float(f"0.{match['part']}"))
        return f"write whole months, for example {months} months"
    if _NUMBER.fullmatch(value):
        return f'write the unit too, for example "{value} years" or "{value} months"'
    return 'write a whole number and a unit, for example "5 years", "18 bulan" or "30 days"'


@lru_cache(maxsize=4_096)
def lead_times(raw: str) -> str:
    """The stored form of lead times: codes with one space between."""
    value = clean(raw, 500)
    try:
        found = parse_lead_times(value.split())
    except ValueError as error:
        raise CellError(
            f"{shown(raw)}: {error}" if len(value.split()) > 1 else str(error),
            'write codes with spaces between, for example "H-180 H-90 H-30"',
        ) from None
    return " ".join(lead.code for lead in found)
