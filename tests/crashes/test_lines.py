"""A sample of the line killer: one delivery ended at some of the lines that it runs."""

from __future__ import annotations

import pytest

from tests.crashes.lines import LineTrials

EVERY = 97
"""Lines from one end to the next: prime, so that it follows no loop."""


PARTS = 5
"""Tests that share them, so that several processors can."""


@pytest.fixture(scope="module")
def trials(tmp_path_factory: pytest.TempPathFactory) -> LineTrials:
    """One message that waits."""
    return LineTrials.prepared(tmp_path_factory.mktemp("lines"))


@pytest.fixture(scope="module")
def lines(trials: LineTrials) -> int:
    """How many there are."""
    return trials.count()


@pytest.mark.parametrize("part", range(PARTS))
def test_delivery_ended_at_any_line_loses_no_mail_and_repeats_none_unmarked(
    trials: LineTrials, lines: int, part: int
) -> None:
    assert lines > 1000, "less than a delivery was watched"
    ends = {
        line: trials.killed_at(line) for line in range(1 + EVERY * part, lines + 1, EVERY * PARTS)
    }
    assert {line: ending.wrong for line, ending in ends.items() if ending.wrong} == {}
    assert {ending.copies for ending in ends.values()} <= {
        "unmarked",
        "marked",
        "unmarked and marked",
    }
