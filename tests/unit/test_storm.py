"""The storm decision: how many messages a scan may make before a person must look."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from reminder.policy import Storm
from reminder.storm import PastDays, storm_limit, usual_number

TODAY = date(2026, 11, 24)
LONG_AGO = date(2025, 1, 1)
SHIPPED = Storm(more_than=50, times_usual=3.0)


def past(*numbers: int, first_on: date | None = LONG_AGO) -> PastDays:
    """Messages of yesterday, of the day before, and so on."""
    days = {TODAY - timedelta(days=ago): number for ago, number in enumerate(numbers, start=1)}
    return PastDays(first_on, {day: number for day, number in days.items() if number})


@pytest.mark.parametrize(
    ("numbers", "usual"),
    [
        pytest.param([], 0, id="nothing for 30 days: nothing is usual"),
        pytest.param([20] * 30, 20, id="each day the same"),
        pytest.param([5000, *[20] * 29], 20, id="one odd day does not become usual"),
        pytest.param([5000, 40, *[20] * 28], 40, id="the second busiest day counts"),
        pytest.param([0] * 28 + [7, 9], 7, id="days without any count as none"),
        pytest.param([1] * 30 + [999, 999, 999], 1, id="more than 30 days ago does not count"),
    ],
)
def test_usual_number_is_that_of_the_second_busiest_day(numbers: list[int], usual: int) -> None:
    assert usual_number(past(*numbers), TODAY) == usual


def test_today_does_not_count_for_what_is_usual() -> None:
    assert usual_number(PastDays(LONG_AGO, {TODAY: 900}), TODAY) == 0


@pytest.mark.parametrize(
    ("first_on", "usual"),
    [
        pytest.param(None, None, id="no message yet"),
        pytest.param(TODAY - timedelta(days=29), None, id="the first one 29 days ago"),
        pytest.param(TODAY - timedelta(days=30), 20, id="the first one 30 days ago"),
    ],
)
def test_nothing_is_usual_before_there_are_30_days(first_on: date | None, usual: int) -> None:
    assert usual_number(past(*[20] * 30, first_on=first_on), TODAY) == usual


@pytest.mark.parametrize(
    ("numbers", "first_on", "most"),
    [
        pytest.param([], None, 50, id="no history: the plain number"),
        pytest.param([900] * 20, TODAY - timedelta(days=20), 50, id="too little history"),
        pytest.param([10] * 30, LONG_AGO, 50, id="three times the usual is less"),
        pytest.param([30] * 30, LONG_AGO, 90, id="three times the usual is more"),
    ],
)
def test_scan_may_make_the_greater_of_both_numbers(
    numbers: list[int], first_on: date | None, most: int
) -> None:
    assert storm_limit(SHIPPED, past(*numbers, first_on=first_on), TODAY).most == most


def test_part_of_a_message_is_none() -> None:
    limit = storm_limit(Storm(more_than=1, times_usual=1.5), past(*[5] * 30), TODAY)
    assert limit.most == 7  # 7.5: the eighth is more than that
