"""Readiness: whether the service can do its work now, and what stands in the way."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool

from jobs import adoption, guards
from reminder.clock import steady_seconds
from reminder.disk import low_disk
from reminder.errors import DatabaseError
from reminder.home_lock import holder_of
from reminder.storage.closed_relays import closed_relays
from reminder.storage.planning import read_service
from reminder.storage.schema import REVISIONS, read_version
from reminder.storage.standstill import load_standstill, writing
from reminder.storage.write_test import write_anew

if TYPE_CHECKING:
    from jobs.context import JobContext

LOOKS_WITHIN = 5.0
"""Seconds that the checks may take: a database that takes no write for longer is not ready."""
HOLDS_FOR = 2.0
"""Seconds for which a result is given out again, so that asking often costs nothing."""
RELAY_CLOSED_FOR = timedelta(hours=1)
SCANNED_WITHIN = timedelta(hours=26)

StuckJob = Callable[[], str | None]
"""The job that makes no progress, None where all do; see ``EmbeddedJobs.stuck_job``."""


class Readiness:
    """Asked by any number of callers at once; looked into by one thread at a time."""

    def __init__(self, context: Callable[[], JobContext], stuck_job: StuckJob) -> None:
        self._context = context
        self._stuck_job = stuck_job
        self._known: tuple[float, list[str]] | None = None
        self._looking: asyncio.Future[list[str]] | None = None
        self._last_error = ""

    async def reasons(self) -> list[str]:
        """What stands in the way, in words without secrets; empty where nothing does."""
        known = self._known
        if known is not None and steady_seconds() - known[0] < HOLDS_FOR:
            return known[1]
        if self._looking is None or self._looking.done():
            self._looking = asyncio.ensure_future(run_in_threadpool(self._look))
        looking = self._looking
        done, _still = await asyncio.wait({looking}, timeout=LOOKS_WITHIN)
        if not done:
            return [
                f"the checks take longer than {LOOKS_WITHIN:.0f} s: the database is busy or gone"
            ]
        return looking.result()

    def _look(self) -> list[str]:
        context = self._context()
        try:
            found = list(self._obstacles(context))
            error = ""
        except Exception as raised:
            error = type(raised).__name__
            found = [f"the checks failed with {error}; see the log"]
            if error != self._last_error:
                context.log.error("readiness_unknown", exc_info=raised)
        self._last_error = error
        self._known = (steady_seconds(), found)
        return found

    def _obstacles(self, context: JobContext) -> Iterator[str]:
        if stuck := self._stuck_job():
            yield f"the job {stuck} makes no progress"
        if holder_of(context.settings.home) != os.getpid():
            yield "this process does not hold its home"
        folders = guards.recorded_in(context.settings.home, context.database.file)
        low = low_disk(folders, context.free_bytes)
        if low:
            yield low
        try:
            yield from _of_the_database(context, low)
        except DatabaseError as error:
            yield "the database cannot be used; see reminder doctor"
            context.log.debug("database_unusable", reason=str(error))


def _of_the_database(context: JobContext, low: str) -> Iterator[str]:
    with writing(context.database) as connection:
        is_written = write_anew(connection)
    if not is_written:
        yield "the database has no id; run reminder db upgrade"
    if (version := read_version(context.database)) != REVISIONS[-1]:
        yield f"the database has schema {version}; run reminder db upgrade"
        return
    now = context.clock.now()
    reading = context.clock_reading() if context.clock_reading is not None else None
    with context.database.read() as connection:
        standstill = guards.judged(load_standstill(connection), reading, low)
        relays = closed_relays(connection)
        last_scan = read_service(connection, "last_scan_at").get("last_scan_at")
    if standstill.clock_trouble:
        yield standstill.clock_trouble
    for relay in relays:
        if now - relay.since > RELAY_CLOSED_FOR:
            yield f"the relay {relay.relay} cannot be used since {relay.since:%Y-%m-%d %H:%M} UTC"
    if last_scan is None:
        yield "no scan has ended yet"
    elif now - datetime.fromisoformat(last_scan) > SCANNED_WITHIN:
        yield f"the last scan was at {datetime.fromisoformat(last_scan):%Y-%m-%d %H:%M} UTC"
    if adoption.refusal(context):
        yield "this database sends nothing from here; see reminder status"
