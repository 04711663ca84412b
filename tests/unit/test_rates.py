"""Rate limits: when the next mails may go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from reminder.rates import free_slots

NOW = datetime(2026, 5, 1, 2, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_below_the_limit_all_go_at_once() -> None:
    assert free_slots([], 3, 3, MINUTE, NOW) == [NOW] * 3


def test_what_is_beyond_it_waits_for_the_oldest_to_be_a_period_ago() -> None:
    handed = [NOW - timedelta(seconds=50), NOW - timedelta(seconds=20)]
    assert free_slots(handed, 3, 2, MINUTE, NOW) == [
        NOW + timedelta(seconds=10),
        NOW + timedelta(seconds=40),
        NOW + timedelta(seconds=70),
    ]


def test_what_is_a_period_ago_counts_no_more() -> None:
    assert free_slots([NOW - MINUTE], 1, 1, MINUTE, NOW) == [NOW]


@given(st.lists(st.integers(-120, 0), max_size=8), st.integers(0, 12), st.integers(1, 4))
def test_never_more_than_the_limit_in_any_period(ages: list[int], wanted: int, count: int) -> None:
    handed = [NOW + timedelta(seconds=age) for age in ages]
    slots = free_slots(handed, wanted, count, MINUTE, NOW)
    assert slots == sorted(slots)
    for slot in slots:
        assert len([at for at in (*handed, *slots) if slot - MINUTE < at <= slot]) <= count
