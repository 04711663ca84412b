"""Days as an iCalendar file (RFC 5545): all-day events, the same bytes for the same input.

Written by hand, and that pays: nearly every mail has one, and ``icalendar`` takes ten times as
long for it. The tests read every form back with two parsers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from reminder.mail.plain_text import clean

LONGEST_LINE = 75
"""Octets of a line without its end (RFC 5545 3.1)."""
REFRESHED_EVERY = "PT12H"
"""How often a program that subscribed is asked to look again."""

PUBLISH, CANCEL = "PUBLISH", "CANCEL"
"""What is done with the events. Never REQUEST: calendars would send an answer to the service."""

_BREAK = "\\n"
"""A line break within a text."""


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """One event over whole days. It invites nobody, and takes up nobody's time."""

    uid: str
    first: date
    last: date
    sequence: int
    """Rises when the day changes; programs then move the entry that they have."""
    summary: str
    description: tuple[str, ...]
    """Line by line."""


def calendar_file(
    events: Iterable[CalendarEvent], dated_at: datetime, method: str = PUBLISH, name: str = ""
) -> bytes:
    """A calendar of those events. *name* is what a calendar to subscribe to is shown under.

    *dated_at* is the instant at which the events were as they are written.
    """
    stamp = f"{dated_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    lines = [_OPENING, f"METHOD:{method}\r\n"]
    if name:
        lines += [_line("NAME", name), _line("X-WR-CALNAME", name), _REFRESH]
    lines += [_event(event, stamp, is_cancelled=method == CANCEL) for event in events]
    lines.append("END:VCALENDAR\r\n")
    return "".join(lines).encode()


_OPENING = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//reminder//deadlines//EN\r\nCALSCALE:GREGORIAN\r\n"
)
_REFRESH = (
    f"REFRESH-INTERVAL;VALUE=DURATION:{REFRESHED_EVERY}\r\nX-PUBLISHED-TTL:{REFRESHED_EVERY}\r\n"
)


def _event(event: CalendarEvent, stamp: str, *, is_cancelled: bool) -> str:
    after = event.last + timedelta(days=1)  # the end is the first day that it does not last for
    status = "STATUS:CANCELLED\r\n" if is_cancelled else ""
    return (
        f"BEGIN:VEVENT\r\nUID:{event.uid}\r\nDTSTAMP:{stamp}\r\nSEQUENCE:{event.sequence}\r\n"
        f"DTSTART;VALUE=DATE:{_day(event.first)}\r\nDTEND;VALUE=DATE:{_day(after)}\r\n"
        f"{_line('SUMMARY', event.summary)}{_line('DESCRIPTION', *event.description)}"
        f"TRANSP:TRANSPARENT\r\n{status}END:VEVENT\r\n"
    )


def _day(day: date) -> str:
    return day.isoformat().replace("-", "")


def _line(name: str, *texts: str) -> str:
    """A property whose value is text, with its end; several texts are lines of it."""
    return _folded(f"{name}:{_BREAK.join(map(_escaped, texts))}")


def _escaped(text: str) -> str:
    """A text without line breaks of its own, as RFC 5545 3.3.11 has it written."""
    text = clean(text).replace("\\", "\\\\")
    return text.replace(";", "\\;").replace(",", "\\,")


def _folded(line: str) -> str:
    """The line and its end, in pieces of at most 75 octets, never cut within a character."""
    if len(line) <= LONGEST_LINE and line.isascii():
        return f"{line}\r\n"
    raw = line.encode()
    pieces: list[str] = []
    start, room = 0, LONGEST_LINE
    while len(raw) - start > room:
        end = start + room
        while raw[end] & 0xC0 == 0x80:  # the middle of a character in UTF-8
            end -= 1
        pieces.append(raw[start:end].decode())
        start, room = end, LONGEST_LINE - 1  # the blank that a piece begins with counts
    pieces.append(raw[start:].decode())
    return "\r\n ".join(pieces) + "\r\n"
