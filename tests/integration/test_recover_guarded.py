"""Recovery by a wrong clock: it must not take messages from workers that live."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from jobs.guards import refusal
from jobs.recover import recover
from reminder.storage.claims import claim
from reminder.storage.recovery import Recovered
from tests.faults.guarded import GuardedOffice
from tests.outboxes import MADE
from tests.stored import at

if TYPE_CHECKING:
    from reminder.storage.engine import Database

HOUR = timedelta(hours=1)
LEAP = timedelta(days=3)


def test_by_a_clock_that_leapt_no_lease_counts_as_ended(database: Database) -> None:
    office = GuardedOffice(database, 1, at(MADE))
    assert refusal(office.guarded()) == ""
    with database.write() as connection:
        claim(connection, at(MADE), at(MADE) + HOUR, "host:1", 1)
    office.machine.move(LEAP)
    assert recover(office.guarded()) == Recovered()
    assert office.states() == ["claimed"]
    office.machine.move(-LEAP)
    office.machine.pass_by(HOUR)
    assert recover(office.guarded()) == Recovered(waiting=1)
    assert office.states() == ["pending"]
