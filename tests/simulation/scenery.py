"""The scenery: the policy, the model and the bad times that a register and a swarm call for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from reminder.calendars import Span
from reminder.policy.model import Limits, Policy, RateLimit, Storm
from tests.simulation.register import PARENTS, ZONES, Register
from tests.simulation.told import ToldModel
from tests.stored import ADMIN, make_policy

if TYPE_CHECKING:
    from random import Random

    from reminder.rules import Rule
    from tests.simulation.swarm import Swarm

HORIZON = 12
"""Months."""


def policy_of(register: Register, swarm: Swarm, rules: Sequence[Rule]) -> Policy:
    """What the service goes by."""
    has = swarm.has_limits
    return make_policy(
        *rules,
        calendar=register.calendar,
        horizon=Span(months=HORIZON),
        limits=Limits(
            RateLimit(12, timedelta(days=1)) if has else None,
            RateLimit(3, timedelta(minutes=1)) if has else None,
        ),
        storm=Storm(15, 3.0) if swarm.has_storms else None,
    )


def model_of(register: Register) -> ToldModel:
    """What the judge goes by; it sees the contacts as they come and go."""
    holidays = set(register.holidays)
    return ToldModel(register.wishes, register.people, ZONES, PARENTS, ADMIN, holidays, HORIZON)


def spans(
    rng: Random, a_year: int, hours: Sequence[int], begins: date, ends: date
) -> list[tuple[datetime, datetime]]:
    """So many spans a year, each about as long as one of *hours*."""
    days = (ends - begins).days
    found = []
    for _ in range(round(a_year * days / 365)):
        day = begins + timedelta(days=rng.randrange(1, days))
        start = datetime.combine(day, time.min, UTC) + timedelta(minutes=rng.randint(0, 480))
        found.append((start, start + timedelta(hours=rng.choice(hours), minutes=17)))
    return found
