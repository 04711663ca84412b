"""X-12, X-14: the day in a cell is read one way or refused with what to write."""

from __future__ import annotations

import pytest

from reminder.register.days import full_date, partial_date
from reminder.register.text import CellError


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        pytest.param("2024", "2024", id="only the year is known"),
        pytest.param("2024-05", "2024-05", id="only the month is known"),
        pytest.param("2024-05-31", "2024-05-31", id="the day is known"),
        pytest.param("31 Mei 2024", "2024-05-31", id="in Indonesian words"),
        pytest.param("31 May 2024", "2024-05-31", id="in English words"),
        pytest.param("1 Januari 2026", "2026-01-01", id="X-12: a day of one digit"),
        pytest.param("1 Peb 2026", "2026-02-01", id="X-12: Peb is an old spelling of Februari"),
        pytest.param("17 Agt 2025", "2025-08-17", id="Agt is Agustus"),
        pytest.param("4 Nopember 2025", "2025-11-04", id="Nopember is November"),
        pytest.param("Agustus 2019", "2019-08", id="month and year in words"),
        pytest.param("Rabu, 21 Agustus 2019", "2019-08-21", id="with the day of the week"),
        pytest.param("31/05/2024", "2024-05-31", id="31 can only be the day"),
        pytest.param("13.05.2024", "2024-05-13", id="13 can only be the day, with dots"),
        pytest.param("2026-01-31 00:00:00", "2026-01-31", id="midnight is no time of day"),
        pytest.param("29 Februari 2024", "2024-02-29", id="a leap day"),
        pytest.param("2024-05-31\u00a0", "2024-05-31", id="a fixed space behind it"),
        pytest.param("1900-01-01", "1900-01-01", id="the first day of all"),
        pytest.param("2199-12-31", "2199-12-31", id="the last day of all"),
    ],
)
def test_date_is_read(written: str, stored: str) -> None:
    assert partial_date(written) == stored


@pytest.mark.parametrize(
    ("written", "what", "hint"),
    [
        pytest.param("31/02/2026", "not a day that exists", "2024-05-31", id="X-12: 31 February"),
        pytest.param("2026-02-29", "not a day that exists", "2024-05-31", id="X-12: no leap year"),
        pytest.param("29-02-24", "two digits", "four digits", id="X-12: a year of two digits"),
        pytest.param("02/03/2026", "ambiguous", "2026-03-02", id="X-12: day or month first"),
        pytest.param("02/03/2026", "ambiguous", "2026-02-03", id="X-12: both readings are offered"),
        pytest.param("05/31/2026", "month before the day", "2026-05-31", id="month first"),
        pytest.param("00/05/2026", "not a day that exists", "2024-05-31", id="day 0"),
        pytest.param("2026-W05-6", "week", "2026-01-31", id="X-12: an ISO week"),
        pytest.param("20260131", "not a date", "2026-01-31", id="X-12: without dashes"),
        pytest.param("2026/01/31", "not a date", "2026-01-31", id="with slashes, year first"),
        pytest.param("٢٠٢٦-٠١-٣١", "another script", "2026-01-31", id="X-12: Arabic digits"),
        pytest.param("２０２６", "another script", "2026", id="fullwidth digits"),
        pytest.param("'2026-01-31", "apostrophe", "2026-01-31", id="X-13: an apostrophe before it"),
        pytest.param("0001-01-01", "outside", "check the year", id="X-14: the first year"),
        pytest.param("9999-12-31", "outside", "check the year", id="X-14: for ever"),
        pytest.param("1899", "outside", "check the year", id="X-14: before 1900"),
        pytest.param("31 Foo 2024", "no month", "31 Mei 2024", id="no month"),
        pytest.param("belum ada", "not a date", "leave the cell empty", id="words"),
        pytest.param("2024-13", "not a day that exists", "2024-05-31", id="month 13"),
        pytest.param("2024-05-31T18:00", "not a date", "2024-05-31", id="a time of day"),
    ],
)
def test_date_is_refused_with_what_to_write(written: str, what: str, hint: str) -> None:
    with pytest.raises(CellError) as caught:
        partial_date(written)
    assert what in caught.value.message
    assert hint in caught.value.hint


def test_ambiguous_date_names_both_days() -> None:
    with pytest.raises(CellError) as caught:
        partial_date("02/03/2026")
    assert caught.value.hint == (
        "write 2026-03-02 if 2 is the day, or 2026-02-03 if 2 is the month"
    )


def test_day_of_a_contact_must_be_known() -> None:
    assert full_date("31 Mei 2024") == "2024-05-31"
    with pytest.raises(CellError, match="names no day"):
        full_date("2024-05")
