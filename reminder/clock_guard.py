"""Pure: a reading of the clock against the last good one -> whether the time can be believed.

One wrong year on the clock would mail every agreement. So a step back is waited out and a
leap ahead is for a person to confirm; downtime, however long, is neither.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

MOST_BACK = timedelta(minutes=5)
"""A clock that is set right over the network moves by less than this."""
MOST_AHEAD = timedelta(hours=36)
"""By how much the clock may outrun the machine: one day and a zone set wrong."""
WRITTEN_AT = datetime(2025, 1, 1, tzinfo=UTC)
"""The clock cannot rightly show a time before this program was written. A machine without a
battery starts in 1970, and what follows must not look like a leap of decades."""


@dataclass(frozen=True, slots=True)
class ClockReading:
    """What the machine's clocks showed at one moment."""

    wall: datetime
    """The time that people see and set, in UTC."""
    steady: float
    """Seconds since the machine started, suspension included; nobody sets it."""
    boot: str
    """Which start of the machine that was: ``steady`` compares within one only."""


class ClockFault(StrEnum):
    """In which way a reading cannot be believed."""

    UNSET = "clock_unset"
    """Before this program was written, on a database that has seen no good time yet."""
    STEPPED_BACK = "clock_stepped_back"
    """Before a time that was seen already; ends by itself when that time comes again."""
    LEAPT = "clock_leapt"
    """Far ahead of what can have passed; ends when it is put right, or a person confirms."""


def clock_fault(
    reading: ClockReading, good: ClockReading | None, leapt: ClockReading | None = None
) -> ClockFault | None:
    """What is wrong with *reading*, None where it can be believed.

    *good* is the high water: the latest reading that was believed, None before the first.
    *leapt* is the first reading of a leap that nobody has confirmed, None without one.
    """
    if good is None:
        return ClockFault.UNSET if reading.wall < WRITTEN_AT else None
    if reading.wall < good.wall - MOST_BACK:
        return ClockFault.STEPPED_BACK
    if is_same_run(good, reading):
        ran = timedelta(seconds=reading.steady - good.steady)
        return ClockFault.LEAPT if reading.wall - good.wall - ran > MOST_AHEAD else None
    # Nothing tells how long the machine was off, so any way forward is believed, save one:
    # a restart must not make a leap right that nobody has confirmed.
    if leapt is not None and reading.wall >= leapt.wall:
        return ClockFault.LEAPT
    return None


def is_same_run(before: ClockReading, after: ClockReading) -> bool:
    """Whether the machine ran on between the two, so that ``steady`` measures what passed."""
    return before.boot == after.boot and before.steady <= after.steady


def high_water(reading: ClockReading, good: ClockReading | None) -> ClockReading:
    """The latest good reading once *reading* was believed: it never goes back."""
    return reading if good is None or reading.wall > good.wall else good
