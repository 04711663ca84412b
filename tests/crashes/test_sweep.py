"""A sample of the sweep: killed at each crash point, with each outcome of the dot."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.crashes.office import make_template
from tests.crashes.schedules import CROWD, PAIR, POINTS, Dot, Restart, Schedule, sample
from tests.crashes.trials import play

SAMPLE = sample()


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Mapping[int, Path]:
    """The office with so many messages to send."""
    folder = tmp_path_factory.mktemp("offices")
    return {number: make_template(folder, number) for number in (PAIR, CROWD)}


@pytest.mark.parametrize("schedule", SAMPLE, ids=str)
def test_killed_worker_loses_no_mail_and_repeats_none_unmarked(
    schedule: Schedule, templates: Mapping[int, Path], tmp_path: Path
) -> None:
    assert play(schedule, templates[schedule.messages], tmp_path / "trial") == []


def test_sample_has_every_point_twice_every_outcome_and_every_restart() -> None:
    assert {(one.point, one.hit) for one in SAMPLE if one.messages == PAIR} == {
        (point, hit) for point in POINTS for hit in (1, 2)
    }
    assert {one.dot for one in SAMPLE} == set(Dot)
    assert {one.restart for one in SAMPLE} == set(Restart)
    assert {CROWD} < {one.messages for one in SAMPLE}
    assert any(one.then is not None for one in SAMPLE)
