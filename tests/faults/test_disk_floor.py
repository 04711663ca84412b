"""F-26, its first half: nothing is begun while there is too little room to record it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reminder.disk import FLOOR
from tests.faults.guarded import GuardedOffice
from tests.outboxes import MADE
from tests.stored import at

if TYPE_CHECKING:
    from reminder.storage.engine import Database


def test_f26_nothing_is_sent_below_the_floor_and_all_of_it_once_there_is_room(
    database: Database,
) -> None:
    office = GuardedOffice(database, 3, at(MADE))
    for office.free in (FLOOR - 1, 0):
        scanned, delivered = office.tick()
        assert "64 MiB" in scanned.refused
        assert delivered.refused == scanned.refused
    assert (office.relay.tried, office.states()) == ([], ["pending"] * 3)
    office.free = FLOOR
    assert office.tick()[1].sent == 3
    assert set(office.copies().values()) == {1}
    assert office.kinds() == ["disk_full", "disk_recovered"]
