"""Time zones by their IANA names, for the service and for bureaus."""

from __future__ import annotations

import re
from zoneinfo import available_timezones

from reminder.clock import is_zone
from reminder.near_names import near_name
from reminder.policy.names import LIKENESS, shown

_NAME = re.compile(r"[A-Z][A-Za-z_]+(?:/[A-Z][A-Za-z0-9_+-]*){1,2}|UTC", re.ASCII)
_INDONESIAN = {"WIB": "Asia/Jakarta", "WITA": "Asia/Makassar", "WIT": "Asia/Jayapura"}


def parse_zone(text: str) -> str:
    """The IANA name *text*; ValueError names the one that may be meant."""
    if _NAME.fullmatch(text) and is_zone(text):
        return text
    raise ValueError(f"{shown(text)} is not a time zone; {_hint(text)}")


def _hint(text: str) -> str:
    short = _INDONESIAN.get(text.strip().upper())
    if short is not None:
        return f'write "{short}"'
    if not any(letter.isdigit() for letter in text):  # UTC+7 means no place
        names = (name for name in available_timezones() if _NAME.fullmatch(name))
        near = near_name(text, names, likeness=LIKENESS)
        if near is not None:
            return f'did you mean "{near}"?'
    return "write the IANA name of a place, for example Asia/Jakarta, Asia/Makassar, Asia/Jayapura"
