"""Opt-outs: what is odd about a row."""

from __future__ import annotations

from datetime import date

import pytest

from reminder.register.opt_outs import opt_out_doubts


@pytest.mark.parametrize(
    ("until", "columns"),
    [
        pytest.param("2026-02-28", ["until"], id="yesterday"),
        pytest.param("2026-03-01", [], id="today"),
        pytest.param("2026", [], id="some day of this year"),
        pytest.param(None, [], id="for good"),
    ],
)
def test_end_of_an_opt_out_is_doubted_once_it_is_past(
    until: str | None, columns: list[str]
) -> None:
    row = {"agreement": "KSD-1", "rule": "report", "reason": "x", "until": until}
    assert [column for column, _what, _hint in opt_out_doubts(row, date(2026, 3, 1))] == columns
