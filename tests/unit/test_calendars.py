"""Days, spans and working days: written out, month ends and leap days above all."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reminder.calendars import (
    Due,
    PartialDate,
    Span,
    WorkCalendar,
    add_months,
    parse_working_days,
)
from tests.factories import make_calendar

MONTHS = st.integers(-600, 600)
DAYS = st.dates(date(1960, 1, 1), date(2140, 12, 31))


def day(text: str) -> date:
    return date.fromisoformat(text)


def test_31_january_2026_plus_1_month_is_28_february_2026() -> None:
    assert add_months(date(2026, 1, 31), 1) == date(2026, 2, 28)


def test_29_february_2024_plus_4_years_is_29_february_2028() -> None:
    assert Span.parse("4 years").after(date(2024, 2, 29)) == date(2028, 2, 29)


@pytest.mark.parametrize(
    ("anchor", "span", "times", "expected"),
    [
        pytest.param("2026-01-31", "1 month", 1, "2026-02-28", id="31 January + 1 month"),
        pytest.param("2026-01-31", "1 month", 2, "2026-03-31", id="31 January + 2 months"),
        pytest.param("2026-01-31", "1 month", 3, "2026-04-30", id="31 January + 3 months"),
        pytest.param("2024-02-29", "1 year", 1, "2025-02-28", id="leap day + 1 year"),
        pytest.param("2024-02-29", "1 year", 4, "2028-02-29", id="leap day + 4 x 1 year"),
        pytest.param("2024-02-29", "1 year", 3, "2027-02-28", id="leap day + 3 x 1 year"),
        pytest.param("1996-02-29", "1 year", 104, "2100-02-28", id="2100 is no leap year"),
        pytest.param("2026-08-31", "6 months", -1, "2026-02-28", id="31 August - 6 months"),
        pytest.param("2024-08-31", "6 months", -1, "2024-02-29", id="to a leap February"),
        pytest.param("2026-12-31", "30 days", 1, "2027-01-30", id="days cross the year"),
        pytest.param("2026-01-01", "2 weeks", 1, "2026-01-15", id="weeks are days"),
    ],
)
def test_span_is_taken_from_the_anchor(anchor: str, span: str, times: int, expected: str) -> None:
    assert Span.parse(span).after(day(anchor), times) == day(expected)


@given(DAYS, MONTHS, MONTHS)
def test_months_from_the_anchor_are_ordered_and_keep_the_day_or_the_months_end(
    anchor: date, one: int, other: int
) -> None:
    first, second = add_months(anchor, min(one, other)), add_months(anchor, max(one, other))

    assert first <= second
    for number, moved in ((min(one, other), first), (max(one, other), second)):
        months = (moved.year - anchor.year) * 12 + moved.month - anchor.month
        assert months == number
        clamped = moved.day < anchor.day and (moved.replace(day=28) - moved).days <= 0
        assert moved.day == anchor.day or clamped


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        pytest.param("2024", "2024-01-01", "2024-12-31", id="a year"),
        pytest.param("2024-02", "2024-02-01", "2024-02-29", id="a leap February"),
        pytest.param("2026-02", "2026-02-01", "2026-02-28", id="a February"),
        pytest.param("2026-12", "2026-12-01", "2026-12-31", id="a December"),
        pytest.param("2024-05-31", "2024-05-31", "2024-05-31", id="a day"),
    ],
)
def test_partial_date_runs_from_its_first_to_its_last_day(text: str, first: str, last: str) -> None:
    partial = PartialDate.parse(text)

    assert (partial.first, partial.last) == (day(first), day(last))
    assert str(partial) == text
    assert Due.of(partial) == Due(day(first), day(last), "" if len(text) == 10 else text)


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-29",
        "2026-13",
        "2026-00",
        "2026-05-00",
        "1899",
        "2200",
        "20260131",
        "2026-W05-6",
        "2026-1-31",
        "garbage",
        "",
        " 2024",
        "٢٠٢٤",
        "2024\n",
    ],
)
def test_text_that_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        PartialDate.parse(text)


@pytest.mark.parametrize(
    ("text", "span", "written"),
    [
        ("5 years", Span(months=60), "5 years"),
        ("5 tahun", Span(months=60), "5 years"),
        ("1 year", Span(months=12), "1 year"),
        ("18 months", Span(months=18), "18 months"),
        ("18 bulan", Span(months=18), "18 months"),
        ("24 months", Span(months=24), "2 years"),
        ("30 hari", Span(days=30), "30 days"),
        ("1 minggu", Span(days=7), "7 days"),
    ],
)
def test_span_is_read_in_both_languages(text: str, span: Span, written: str) -> None:
    assert Span.parse(text) == span
    assert str(span) == written
    assert Span.parse(written) == span


@pytest.mark.parametrize("text", ["0 years", "-1 month", "5", "years", "5 yeers", "300 years", ""])
def test_text_that_is_no_span_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Span.parse(text)


@pytest.mark.parametrize(
    ("due", "span", "first", "last", "text"),
    [
        pytest.param("2024", "5 years", "2029-01-01", "2029-12-31", "2029", id="year + years"),
        pytest.param("2024", "6 months", "2024-07-01", "2025-06-30", "2024-07-01/2025-06-30",
                     id="year + months is no partial date any more"),
        pytest.param("2026-02", "1 month", "2026-03-01", "2026-03-31", "2026-03",
                     id="February + 1 month is all of March"),
        pytest.param("2026-01", "1 month", "2026-02-01", "2026-02-28", "2026-02",
                     id="January + 1 month is all of February"),
        pytest.param("2026-02-28", "1 month", "2026-03-28", "2026-03-28", "",
                     id="a full date at a month's end keeps its day"),
        pytest.param("2026-02", "10 days", "2026-02-11", "2026-03-10", "2026-02-11/2026-03-10",
                     id="month + days"),
    ],
)  # fmt: skip
def test_partial_due_date_moves_at_both_ends(
    due: str, span: str, first: str, last: str, text: str
) -> None:
    moved = Due.of(PartialDate.parse(due)).plus(Span.parse(span))

    assert moved == Due(day(first), day(last), text)


def test_due_date_minus_a_span_is_clamped() -> None:
    assert Due.of(date(2026, 8, 31)).minus(Span.parse("6 months")) == Due.of(date(2026, 2, 28))
    whole_august = Due.of(PartialDate.parse("2026-08"))
    assert whole_august.minus(Span.parse("6 months")) == Due.of(PartialDate.parse("2026-02"))


# 2026-03-18 is a Wednesday; 19 and 20 are off, and so the next working day is the 23rd.
NYEPI = make_calendar("2026-03-19", "2026-03-20")


@pytest.mark.parametrize(
    ("of", "before", "after"),
    [
        pytest.param("2026-03-18", "2026-03-18", "2026-03-18", id="a working day stays"),
        pytest.param("2026-03-19", "2026-03-18", "2026-03-23", id="a holiday"),
        pytest.param("2026-03-21", "2026-03-18", "2026-03-23", id="Saturday after two days off"),
        pytest.param("2026-03-22", "2026-03-18", "2026-03-23", id="Sunday after two days off"),
        pytest.param("2026-03-28", "2026-03-27", "2026-03-30", id="a plain Saturday"),
    ],
)
def test_day_off_moves_to_the_nearest_working_day(of: str, before: str, after: str) -> None:
    assert NYEPI.on_or_before(day(of)) == day(before)
    assert NYEPI.on_or_after(day(of)) == day(after)


@pytest.mark.parametrize(
    ("start", "number", "expected"),
    [
        pytest.param("2026-03-18", 1, "2026-03-23", id="the first after two days off"),
        pytest.param("2026-03-23", -1, "2026-03-18", id="the first before"),
        pytest.param("2026-03-21", 1, "2026-03-23", id="a start on a day off does not count"),
        pytest.param("2026-03-21", -1, "2026-03-18", id="nor backwards"),
        pytest.param("2026-03-18", 5, "2026-03-27", id="a week of five"),
        pytest.param("2026-03-27", -5, "2026-03-18", id="and back"),
    ],
)
def test_working_days_leave_out_the_start_and_days_off(
    start: str, number: int, expected: str
) -> None:
    assert NYEPI.add_working_days(day(start), number) == day(expected)


@given(st.dates(date(2025, 1, 1), date(2027, 12, 31)), st.integers(1, 60), st.booleans())
def test_working_days_are_those_that_lie_between(start: date, number: int, back: bool) -> None:
    end = NYEPI.add_working_days(start, -number if back else number)

    low, high = min(start, end), max(start, end)
    ordinals = range(low.toordinal(), high.toordinal() + 1)
    between = [date.fromordinal(ordinal) for ordinal in ordinals]
    working = [one for one in between if not NYEPI.is_day_off(one) and one != start]
    assert len(working) == number
    assert not NYEPI.is_day_off(end)


@given(st.dates(date(2025, 1, 1), date(2027, 12, 31)), st.integers(1, 60))
def test_number_of_a_working_day_is_that_of_the_limit_counted_from_the_same_start(
    start: date, number: int
) -> None:
    end = NYEPI.add_working_days(start, number)

    assert NYEPI.working_days_until(start, end) == number
    assert NYEPI.working_days_until(start, end - timedelta(days=1)) == number - 1
    assert NYEPI.working_days_until(start, start) == 0
    assert NYEPI.working_days_until(start, start - timedelta(days=1)) == 0


def test_year_without_data_has_weekends_only() -> None:
    calendar = WorkCalendar()

    assert not calendar.has_data(2031)
    assert calendar.is_day_off(date(2031, 1, 4))
    assert not calendar.is_day_off(date(2031, 1, 1))


@pytest.mark.parametrize("text", ["45 working days", "45 hari kerja", "45 HK"])
def test_number_of_working_days_is_read(text: str) -> None:
    assert parse_working_days(text) == 45


@pytest.mark.parametrize("text", ["45 days", "0 working days", "-3 working days", "45"])
def test_other_text_is_no_number_of_working_days(text: str) -> None:
    with pytest.raises(ValueError, match="working days"):
        parse_working_days(text)
