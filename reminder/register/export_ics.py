"""Deadlines as an iCalendar file: one all-day event each, the same UID for ever."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import BinaryIO

_NAMES = {
    "id": {
        "expiry": "Berakhir",
        "notice_by": "Batas pemberitahuan",
        "report": "Laporan",
        "step": "Tahapan",
        "follow_up": "Tindak lanjut",
        "finding": "Temuan",
    },
    "en": {
        "expiry": "Expires",
        "notice_by": "Notice due",
        "report": "Report",
        "step": "Step",
        "follow_up": "Follow-up",
        "finding": "Finding",
    },
}
SEVERAL_DAYS = timedelta(days=31)
"""A due date known to a month is shown over it; one known only to the year on its first day."""


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """One deadline in a calendar. ``epoch`` rises when its date changes."""

    agreement: str
    title: str
    kind: str
    key: str
    first: date
    last: date
    epoch: int
    derived_from: str

    @property
    def uid(self) -> str:
        """Stable, and without anything that a shared calendar should not show."""
        name = "\x1f".join((self.agreement, self.kind, self.key))
        return f"{hashlib.sha256(name.encode()).hexdigest()[:32]}@deadlines"


def write_ics(
    stream: BinaryIO, name: str, entries: Iterable[CalendarEntry], language: str, now: datetime
) -> int:
    """Write a calendar of that name; how many events it has."""
    from icalendar import Calendar, Event

    calendar = Calendar()
    calendar.add("prodid", "-//reminder//deadlines//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    names = _NAMES.get(language, _NAMES["en"])
    count = 0
    for entry in entries:
        event = Event()
        what = f"{names[entry.kind]} {entry.key}".strip()
        event.add("uid", entry.uid)
        event.add(
            "summary", ": ".join(part for part in (what, entry.title or entry.agreement) if part)
        )
        event.add("dtstart", entry.first)
        several = entry.last - entry.first <= SEVERAL_DAYS
        event.add("dtend", (entry.last if several else entry.first) + timedelta(days=1))
        event.add("dtstamp", now)
        event.add("sequence", entry.epoch - 1)
        event.add("transp", "TRANSPARENT")
        event.add(
            "description", "\n".join(part for part in (entry.agreement, entry.derived_from) if part)
        )
        calendar.add_component(event)
        count += 1
    stream.write(calendar.to_ical())
    return count
