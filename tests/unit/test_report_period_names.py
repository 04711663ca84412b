"""Report periods by the names that the register has for them."""

from __future__ import annotations

from datetime import date

import pytest

from reminder.report_periods import period_named


@pytest.mark.parametrize(
    ("name", "ends_on"),
    [
        ("2026-S1", date(2026, 6, 30)),
        ("2026-S2", date(2026, 12, 31)),
        ("2026", date(2026, 12, 31)),
        ("2026-Q3", date(2026, 9, 30)),
        ("2026-S3", None),
        ("semester 1", None),
        ("", None),
    ],
)
def test_period_is_known_by_its_name(name: str, ends_on: date | None) -> None:
    period = period_named(name)
    assert (period.ends_on if period else None) == ends_on
