"""The figures of a semester, decided report by report."""

from __future__ import annotations

from datetime import date

import pytest

from reminder.calendars import PartialDate
from reminder.figures import (
    AgreementFigures,
    BureauFigures,
    ReportFigures,
    ReportOutcome,
    SemesterReports,
    count_reports,
    periods_in,
    report_outcome,
    summed,
)

DUE = date(2026, 7, 31)
TODAY = date(2026, 8, 20)


@pytest.mark.parametrize(
    ("submitted", "proven", "outcome"),
    [
        pytest.param("2026-07-30", True, ReportOutcome.ON_TIME, id="the day before"),
        pytest.param("2026-07-31", True, ReportOutcome.ON_TIME, id="on the day"),
        pytest.param("2026-08-01", True, ReportOutcome.LATE, id="the day after"),
        pytest.param("2026-07-30", False, ReportOutcome.MISSING, id="in time, but no evidence"),
        pytest.param("2026-08-19", False, ReportOutcome.MISSING, id="late and no evidence"),
        pytest.param(None, False, ReportOutcome.MISSING, id="never"),
        pytest.param(None, True, ReportOutcome.MISSING, id="evidence without a date"),
        pytest.param("2026-07", True, ReportOutcome.ON_TIME, id="some day of the month due"),
        pytest.param("2026", True, ReportOutcome.ON_TIME, id="only the year: nobody is blamed"),
        pytest.param("2026-08", True, ReportOutcome.LATE, id="some day of the month after"),
        pytest.param("2026-08-21", True, ReportOutcome.MISSING, id="a day still to come"),
    ],
)
def test_report_is_in_time_late_or_missing(
    submitted: str | None, proven: bool, outcome: ReportOutcome
) -> None:
    on = PartialDate.parse(submitted) if submitted else None
    assert report_outcome(DUE, on, proven, TODAY) is outcome


@pytest.mark.parametrize("today", ["2026-07-30", "2026-07-31"])
def test_report_is_nothing_yet_until_its_due_date_has_passed(today: str) -> None:
    assert report_outcome(DUE, None, False, date.fromisoformat(today)) is None


def test_semester_has_the_periods_of_every_cycle_that_end_in_it() -> None:
    assert periods_in("2026-S1") == ("2026-S1", "2026-Q1", "2026-Q2")
    assert periods_in("2026-S2") == ("2026-S2", "2026", "2026-Q3", "2026-Q4")


def test_figures_add_up() -> None:
    one = BureauFigures(
        "B-01", "Satu", AgreementFigures(4, 1, 0), ReportFigures(2, 1, 0), {"NO_OWNER": 1}
    )
    two = BureauFigures(
        "B-02", "Dua", AgreementFigures(2, 0, 3), ReportFigures(0, 0, 5), {"CEREMONIAL": 2}
    )
    total = summed([one, two])
    assert total.agreements == AgreementFigures(active=6, ending=1, ended=3)
    assert total.reports == ReportFigures(on_time=2, late=1, missing=5)
    assert total.reports.total == 8
    assert total.findings == {"CEREMONIAL": 2, "NO_OWNER": 1}
    assert summed([]).agreements == AgreementFigures()


def test_outcomes_are_counted_by_name() -> None:
    outcomes = {ReportOutcome.LATE: 2, ReportOutcome.MISSING: 1}
    assert count_reports(outcomes) == ReportFigures(on_time=0, late=2, missing=1)
    reports = SemesterReports("2026-S1", {"B-01": ReportFigures(1, 2, 3)})
    assert reports.total == ReportFigures(1, 2, 3)
    assert SemesterReports("2026-S1").total == ReportFigures()
