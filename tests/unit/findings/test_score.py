"""The score of an agreement: what earns how many points, and what is not held against it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from reminder.findings.score import ReportCount, score_of
from tests.factories import make_plan_item

TODAY = date(2026, 3, 2)
DONE = {"done_on": "2026-01-30"}
LATE = {"due_on": "2026-01-30"}
LATER = {"due_on": "2026-11-30"}
LAST_YEAR = {"budget_year": "2025"}


@pytest.mark.parametrize(
    ("items", "reports", "has_officer", "score"),
    [
        pytest.param([], (2, 0), False, 0, id="nothing at all"),
        pytest.param([], (2, 0), True, 10, id="an officer alone"),
        pytest.param([], (2, 2), True, 30, id="an officer and all reports"),
        pytest.param([LATER | LAST_YEAR], (2, 0), False, 20, id="a plan alone"),
        pytest.param([LATER], (2, 0), False, 40, id="a plan with this year's budget"),
        pytest.param([LATER | LAST_YEAR, LATER], (2, 0), False, 40, id="one budget is enough"),
        pytest.param([LATER | DONE], (2, 0), False, 70, id="all that was asked is done"),
        pytest.param([DONE, LATE, LATE], (2, 0), False, 50, id="a third of what was asked"),
        pytest.param([DONE, LATER], (2, 0), False, 70, id="what is due later is not asked yet"),
        pytest.param([DONE, {"due_on": None}], (2, 0), False, 55, id="no due date is no excuse"),
        pytest.param([{"due_on": "2026-03-02"}], (2, 0), False, 40, id="due today, not late yet"),
        pytest.param([{"due_on": "2026-03"}, DONE], (2, 0), False, 70, id="due this month"),
        pytest.param([LATE | {"done_on": "2026-03-03"}], (2, 0), False, 40, id="done tomorrow"),
        pytest.param([DONE], (2, 1), True, 90, id="half of the reports"),
        pytest.param([DONE], (2, 2), True, 100, id="everything"),
        pytest.param([DONE], (0, 0), True, 100, id="everything, and no report was due"),
        pytest.param([], (0, 0), True, 12, id="an officer alone, and no report was due"),
        pytest.param([LATER], (0, 0), False, 50, id="plan and budget, and no report was due"),
    ],
)
def test_score(
    items: list[dict[str, Any]], reports: tuple[int, int], has_officer: bool, score: int
) -> None:
    plans = [make_plan_item(f"Butir {number}", **one) for number, one in enumerate(items)]

    assert score_of(plans, ReportCount(*reports), TODAY, has_officer=has_officer) == score
