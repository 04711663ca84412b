"""The plain way, to compare with: read every agreement at each scan and see which are due.

It gives the same answer by the same due rule (partial dates, days off), for expiries only:
it derives no other deadline, remembers no skip and makes no message.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import Column, Date, MetaData, String, Table, Text, insert, select

from reminder.calendars import Due, PartialDate
from reminder.lead_times import parse_lead_times
from reminder.storage.tables import agreements

if TYPE_CHECKING:
    from jobs.context import JobContext
    from reminder.calendars import WorkCalendar
    from reminder.storage.engine import Database

LEAD_TIMES = parse_lead_times("H-540 H-365 H-270 H-180 H-90 H-60 H-30 H-14 H-7 H-1 H+1".split())

told = Table(
    "bench_told",
    MetaData(),
    Column("ref", String(200), primary_key=True),
    Column("lead_time", String(16), primary_key=True),
    Column("bureau", String(200), nullable=False),
    Column("title", Text, nullable=False),
    Column("due_on", Date, nullable=False),
)


def scan_by_streaming(context: JobContext, at: datetime) -> int:
    """Store one row for each agreement that has reached a lead time, committed; how many."""
    due = _due(context.database, at.date(), context.policy.calendar)
    if due:
        with context.database.write() as connection:
            connection.execute(insert(told), due)
    return len(due)


def _due(database: Database, today: date, calendar: WorkCalendar) -> list[dict[str, object]]:
    due: list[dict[str, object]] = []
    # What the loop and a mail need, streamed; mapped objects would cost several times more.
    columns = (agreements.c[name] for name in ("ref", "title", "bureau", "expires_on", "status"))
    with database.read() as connection:
        for row in connection.execute(select(*columns).execution_options(yield_per=1000)):
            if row.status == "terminated" or not row.expires_on:
                continue
            expiry = Due.of(PartialDate.parse(row.expires_on))
            reached = [lead for lead in LEAD_TIMES if lead.day(expiry, calendar) <= today]
            if reached:
                due.append(
                    {
                        "ref": row.ref,
                        "lead_time": reached[-1].code,
                        "bureau": row.bureau,
                        "title": row.title,
                        "due_on": expiry.first,
                    }
                )
    return due
