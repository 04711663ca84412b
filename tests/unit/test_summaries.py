"""Which matters a weekly digest lists, in which group, under which code."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from reminder.summaries import Matter, choose, code_on, group_of

TODAY = date(2026, 11, 24)
MATTER = Matter(1, "A-1", "expiry", "", "B-01", None, TODAY, TODAY, "")


def matter(id_: int, days: int, kind: str = "report", severity: str = "") -> Matter:
    due = TODAY + timedelta(days=days)
    return replace(MATTER, id=id_, kind=kind, due_on=due, due_last_on=due, severity=severity)


@pytest.mark.parametrize(
    ("first", "last", "group", "code"),
    [
        pytest.param(-1, -1, "late", "H+1", id="yesterday"),
        pytest.param(0, 0, "week", "H", id="today"),
        pytest.param(7, 7, "week", "H-7", id="in seven days"),
        pytest.param(8, 8, "later", "H-8", id="in eight days"),
        pytest.param(-10, 20, "week", "H", id="some day of this month"),
        pytest.param(-40, -10, "late", "H+10", id="some day of last month"),
        pytest.param(12, 40, "later", "H-12", id="some day of next month"),
    ],
)
def test_matter_is_late_this_week_or_later(first: int, last: int, group: str, code: str) -> None:
    days = (TODAY + timedelta(days=first), TODAY + timedelta(days=last))
    assert group_of("report", *days, TODAY) == group
    assert code_on(TODAY, *days) == code
    assert group_of("finding", *days, TODAY) == "data"


def test_most_urgent_come_first_and_all_are_counted() -> None:
    matters = [
        matter(1, 20),
        matter(2, -300, "finding", "info"),
        matter(3, 3),
        matter(4, -2),
        matter(5, -40),
        matter(6, -10, "finding", "urgent"),
        matter(7, 31),
    ]
    chosen = choose(matters, TODAY, 4)
    assert [one.id for one in chosen.shown] == [5, 4, 3, 1]
    assert dict(chosen.totals) == {"late": 2, "week": 1, "later": 1, "data": 2}
    assert [one.id for one in choose(matters, TODAY, 10).shown] == [5, 4, 3, 1, 6, 2]


def test_a_month_ahead_is_in_and_the_day_after_is_not() -> None:
    assert choose([matter(1, 30)], TODAY, 5).totals == {"later": 1}
    assert choose([matter(1, 31)], TODAY, 5).totals == {}
