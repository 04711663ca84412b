"""The time: the only file that asks the machine what time it is."""

from __future__ import annotations

import sys
import time as clocks
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from pathlib import Path
from time import monotonic
from typing import Protocol
from uuid import uuid4
from zoneinfo import ZoneInfo

from reminder.clock_guard import ClockReading


class Clock(Protocol):
    """Answers with the present instant, aware and in UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(frozen=True)
class FixedClock:
    """Stands still at ``instant``; for ``--as-of`` in one-shot commands, and for tests."""

    instant: datetime

    def now(self) -> datetime:
        return self.instant


class ShiftedClock:
    """Starts at ``start`` and runs on at the machine's pace; for ``--as-of ... run``."""

    def __init__(self, start: datetime) -> None:
        self._start = start
        self._began = monotonic()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=monotonic() - self._began)


def steady_seconds() -> float:
    """Seconds on a clock that nobody sets, to measure how long something takes."""
    return monotonic()


# Goes on while the machine is suspended, where the system has such a clock.
_STEADY = clocks.CLOCK_BOOTTIME if sys.platform == "linux" else clocks.CLOCK_MONOTONIC


def read_machine_clock() -> ClockReading:
    """What the clocks of this machine show now, for the guard against a wrong one."""
    steady = clocks.clock_gettime(_STEADY)
    return ClockReading(datetime.now(UTC), steady, _start_of_machine())


@cache
def _start_of_machine() -> str:
    """Names this start of the machine; where it has no name, this start of the program."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return f"process {uuid4()}"


@lru_cache(maxsize=256)
def zone(name: str) -> ZoneInfo:
    """The IANA zone *name*; the name was checked when it entered the register."""
    return ZoneInfo(name)


@lru_cache(maxsize=256)
def is_zone(name: str) -> bool:
    """Whether this machine knows an IANA zone of that name."""
    try:
        zone(name)
    except (KeyError, ValueError, OSError):  # unknown; malformed; a folder of zones
        return False
    return True


def known_zone(name: str, otherwise: str) -> str:
    """*name* if there is such a zone, else *otherwise*: for rows that nobody checked."""
    return name if is_zone(name) else otherwise


def local_date(instant: datetime, zone_name: str) -> date:
    """The calendar day that *instant* falls on in *zone_name* (a bureau's "today")."""
    return instant.astimezone(zone(zone_name)).date()


def start_of_day(day: date, zone_name: str) -> datetime:
    """The first instant of *day* in *zone_name*, in UTC."""
    # fold=0 takes the first of two midnights; a midnight inside a gap moves forward.
    return datetime.combine(day, time.min, zone(zone_name)).astimezone(UTC)
