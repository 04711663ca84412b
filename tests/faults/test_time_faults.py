"""F-30: the clock is wrong. No mass mail, no repeat; what the service says and how it goes on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from jobs.deliver import BATCH
from jobs.guards import refusal, trust_clock
from jobs.recover import recover
from jobs.scan import scan
from tests.factories import make_agreement
from tests.fakes import SENT, RecordingTransport
from tests.faults.guarded import GuardedOffice
from tests.outboxes import MADE
from tests.stored import at

if TYPE_CHECKING:
    from reminder.mail.transport import BeforeDot, Outcome, OutgoingMail
    from reminder.storage.engine import Database

WEDNESDAY = at("2026-05-20")
"""Nine in the morning, two days before the notice H-7 (the Friday: H-7 is a Sunday)."""
THURSDAY = at("2026-05-21")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def office(database: Database) -> GuardedOffice:
    """Three agreements, each H-30 sent, on a Wednesday on which nothing is due."""
    office = GuardedOffice(database, 3, at(MADE))
    assert office.tick()[1].sent == 3
    office.machine.pass_by(WEDNESDAY - at(MADE))
    assert office.tick()[1].sent == 0
    return office


def assert_stands_still(office: GuardedOffice, ticks: int = 8) -> None:
    """Hours go by and nothing is made nor sent."""
    before = office.copies(), office.lead_times()
    for _ in range(ticks):
        scanned, delivered = office.tick()
        assert scanned.refused != ""
        assert delivered.refused in (scanned.refused, "")  # nothing may be due by that clock
        office.machine.pass_by(timedelta(minutes=5))
    assert (office.copies(), office.lead_times()) == before


def leave_one_waiting(office: GuardedOffice) -> None:
    """A new agreement is scanned, its message due for two hours and not sent yet."""
    office.put(make_agreement("A-3"))
    assert scan(office.guarded()).messages == 1
    office.machine.pass_by(2 * HOUR)
    assert refusal(office.guarded()) == ""


def assert_each_sent_once(office: GuardedOffice, lead_times: list[str]) -> None:
    """So many notices were made, and each recipient has one copy of each."""
    assert office.lead_times() == lead_times
    assert set(office.copies().values()) == {1}
    assert office.copies().total() == len(lead_times)


@pytest.mark.parametrize("back", [HOUR, 2 * DAY], ids=["1 hour", "2 days"])
def test_f30_clock_steps_back_and_its_time_comes_again(
    office: GuardedOffice, back: timedelta
) -> None:
    leave_one_waiting(office)
    office.machine.move(-back)
    assert_stands_still(office)
    office.machine.pass_by(back - timedelta(minutes=40))
    assert office.tick()[1].sent == 1
    assert_each_sent_once(office, ["H-30"] * 4)
    assert office.kinds() == ["clock_stepped_back", "clock_recovered"]


def test_f30_clock_falls_to_1970_and_is_set_right(office: GuardedOffice) -> None:
    leave_one_waiting(office)
    office.machine.move_to(datetime(1970, 1, 1, tzinfo=UTC))
    assert_stands_still(office)
    office.machine.restart()
    assert_stands_still(office)
    office.machine.move_to(WEDNESDAY + 3 * HOUR)
    assert office.tick()[1].sent == 1
    assert_each_sent_once(office, ["H-30"] * 4)


def test_f30_clock_that_went_back_goes_on_at_a_persons_word(office: GuardedOffice) -> None:
    office.machine.move(-2 * DAY)
    assert_stands_still(office)
    assert trust_clock(office.guarded(), "sri")
    scanned, delivered = office.tick()
    assert (scanned.refused, scanned.notices, delivered.refused) == ("", 0, "")
    assert_each_sent_once(office, ["H-30"] * 3)


def test_f30_clock_one_hour_fast_is_believed(office: GuardedOffice) -> None:
    office.machine.move(HOUR)
    scanned, delivered = office.tick()
    assert (scanned.refused, delivered.refused) == ("", "")
    assert_each_sent_once(office, ["H-30"] * 3)
    assert office.kinds() == []


@pytest.mark.parametrize(
    "to",
    [
        pytest.param(WEDNESDAY + 3 * DAY, id="3 days"),
        pytest.param(WEDNESDAY + 400 * DAY, id="400 days"),
        pytest.param(datetime(2099, 1, 4, 3, tzinfo=UTC), id="to 2099"),
    ],
)
def test_f30_clock_leaps_ahead_and_is_set_right(office: GuardedOffice, to: datetime) -> None:
    leave_one_waiting(office)
    office.machine.move_to(to)
    assert_stands_still(office)
    office.machine.restart()
    assert_stands_still(office)
    office.machine.move_to(THURSDAY)
    assert office.tick()[1].sent == 1
    office.machine.pass_by(DAY)
    assert office.tick()[1].sent == 4
    assert office.tick()[1].sent == 0
    assert_each_sent_once(office, ["H-30"] * 4 + ["H-7"] * 4)
    assert office.kinds() == ["clock_leapt", "clock_recovered"]


def test_f30_leap_that_a_person_confirms_is_made_up_for(office: GuardedOffice) -> None:
    office.machine.move(5 * DAY)  # a virtual machine that stood still until Monday
    assert_stands_still(office)
    assert trust_clock(office.guarded(), "sri")
    assert office.tick()[1].sent == 1  # one digest: more than 36 hours were missed
    assert office.tick()[1].sent == 0
    assert office.lead_times() == ["H-30"] * 3 + ["H-7"] * 3
    assert set(office.copies().values()) == {1}
    assert office.kinds() == ["clock_leapt", "clock_trusted"]


class MovingTheClock(RecordingTransport):
    """A relay at which, while it takes the first mail, the clock is moved."""

    def __init__(self, office: GuardedOffice, length: timedelta) -> None:
        super().__init__([SENT])
        self._office = office
        self._length = length

    def send(self, mail: OutgoingMail, before_dot: BeforeDot) -> Outcome:
        outcome = super().send(mail, before_dot)
        if len(self.tried) == 1:
            self._office.machine.move(self._length)
        return outcome


@pytest.mark.parametrize(
    "length",
    [
        pytest.param(-HOUR, id="1 hour back"),
        pytest.param(-2 * DAY, id="2 days back"),
        pytest.param(3 * DAY, id="3 days ahead"),
        pytest.param(26_000 * DAY, id="71 years ahead"),
    ],
)
def test_f30_clock_is_moved_in_the_midst_of_a_delivery(
    database: Database, length: timedelta
) -> None:
    office = GuardedOffice(database, 3, at(MADE))
    office.relay = MovingTheClock(office, length)
    delivered = office.tick()[1]
    if length < timedelta(0):
        assert delivered.sent == 3  # what was claimed goes on being sent
    assert_stands_still(office)
    office.machine.move(-length)
    office.tick()
    office.machine.pass_by(timedelta(minutes=30))
    office.tick()  # what the wrong clock had put off is not left until then
    assert_each_sent_once(office, ["H-30"] * 3)
    assert office.states() == ["sent"] * 3


def test_f30_nothing_more_is_claimed_once_the_clock_is_wrong(sqlite_database: Database) -> None:
    office = GuardedOffice(sqlite_database, BATCH + 1, at(MADE, "11:00"))
    office.relay = MovingTheClock(office, -HOUR)
    delivered = office.tick()[1]
    assert delivered.sent == BATCH
    assert "stepped back" in delivered.refused
    office.machine.pass_by(HOUR)
    assert office.tick()[1].sent == 1
    assert_each_sent_once(office, ["H-30"] * (BATCH + 1))


class RecoveringMeanwhile(MovingTheClock):
    """And at which the other job of the daemon looks for dead workers just then."""

    def send(self, mail: OutgoingMail, before_dot: BeforeDot) -> Outcome:
        outcome = super().send(mail, before_dot)
        recover(self._office.guarded())
        return outcome


def test_f30_leap_does_not_make_a_living_worker_a_dead_one(database: Database) -> None:
    office = GuardedOffice(database, 1, at(MADE))
    office.relay = RecoveringMeanwhile(office, 3 * DAY)
    office.tick()
    office.machine.move(-3 * DAY)
    for _ in range(2):
        office.machine.pass_by(HOUR)
        office.tick()
    assert_each_sent_once(office, ["H-30"])
    assert office.message("state", "possible_duplicate") == ("sent", False)
