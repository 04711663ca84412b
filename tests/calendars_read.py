"""Calendar files as two other programs read them; both must say the same."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

import icalendar
import vobject


@dataclass(frozen=True)
class Entry:
    """An event as a calendar program has it in the end."""

    uid: str
    first: date
    after: date
    """The first day that is not in it."""
    sequence: int
    summary: str
    description: str
    stamp: str
    status: str = ""


@dataclass(frozen=True)
class Calendar:
    """A calendar file."""

    method: str
    name: str
    entries: tuple[Entry, ...]


def read_calendar(data: bytes) -> Calendar:
    """What both parsers find in a file, whose lines are as RFC 5545 has them."""
    assert data.endswith(b"\r\n")
    lines = data[:-2].split(b"\r\n")
    assert all(0 < len(line) <= 75 for line in lines)
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    for line in lines:
        line.decode()  # no line is cut within a character
    found = _by_icalendar(data)
    assert found == _by_vobject(data)
    return found


def _by_icalendar(data: bytes) -> Calendar:
    read = icalendar.Calendar.from_ical(data)
    assert isinstance(read, icalendar.Calendar)
    assert not read.errors
    assert (read["VERSION"], read["CALSCALE"]) == ("2.0", "GREGORIAN")
    assert {part.name for part in read.walk()} <= {"VCALENDAR", "VEVENT"}
    entries = []
    for event in read.walk("VEVENT"):
        assert not event.errors
        assert event["TRANSP"] == "TRANSPARENT"
        assert not set(event) & {"ATTENDEE", "ORGANIZER", "URL", "ATTACH", "VALARM"}
        assert event["DTSTART"].params["VALUE"] == event["DTEND"].params["VALUE"] == "DATE"
        entries.append(
            Entry(
                str(event["UID"]),
                event.decoded("DTSTART"),
                event.decoded("DTEND"),
                int(event.decoded("SEQUENCE")),
                str(event["SUMMARY"]),
                str(event["DESCRIPTION"]),
                f"{event.decoded('DTSTAMP'):%Y%m%dT%H%M%SZ}",
                str(event.get("STATUS", "")),
            )
        )
    return Calendar(str(read["METHOD"]), _plain(str(read.get("NAME", ""))), tuple(entries))


def _by_vobject(data: bytes) -> Calendar:
    read = vobject.readOne(data.decode())
    read.validate(raiseException=True)
    entries = [
        Entry(
            event.uid.value,
            event.dtstart.value,
            event.dtend.value,
            int(event.sequence.value),
            event.summary.value,
            event.description.value,
            f"{event.dtstamp.value:%Y%m%dT%H%M%SZ}",
            event.status.value if "status" in event.contents else "",
        )
        for event in read.contents.get("vevent", [])
    ]
    named = read.contents.get("x-wr-calname")
    return Calendar(read.method.value, named[0].value if named else "", tuple(entries))


def _plain(text: str) -> str:
    """A name, which icalendar takes for no text and leaves as it is written."""
    return re.sub(r"\\(.)", r"\1", text)
