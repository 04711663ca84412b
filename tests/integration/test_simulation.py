"""Years of the service against faults, crashes and edits, judged by the model and the relay.

``make proof`` runs more seeds: ``SIMULATED_SEEDS=60 SIMULATED_AGREEMENTS=200``.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.simulation.crashes import REACHABLE
from tests.simulation.runs import STATES, make_template, simulate
from tests.simulation.swarm import Swarm

SEEDS = (10, 19, 35, 39, 41, 55)
"""Some with every kind of trouble, one without crashes, one with hardly anything else."""
YEARS = 2
AGREEMENTS = int(os.environ.get("SIMULATED_AGREEMENTS", "100"))
MORE = range(1000, 1000 + max(0, int(os.environ.get("SIMULATED_SEEDS", "0")) - len(SEEDS)))


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    return make_template(tmp_path_factory.mktemp("simulation"))


@pytest.mark.parametrize("seed", [*SEEDS, *MORE])
def test_nothing_is_lost_and_every_repeat_is_marked(seed: int, template: Path) -> None:
    report = simulate(seed, AGREEMENTS, YEARS, template)

    assert report.violations == [], f"python -m tests.simulation {seed} --trace\n{report}"
    assert report.lost == 0
    if seed in SEEDS:
        swarm = Swarm.of(seed)
        assert swarm.states <= set(report.states), report
        assert {point.name for point in swarm.crash_points} <= set(report.died_at), report


def test_the_seeds_of_every_day_reach_all_states_and_crash_points() -> None:
    swarms = [Swarm.of(seed) for seed in SEEDS]

    assert frozenset(STATES) == frozenset().union(*(swarm.states for swarm in swarms))
    assert frozenset(REACHABLE) == frozenset().union(*(swarm.crash_points for swarm in swarms))


def test_a_seed_gives_the_same_trace_each_time_and_another_seed_another(
    template: Path,
) -> None:
    first, again, other = (simulate(seed, 15, 0.2, template) for seed in (39, 39, 41))

    assert first.copies > 0
    assert first.lines == again.lines
    assert first.trace == again.trace != other.trace
