"""Faults of the service as a whole: F-40, a register full of wrong dates."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from jobs.deliver import deliver
from jobs.importing import import_files
from jobs.scan import scan
from jobs.touched import plan_touched
from reminder.clock import FixedClock
from reminder.storage import tables
from reminder.storage.held import release_rested
from tests.fakes import RecordingTransport
from tests.registers import (
    BUREAUS,
    CONTACTS,
    NOW,
    context_for,
    csv_text,
    without_findings,
    write_files,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobs.context import JobContext
    from reminder.storage.engine import Database

AGREEMENTS = 5_000
NEAR = 25
"""So many of them end within the week, by the wrong dates."""
HEADER = ["ref", "title", "kind", "bureau", "partner", "officer", "signed_on", "expires_on"]


def officer(number: int) -> str:
    """Each agreement has an officer of its own, so that no digest hides the flood."""
    return f"petugas-{number}@biro.example.go.id"


def register(folder: Path, dates: Sequence[str]) -> Path:
    """A register whose agreements end on these days."""
    rows = [
        [f"KSD-{number}", "Kerja sama", "KSDPL", "B-01", "Queensland", officer(number),
         "2021-05-31", day]
        for number, day in enumerate(dates)
    ]  # fmt: skip
    files = {"bureaus": BUREAUS, "contacts": CONTACTS, "agreements": csv_text(HEADER, rows)}
    return write_files(folder, files)


def import_all(context: JobContext, folder: Path) -> None:
    """As the command does it."""
    import_files(context, [folder])
    assert plan_touched(context) == {}


def states(database: Database) -> Counter[str]:
    """How many messages are in each state, those to the admin apart."""
    messages = tables.messages
    with database.read() as connection:
        query = select(messages.c.state).where(messages.c.kind != "admin")
        return Counter(connection.execute(query).scalars())


def told(transport: RecordingTransport) -> set[str]:
    """The officers who have a mail; the admin is not one."""
    have = {mail.recipient for mail in transport.delivered}
    return have & {officer(number) for number in range(AGREEMENTS)}


def test_f40_flood_of_wrong_dates_is_held_and_only_what_is_urgent_leaves_by_itself(
    sqlite_database: Database, home: Path, tmp_path: Path
) -> None:
    context = without_findings(context_for(sqlite_database, home))
    import_all(context, register(tmp_path / "right", ["2030-12-31"] * AGREEMENTS))
    assert scan(context).messages == 0
    wrong = ["2026-03-06"] * NEAR + ["2026-05-31"] * (AGREEMENTS - NEAR)
    import_all(context, register(tmp_path / "wrong", wrong))

    scanned = scan(context)
    assert (scanned.messages, scanned.held) == (AGREEMENTS, AGREEMENTS)
    assert states(sqlite_database) == {"held": AGREEMENTS}
    transport = RecordingTransport()
    deliver(context, transport)
    assert told(transport) == set()

    later = replace(context, clock=FixedClock(NOW + timedelta(hours=4)))
    with sqlite_database.write() as connection:
        assert release_rested(connection, later.clock.now()) == NEAR
    assert deliver(later, transport).sent == NEAR
    assert told(transport) == {officer(number) for number in range(NEAR)}
    assert states(sqlite_database) == {"held": AGREEMENTS - NEAR, "sent": NEAR}
