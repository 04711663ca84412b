"""Guards: whether a scan and new claims may begin now, by the clock and by the disk.

What is claimed already is not stopped: its lease and its intent see to it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from reminder.clock_guard import ClockFault, ClockReading, clock_fault, high_water
from reminder.disk import low_disk
from reminder.errors import DatabaseError, ReminderError
from reminder.retry import UNCERTAIN_FOR
from reminder.storage.events import add_event
from reminder.storage.standstill import (
    Standstill,
    load_standstill,
    look_again,
    store_standstill,
    writing,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from jobs.context import JobContext

WRITE_EVERY = timedelta(minutes=1)
"""How far the clock goes on before its reading is stored anew: an idle tick stays cheap, and
that the database still takes writes is found out at least as often."""


def refusal(context: JobContext) -> str:
    """Why neither a scan nor a new claim may begin now, and what to do; "" where they may."""
    try:
        reason = _look(context).reason
    except DatabaseError as error:
        reason = str(error)
    if context.last_refusal.changes_to(reason):
        if reason:
            context.log.error("standing_still", reason=reason)
        else:
            context.log.info("going_on")
    return reason


def trust_clock(context: JobContext, actor: str) -> bool:
    """*actor* says that the clock is right as it is now; False where nobody doubted it.

    ReminderError where it cannot be right: before the year this program was written in.
    """
    if context.clock_reading is None:
        return False
    reading = context.clock_reading()
    if clock_fault(reading, None) is not None:
        raise ReminderError(_words(ClockFault.UNSET, reading, None))
    with writing(context.database) as connection:
        stored = load_standstill(connection, lock=True)
        if stored.fault is None and clock_fault(reading, stored.good) is None:
            return False
        trusted = replace(stored, good=reading, fault=None, leapt=None, clock_trouble="")
        store_standstill(connection, trusted)
        look_again(connection, reading.wall + UNCERTAIN_FOR)
        data = _about(reading, stored.good)
        add_event(connection, context.clock.now(), "clock_trusted", data, actor=actor)
    context.log.warning("clock_trusted", by=actor, wall=reading.wall.isoformat())
    return True


def _look(context: JobContext) -> Standstill:
    """How things stand now; stored, with its events, where that is something new."""
    file = context.database.file
    if file is not None and not file.exists():
        # SQLite would go on in a -wal file that nobody finds: what it records would be lost.
        raise DatabaseError(
            f"the database {file} was moved away while this program uses it; stop the program, "
            "move the database back beside its -wal file, then start it again"
        )
    reading = context.clock_reading() if context.clock_reading is not None else None
    low = low_disk(recorded_in(context.settings.home, context.database.file), context.free_bytes)
    with context.database.read() as connection:
        stored = load_standstill(connection)
    now_so = judged(stored, reading, low)
    if not _is_news(stored, now_so):
        return now_so
    with writing(context.database) as connection:
        # Another job may have found the same out meanwhile; what it stored decides.
        stored = load_standstill(connection, lock=True)
        now_so = judged(stored, reading, low)
        if _is_news(stored, now_so):
            store_standstill(connection, now_so)
            if stored.fault is ClockFault.LEAPT and reading is not None and now_so.fault is None:
                look_again(connection, reading.wall + UNCERTAIN_FOR)
            _add_events(connection, context.clock.now(), stored, now_so, reading)
    return now_so


def judged(stored: Standstill, reading: ClockReading | None, low: str) -> Standstill:
    """How things stand by *reading*, None where clocks are not guarded, and words on the disk."""
    if reading is None:
        return replace(stored, fault=None, leapt=None, clock_trouble="", disk_trouble=low)
    fault = clock_fault(reading, stored.good, stored.leapt)
    if fault is None:
        return Standstill(good=high_water(reading, stored.good), disk_trouble=low)
    if fault is stored.fault:
        return replace(stored, disk_trouble=low)  # the words of its beginning stay
    return Standstill(
        good=stored.good,
        fault=fault,
        leapt=reading if fault is ClockFault.LEAPT else None,
        clock_trouble=_words(fault, reading, stored.good),
        disk_trouble=low,
    )


def recorded_in(home: Path, database_file: Path | None) -> list[Path]:
    """The folders in which what is sent is recorded: the outcome journal's, the database's."""
    return [home / "var", *([database_file.parent] if database_file is not None else [])]


def _is_news(stored: Standstill, now_so: Standstill) -> bool:
    if (stored.fault, stored.disk_trouble) != (now_so.fault, now_so.disk_trouble):
        return True
    if now_so.good is None or stored.good is None:
        return now_so.good is not stored.good
    return now_so.good.wall - stored.good.wall >= WRITE_EVERY


def _add_events(
    connection: Connection,
    now: datetime,
    stored: Standstill,
    now_so: Standstill,
    reading: ClockReading | None,
) -> None:
    if stored.fault is not now_so.fault and reading is not None:
        kind = now_so.fault or "clock_recovered"
        add_event(connection, now, kind, _about(reading, stored.good))
    if stored.disk_trouble != now_so.disk_trouble:
        kind = "disk_full" if now_so.disk_trouble else "disk_recovered"
        add_event(connection, now, kind, {"reason": now_so.disk_trouble})


def _about(reading: ClockReading, good: ClockReading | None) -> dict[str, object]:
    before = None if good is None else good.wall.isoformat()
    return {"wall": reading.wall.isoformat(), "last_good": before}


def _words(fault: ClockFault, reading: ClockReading, good: ClockReading | None) -> str:
    if fault is ClockFault.UNSET or good is None:
        return (
            f"the clock shows {_shown(reading)}, before this program was written; "
            "set the clock of the machine"
        )
    if fault is ClockFault.STEPPED_BACK:
        return (
            f"the clock stepped back from {_shown(good)} to {_shown(reading)}; it goes on by "
            "itself when that time comes again or the clock is set, and, where the clock is "
            "right now, after: reminder release clock"
        )
    return (
        f"the clock leapt from {_shown(good)} to {_shown(reading)}, far more than went by; set it, "
        "or, where it is right now, run: reminder release clock"
    )


def _shown(reading: ClockReading) -> str:
    return f"{reading.wall:%Y-%m-%d %H:%M} UTC"
