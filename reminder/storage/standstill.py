"""Why the service stands still, with the last good reading of the clock, and how it goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import and_, select, update
from sqlalchemy.exc import InternalError, OperationalError

from reminder.clock_guard import ClockFault, ClockReading
from reminder.errors import DatabaseError
from reminder.storage import tables
from reminder.storage.planning import write_service
from reminder.storage.seals import mark_earlier
from reminder.storage.storms import HELD_FOR_STORM
from reminder.storm import REST

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from reminder.storage.engine import Database

NAMES = ("clock", "clock_trouble", "disk_trouble")
"""The service values that hold it. Both troubles are plain words, empty where there is none."""
_service = tables.service.c
_QUERY = select(_service.name, _service.value).where(_service.name.in_(NAMES))


@dataclass(frozen=True, slots=True)
class Standstill:
    """What stands in the way of a scan and of new claims; by default nothing does."""

    good: ClockReading | None = None
    """The high water of the clock; None before the first good reading."""
    fault: ClockFault | None = None
    leapt: ClockReading | None = None
    """The first reading of a leap that nobody has confirmed."""
    clock_trouble: str = ""
    disk_trouble: str = ""

    @property
    def reason(self) -> str:
        """In words with what to do, "" where work may begin."""
        return self.clock_trouble or self.disk_trouble


def load_standstill(connection: Connection, *, lock: bool = False) -> Standstill:
    """What is stored; with *lock* nobody else changes it before this transaction ends."""
    rows = connection.execute(_QUERY.with_for_update() if lock else _QUERY)
    return standstill_of({row.name: row.value for row in rows})


def standstill_of(service: dict[str, str]) -> Standstill:
    """The same from service values that were read with others."""
    clock = _read_object(service.get("clock", ""))
    fault = clock.get("fault")
    return Standstill(
        good=_reading(clock),
        fault=ClockFault(fault) if isinstance(fault, str) and fault in tuple(ClockFault) else None,
        leapt=_reading(clock.get("leapt")),
        clock_trouble=service.get("clock_trouble", ""),
        disk_trouble=service.get("disk_trouble", ""),
    )


def store_standstill(connection: Connection, standstill: Standstill) -> None:
    """Put it in the place of what was stored."""
    clock: dict[str, object] = {} if standstill.good is None else _plain(standstill.good)
    if standstill.fault is not None:
        clock["fault"] = standstill.fault.value
    if standstill.leapt is not None:
        clock["leapt"] = _plain(standstill.leapt)
    write_service(
        connection,
        clock=json.dumps(clock),
        clock_trouble=standstill.clock_trouble,
        disk_trouble=standstill.disk_trouble,
    )


def look_again(connection: Connection, at: datetime) -> None:
    """Have all that waits for later than *at* looked at then.

    A clock that was wrong may have put it off for years. What then proves to be too early,
    as for its send window, is put off anew.
    """
    messages, relays, put_offs = tables.messages, tables.relays, tables.put_offs
    waits = and_(tables.UNFINISHED, messages.c.state.in_(("pending", "deferred", "uncertain")))
    rests = and_(tables.UNFINISHED, HELD_FOR_STORM)  # a person is given so long to look at it
    for which, then in ((waits, at), (tables.UNTOLD, at), (rests, at + REST)):
        connection.execute(
            update(messages).where(which, messages.c.next_try_at > then).values(next_try_at=then)
        )
    connection.execute(update(relays).where(relays.c.closed_until > at).values(closed_until=at))
    connection.execute(update(put_offs).where(put_offs.c.until > at).values(until=at))
    mark_earlier(connection, at)


@contextmanager
def writing(database: Database) -> Iterator[Connection]:
    """A write transaction; DatabaseError says in words that the database takes no writes."""
    try:
        with database.write() as connection:
            yield connection
    except (OperationalError, InternalError) as error:  # read-only, full, locked for too long
        reason = " ".join(str(error.orig).split())[:300]
        raise DatabaseError(
            f"the database cannot be written ({reason}), so nothing that is sent could be "
            "recorded; see reminder doctor"
        ) from error


def _plain(reading: ClockReading) -> dict[str, object]:
    return asdict(reading) | {"wall": reading.wall.isoformat()}


def _reading(value: object) -> ClockReading | None:
    """None for what is no reading: a hand that edits the value must not stop every job."""
    if not isinstance(value, dict):
        return None
    try:
        wall = datetime.fromisoformat(str(value["wall"])).astimezone(UTC)
        return ClockReading(wall, float(str(value["steady"])), str(value["boot"]))
    except (KeyError, ValueError, OverflowError):
        return None


def _read_object(text: str) -> dict[str, object]:
    try:
        value: object = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
