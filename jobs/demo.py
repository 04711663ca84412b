"""The demonstration: the sample register lived through day by day, with the production jobs."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.deliver import deliver
from jobs.digest import digest
from jobs.escalate import escalate
from jobs.importing import import_files
from jobs.scan import scan
from jobs.seal import seal
from jobs.touched import plan_touched
from reminder.clock import FixedClock
from reminder.mail.journal import OutcomeJournal
from reminder.mail.open_transport import open_transport
from reminder.mail.render import Renderer
from reminder.resources import template_dirs
from reminder.sample.history import Register, days_with_news, known_on, write_register

if TYPE_CHECKING:
    from jobs.context import JobContext

SCANNED_AT = time(3, tzinfo=UTC)
"""10:00 in Jakarta, 11:00 in Makassar, 12:00 in Jayapura: the send window of all three is open."""

Progress = Callable[[int, int], None]
"""Told (days done, days in all)."""


@dataclass(frozen=True, slots=True)
class Period:
    """The days that a demonstration lives through, both included."""

    first: date
    last: date

    @property
    def days(self) -> list[date]:
        """Every day of it."""
        number = (self.last - self.first).days + 1
        return [self.first + timedelta(days=step) for step in range(number)]

    @property
    def ends_at(self) -> datetime:
        """The instant of its last scan."""
        return datetime.combine(self.last, SCANNED_AT)


def live_through(
    context: JobContext, register: Register, folder: Path, period: Period, progress: Progress
) -> None:
    """Scan and deliver once on every day of *period*, as a daemon would have.

    *folder* receives the register as it is known on the day and is imported from there,
    so that a mail is about what the bureau could know. The days without anything to do are
    scanned too: a gap would turn the mails after it into digests.
    """
    days = period.days
    news = {period.first, *days_with_news(register, period.first, period.last)}
    known: Register = {}
    renderer = Renderer(template_dirs(context.settings.templates_dir))
    with (
        OutcomeJournal(context.settings.home / "var") as journal,
        closing(open_transport(context.settings.mail_url)) as transport,
    ):
        for number, day in enumerate(days, start=1):
            clock = FixedClock(datetime.combine(day, SCANNED_AT))
            today = replace(context, clock=clock, journal=journal)
            if day in news:
                known = _record_news(today, register, known, folder, day)
            scan(today)
            escalate(today)
            digest(today, renderer)
            deliver(today, transport, renderer=renderer)
            progress(number, len(days))
    seal(context)


def _record_news(
    context: JobContext, register: Register, before: Register, folder: Path, day: date
) -> Register:
    """Import the tables that say more today than *before*; returns what is known now."""
    known = known_on(register, day)
    changed = {name: rows for name, rows in known.items() if rows and rows != before.get(name)}
    write_register(changed, folder)
    import_files(context, [folder / f"{name}.csv" for name in changed])
    plan_touched(context)
    return known
