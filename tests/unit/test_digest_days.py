"""When a digest is due: tables of days, periods and what was made last."""

from __future__ import annotations

from datetime import date

import pytest

from reminder.digest_days import Period, day_period, is_due, semester_period, week_period
from tests.factories import make_calendar, make_terms

DUE = make_terms().report_due
LEBARAN = ("2026-03-16", "2026-03-17", "2026-03-18", "2026-03-19", "2026-03-20")


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    ("today", "days_off", "name", "opens_on"),
    [
        pytest.param("2026-11-23", (), "2026-W48", "2026-11-23", id="Monday"),
        pytest.param("2026-11-27", (), "2026-W48", "2026-11-23", id="Friday of the same week"),
        pytest.param("2026-11-29", (), "2026-W48", "2026-11-23", id="Sunday belongs to it too"),
        pytest.param(
            "2026-11-23", ("2026-11-23",), "2026-W47", "2026-11-16", id="Monday is a holiday"
        ),
        pytest.param(
            "2026-11-24", ("2026-11-23",), "2026-W48", "2026-11-24", id="the Tuesday after it"
        ),
        pytest.param(
            "2026-03-19", LEBARAN, "2026-W11", "2026-03-09", id="a week without a working day"
        ),
        pytest.param("2026-03-23", LEBARAN, "2026-W13", "2026-03-23", id="and the week after it"),
        pytest.param("2027-01-01", (), "2026-W53", "2026-12-28", id="a week of two years"),
        pytest.param("2027-01-04", (), "2027-W01", "2027-01-04", id="the first of a year"),
    ],
)
def test_week_begins_on_its_first_working_day(
    today: str, days_off: tuple[str, ...], name: str, opens_on: str
) -> None:
    assert week_period(day(today), make_calendar(*days_off)) == Period(name, day(opens_on))


@pytest.mark.parametrize(
    ("today", "days_off", "name", "opens_on"),
    [
        pytest.param("2026-07-31", (), "2025-S2", "2026-02-02", id="the due date itself"),
        pytest.param("2026-08-02", (), "2025-S2", "2026-02-02", id="the Sunday after it"),
        pytest.param("2026-08-03", (), "2026-S1", "2026-08-03", id="the Monday after it"),
        pytest.param("2026-08-03", ("2026-08-03",), "2025-S2", "2026-02-02", id="a holiday"),
        pytest.param("2026-08-04", ("2026-08-03",), "2026-S1", "2026-08-04", id="the day after"),
        pytest.param("2027-01-31", (), "2026-S1", "2026-08-03", id="long after it still"),
        pytest.param("2027-02-01", (), "2026-S2", "2027-02-01", id="the second half of a year"),
    ],
)
def test_semester_comes_on_the_first_working_day_after_its_reports_were_due(
    today: str, days_off: tuple[str, ...], name: str, opens_on: str
) -> None:
    found = semester_period(day(today), DUE, make_calendar(*days_off))
    assert found == Period(name, day(opens_on))


def test_semester_follows_the_days_of_the_policy() -> None:
    due = {**DUE, "S1": (8, 14)}
    assert semester_period(day("2026-08-14"), due, make_calendar()).name == "2025-S2"
    assert semester_period(day("2026-08-17"), due, make_calendar()).name == "2026-S1"


WEEK = Period("2026-W48", day("2026-11-23"))


@pytest.mark.parametrize(
    ("done", "today", "due"),
    [
        pytest.param("2026-W47", "2026-11-23", True, id="on its day"),
        pytest.param("2026-W47", "2026-11-26", True, id="on Thursday: the daemon was down"),
        pytest.param("2026-W40", "2026-11-26", True, id="after weeks of downtime, once"),
        pytest.param("2026-W48", "2026-11-26", False, id="made already"),
        pytest.param("2026-W49", "2026-11-26", False, id="the clock stepped back"),
        pytest.param(None, "2026-11-23", True, id="the first ever, on its day"),
        pytest.param(None, "2026-11-25", False, id="installed on Wednesday: next week"),
    ],
)
def test_digest_is_made_once_in_its_period(done: str | None, today: str, due: bool) -> None:
    assert is_due(WEEK, done, day(today)) is due


def test_day_is_its_own_period() -> None:
    assert day_period(day("2026-11-24")) == Period("2026-11-24", day("2026-11-24"))
    assert is_due(day_period(day("2026-11-24")), None, day("2026-11-24"))
