"""Indonesia's public holidays and joint leave, and what holidays.yaml changes in them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from reminder.calendars import WorkCalendar
from reminder.policy.holiday_calendar import HolidayYear, work_calendar
from tests.policies import mistakes, policy_of, warnings

INDONESIA = work_calendar("ID", {})

HOLIDAYS_2026 = {
    date(2026, month, day)
    for month, days in {
        1: (1, 16), 2: (17,), 3: (19, 21, 22), 4: (3, 5), 5: (1, 14, 27, 31), 6: (1, 16),
        8: (17, 25), 12: (25,),
    }.items()
    for day in days
}  # fmt: skip
JOINT_LEAVE_2026 = {
    date(2026, month, day)
    for month, days in {2: (16,), 3: (18, 20, 23, 24), 5: (15, 28), 12: (24,)}.items()
    for day in days
}


def days_of(calendar: WorkCalendar, year: int) -> set[date]:
    return {day for day in calendar.holidays if day.year == year}


def test_days_of_2026_are_those_of_the_joint_decree() -> None:
    assert len(HOLIDAYS_2026) == 17
    assert len(JOINT_LEAVE_2026) == 8
    assert days_of(INDONESIA, 2026) == HOLIDAYS_2026 | JOINT_LEAVE_2026


@pytest.mark.parametrize(
    ("year", "number", "joint_leave"),
    [
        (2024, 29, [date(2024, 2, 9), date(2024, 4, 8), date(2024, 12, 26)]),
        (2025, 28, [date(2025, 1, 28), date(2025, 4, 7), date(2025, 8, 18)]),
    ],
)
def test_joint_leave_of_earlier_years_is_known(
    year: int, number: int, joint_leave: list[date]
) -> None:
    days = days_of(INDONESIA, year)
    assert len(days) == number
    assert days.issuperset(joint_leave)


def test_45_working_days_of_2026_are_63_to_81_calendar_days() -> None:
    year = [date.fromordinal(date(2026, 1, 1).toordinal() + number) for number in range(365)]
    starts = [day for day in year if not INDONESIA.is_day_off(day)]
    lengths = {(INDONESIA.add_working_days(day, 45) - day).days for day in starts}
    assert (min(lengths), max(lengths)) == (63, 81)
    # A warning due in the joint leave of Idulfitri leaves before it.
    assert INDONESIA.on_or_before(date(2026, 3, 24)) == date(2026, 3, 17)


def test_years_with_a_decree_have_data_and_others_do_not() -> None:
    assert all(INDONESIA.has_data(year) for year in (2024, 2025, 2026))
    assert not any(INDONESIA.has_data(year) for year in (1900, 1950, 2045, 2150))


def test_years_beyond_the_library_have_weekends_only() -> None:
    assert not INDONESIA.is_day_off(date(2150, 8, 17))
    assert INDONESIA.is_day_off(date(2150, 8, 15))


def test_country_without_joint_leave_has_data_for_every_year_of_the_library() -> None:
    calendar = work_calendar("AU", {})
    assert calendar.has_data(2045)
    assert calendar.is_day_off(date(2026, 1, 26))


def test_names_are_in_the_language_of_the_country() -> None:
    assert INDONESIA.holidays[date(2026, 8, 17)] == "Hari Kemerdekaan Republik Indonesia"


def test_decree_adds_and_removes_days_and_makes_a_year_complete() -> None:
    decree = HolidayYear(
        2028, {date(2028, 1, 27): "Cuti bersama"}, frozenset({date(2028, 5, 9)}), "SKB"
    )
    calendar = work_calendar("ID", {2028: decree})
    assert calendar.holidays[date(2028, 1, 27)] == "Cuti bersama"
    assert INDONESIA.is_day_off(date(2028, 5, 9))
    assert not calendar.is_day_off(date(2028, 5, 9))
    assert calendar.has_data(2028)
    assert not INDONESIA.has_data(2028)


def test_admins_file_lies_on_top_of_the_library(tmp_path: Path) -> None:
    policy = policy_of(
        tmp_path,
        holidays="""\
        holidays:
          2026:
            source: SKB perubahan
            add:
              2026-05-29: Cuti bersama tambahan
            remove: [2026-12-24]
        """,
    )
    calendar = policy.calendar
    assert calendar is policy.calendar
    assert calendar.is_day_off(date(2026, 5, 29))
    assert not calendar.is_day_off(date(2026, 12, 24))
    assert calendar.is_day_off(date(2026, 12, 25))


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("holidays:\n  2025: {source: A}\n  2025: {source: B}\n", 3, "2025: stands twice"),
        (
            "holidays:\n  2025:\n    source: A\n    add:\n      2026-01-01: B\n",
            5,
            "2026-01-01 is not in 2025; write it under 2026",
        ),
        (
            "holidays:\n  2025:\n    source: A\n    remove: [2026-01-01]\n",
            4,
            "2026-01-01 is not in 2025",
        ),
        (
            "holidays:\n  2025:\n    source: A\n    add:\n"
            "      2025-01-02: B\n      2025-01-02: C\n",
            6,
            "stands twice, first on line 5",
        ),
        (
            "holidays:\n  2025:\n    source: A\n    add: {2025-01-02: B}\n"
            "    remove: [2025-01-02]\n",
            5,
            "2025-01-02 is also added",
        ),
        ("holidays:\n  2025:\n    add: {2025-01-02: B}\n", 2, 'has no "source"'),
        ("holidays:\n  2025: {source: A, add: {2025-02-29: B}}\n", 2, "is not a day"),
        ("holidays:\n  2025: {source: A, add: {2025-02-28: }}\n", 2, "is empty; write a text"),
        ("holidays:\n  25: {source: A}\n", 2, '"25" is not a year'),
        ("holidays:\n  2025: {source: A, days: []}\n", 2, "days: is not a known key"),
    ],
    ids=[
        "year twice", "outside the year", "removed outside the year", "day twice",
        "added and removed", "no source", "no such day", "no name", "no year", "unknown key",
    ],
)  # fmt: skip
def test_x46_odd_holidays_are_refused(tmp_path: Path, text: str, line: int, words: str) -> None:
    """X-46: refused, naming file and line."""
    (error,) = mistakes(tmp_path, holidays=text)
    assert error.startswith(f"config/holidays.yaml:{line}: holidays.2")
    assert words in error


def test_x46_year_without_a_working_day_is_refused(tmp_path: Path) -> None:
    """X-46: refused, since no mail would ever leave."""
    days = [date.fromordinal(date(2025, 1, 1).toordinal() + number) for number in range(365)]
    lines = "".join(f"      {day}: Libur\n" for day in days)
    (error,) = mistakes(tmp_path, holidays=f"holidays:\n  2025:\n    source: A\n    add:\n{lines}")
    assert error.startswith("config/holidays.yaml:2: holidays.2025: leaves only 0 working days")


def test_day_removed_that_is_no_holiday_is_a_warning(tmp_path: Path) -> None:
    text = "holidays:\n  2026: {source: A, remove: [2026-06-03]}\n"
    (warning,) = warnings(tmp_path, holidays=text)
    assert "holidays.2026.remove[0]: 2026-06-03 is no holiday anyway" in warning
