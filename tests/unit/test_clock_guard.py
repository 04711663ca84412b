"""The clock guard: which readings of the clock can be believed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from reminder.clock import read_machine_clock
from reminder.clock_guard import ClockFault, ClockReading, clock_fault, high_water
from tests.machine_clock import MachineClock

GOOD = ClockReading(datetime(2026, 3, 2, 3, 0, tzinfo=UTC), 5000.0, "boot 1")
BACK, LEAPT = ClockFault.STEPPED_BACK, ClockFault.LEAPT
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("moved", "expected"),
    [
        pytest.param(timedelta(0), None, id="not at all"),
        pytest.param(-HOUR, BACK, id="1 hour back"),
        pytest.param(-2 * DAY, BACK, id="2 days back"),
        pytest.param(datetime(1970, 1, 1, tzinfo=UTC) - GOOD.wall, BACK, id="to 1970"),
        pytest.param(-5 * MINUTE, None, id="5 minutes back, as when set over the network"),
        pytest.param(-5 * MINUTE - SECOND, BACK, id="1 second more than 5 minutes back"),
        pytest.param(HOUR, None, id="1 hour ahead"),
        pytest.param(36 * HOUR, None, id="36 hours ahead"),
        pytest.param(36 * HOUR + SECOND, LEAPT, id="1 second more than 36 hours ahead"),
        pytest.param(3 * DAY, LEAPT, id="3 days ahead"),
        pytest.param(400 * DAY, LEAPT, id="400 days ahead"),
        pytest.param(datetime(2099, 1, 1, tzinfo=UTC) - GOOD.wall, LEAPT, id="to 2099"),
    ],
)
def test_clock_that_is_moved_while_the_machine_runs(
    moved: timedelta, expected: ClockFault | None
) -> None:
    assert clock_fault(ClockReading(GOOD.wall + moved, GOOD.steady, GOOD.boot), GOOD) is expected


@pytest.mark.parametrize(
    "length",
    [10 * SECOND, DAY, 21 * DAY, 400 * DAY],
    ids=["a tick", "a day", "three weeks", "400 days"],
)
def test_machine_that_ran_or_was_suspended_so_long_is_believed(length: timedelta) -> None:
    after = ClockReading(GOOD.wall + length, GOOD.steady + length.total_seconds(), GOOD.boot)
    assert clock_fault(after, GOOD) is None


@pytest.mark.parametrize(
    ("moved", "expected"),
    [
        pytest.param(MINUTE, None, id="at once"),
        pytest.param(21 * DAY, None, id="after three weeks"),
        pytest.param(400 * DAY, None, id="after 400 days"),
        pytest.param(-5 * MINUTE, None, id="with a clock 5 minutes slow"),
        pytest.param(-HOUR, BACK, id="with a clock an hour slow"),
        pytest.param(datetime(1970, 1, 1, tzinfo=UTC) - GOOD.wall, BACK, id="in 1970"),
    ],
)
def test_machine_that_starts_again(moved: timedelta, expected: ClockFault | None) -> None:
    assert clock_fault(ClockReading(GOOD.wall + moved, 20.0, "boot 2"), GOOD) is expected


@pytest.mark.parametrize("ran", [MINUTE, 21 * DAY], ids=["a minute", "three weeks"])
def test_leap_is_what_goes_beyond_the_time_that_the_machine_ran(ran: timedelta) -> None:
    steady = GOOD.steady + ran.total_seconds()
    just = ClockReading(GOOD.wall + ran + 36 * HOUR, steady, GOOD.boot)
    assert clock_fault(just, GOOD) is None
    beyond = ClockReading(just.wall + SECOND, steady, GOOD.boot)
    assert clock_fault(beyond, GOOD) is LEAPT


def test_start_that_has_no_name_is_told_by_its_shorter_run() -> None:
    assert clock_fault(ClockReading(GOOD.wall + 21 * DAY, 20.0, GOOD.boot), GOOD) is None


def test_first_reading_is_believed_unless_the_clock_was_never_set() -> None:
    assert clock_fault(GOOD, None) is None
    unset = ClockReading(datetime(1970, 1, 1, 0, 3, tzinfo=UTC), 180.0, "boot 1")
    assert clock_fault(unset, None) is ClockFault.UNSET


def test_restart_does_not_make_a_leap_right() -> None:
    leapt = ClockReading(GOOD.wall + 400 * DAY, GOOD.steady, GOOD.boot)
    later = ClockReading(leapt.wall + MINUTE, 20.0, "boot 2")
    assert clock_fault(later, GOOD, leapt) is LEAPT
    put_right = ClockReading(GOOD.wall + HOUR, 20.0, "boot 2")
    assert clock_fault(put_right, GOOD, leapt) is None


def test_high_water_never_goes_back() -> None:
    a_little_slow = ClockReading(GOOD.wall - 4 * MINUTE, GOOD.steady + 60, GOOD.boot)
    later = ClockReading(GOOD.wall + MINUTE, GOOD.steady + 60, GOOD.boot)
    assert high_water(a_little_slow, GOOD) is GOOD
    assert high_water(later, GOOD) is later
    assert high_water(GOOD, None) is GOOD


def test_slow_steps_back_do_not_add_up_unseen() -> None:
    machine = MachineClock(GOOD.wall)
    good: ClockReading | None = None
    seen = []
    for _ in range(4):
        reading = machine.reading()
        seen.append(clock_fault(reading, good))
        good = high_water(reading, good) if seen[-1] is None else good
        machine.move(-2 * MINUTE)
    assert seen == [None, None, None, BACK]


def test_this_machine_can_be_believed() -> None:
    first, second = read_machine_clock(), read_machine_clock()
    assert clock_fault(first, None) is None
    assert clock_fault(second, first) is None
    assert (first.boot, bool(first.boot)) == (second.boot, True)
    assert 0 < first.steady <= second.steady
