"""The send window: office hours on working days by the clock of the bureau."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from reminder.calendars import WorkCalendar
from reminder.policy import SendWindow

OFFICE = SendWindow(time(8, 0), time(15, 30))
NO_HOLIDAYS = WorkCalendar()


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("at", "zone", "opening"),
    [
        ("2026-06-03T00:30+09:00", "Asia/Jayapura", "2026-06-03T08:00+09:00"),
        ("2026-06-03T07:59:59+07:00", "Asia/Jakarta", "2026-06-03T08:00+07:00"),
        ("2026-06-03T08:00+07:00", "Asia/Jakarta", "2026-06-03T08:00+07:00"),
        ("2026-06-03T15:29:59+07:00", "Asia/Jakarta", "2026-06-03T15:29:59+07:00"),
        ("2026-06-03T15:30+07:00", "Asia/Jakarta", "2026-06-04T08:00+07:00"),
        ("2026-06-05T18:00+07:00", "Asia/Jakarta", "2026-06-08T08:00+07:00"),
        ("2026-06-06T10:00+08:00", "Asia/Makassar", "2026-06-08T08:00+08:00"),
        ("2026-06-02T23:30+00:00", "Asia/Jayapura", "2026-06-03T08:30+09:00"),
    ],
    ids=[
        "half past midnight in Jayapura: that morning",
        "a second before it opens",
        "as it opens",
        "a second before it closes",
        "as it closes: the next morning",
        "Friday evening: Monday",
        "Saturday: Monday",
        "open in Jayapura while it is night in UTC",
    ],
)
def test_mail_leaves_in_office_hours_of_the_bureau(at: str, zone: str, opening: str) -> None:
    found = OFFICE.next_opening(instant(at), zone, NO_HOLIDAYS)
    assert found == instant(opening)
    assert found.tzinfo is UTC


def test_evening_before_joint_leave_waits_until_after_it() -> None:
    # Nyepi with its joint leave, Idulfitri with its own, two weekends: 18 to 24 March 2026.
    calendar = WorkCalendar({date(2026, 3, day): "" for day in (18, 19, 20, 23, 24)})
    found = OFFICE.next_opening(instant("2026-03-17T16:00+07:00"), "Asia/Jakarta", calendar)
    assert found == instant("2026-03-25T08:00+07:00")


def test_window_of_all_days_opens_on_a_holiday() -> None:
    window = SendWindow(time(8, 0), time(15, 30), all_days=True)
    calendar = WorkCalendar({date(2026, 6, 6): ""})
    found = window.next_opening(instant("2026-06-05T18:00+07:00"), "Asia/Jakarta", calendar)
    assert found == instant("2026-06-06T08:00+07:00")


def test_x44_opening_inside_a_gap_is_the_first_instant_after_it() -> None:
    """X-44: accepted; 02:30 in a gap is the first instant after it."""
    # In Berlin 02:00 to 03:00 does not exist on 29 March 2026, a Sunday.
    window = SendWindow(time(2, 30), time(4, 0), all_days=True)
    found = window.next_opening(instant("2026-03-29T00:00+01:00"), "Europe/Berlin", NO_HOLIDAYS)
    assert found == instant("2026-03-29T01:00+00:00")
    assert found == instant("2026-03-29T03:00+02:00")


def test_opening_that_happens_twice_is_the_first_and_then_the_second() -> None:
    # In Berlin 02:00 to 03:00 happens twice on 25 October 2026, a Sunday.
    window = SendWindow(time(2, 30), time(4, 0), all_days=True)
    first = window.next_opening(instant("2026-10-25T00:00+02:00"), "Europe/Berlin", NO_HOLIDAYS)
    assert first == instant("2026-10-25T02:30+02:00")
    put_back = instant("2026-10-25T02:10+01:00")
    assert window.next_opening(put_back, "Europe/Berlin", NO_HOLIDAYS) == instant(
        "2026-10-25T02:30+01:00"
    )


def test_opening_on_a_day_that_a_zone_left_out_is_the_next_day() -> None:
    # Samoa moved across the date line: 30 December 2011, a Friday, did not happen.
    found = OFFICE.next_opening(instant("2011-12-29T18:00-10:00"), "Pacific/Apia", NO_HOLIDAYS)
    assert found >= instant("2011-12-31T00:00+14:00")
    assert found <= instant("2012-01-02T08:00+14:00")


def test_calendar_without_a_working_day_does_not_hold_mail_for_ever() -> None:
    calendar = WorkCalendar({date.fromordinal(day): "" for day in range(739_000, 741_000)})
    at = instant("2026-06-03T12:00+07:00")
    assert date(2026, 6, 3).toordinal() in range(739_000, 741_000)
    assert OFFICE.next_opening(at, "Asia/Jakarta", calendar) == at


def test_no_mail_leaves_outside_the_window_on_any_hour_of_a_year_with_two_clock_changes() -> None:
    for hour in range(0, 366 * 24, 5):
        at = datetime.fromtimestamp(1_767_225_600 + hour * 3600, UTC)
        found = OFFICE.next_opening(at, "Europe/Berlin", NO_HOLIDAYS)
        local = found.astimezone(ZoneInfo("Europe/Berlin"))
        assert found >= at
        assert local.weekday() < 5
        assert time(8, 0) <= local.time() < time(15, 30)
