"""The swarm: which kinds of trouble one seed has, and how often. Other seeds have others.

A run in which everything goes wrong at once hides what only happens when most goes well.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from reminder.crash_points import CrashPoint
from tests.simulation.crashes import REACHABLE

ALWAYS_STATES = frozenset({"pending", "claimed", "sending", "sent", "superseded"})
RATES = (0.005, 0.02, 0.08)
OFTEN = 0.15
"""Deaths a day with which each point has its turn several times in two years."""


@dataclass(frozen=True)
class Swarm:
    """Rates are per mail for the relay, per run for jobs, per day for people; 0 is never."""

    unreachable: float
    deferring: float
    refusing: float
    deferring_dot: float
    silent_dot: float
    greylists: bool
    dead_recipients: int
    outages: int
    """A year; each lasts hours to days."""
    pauses: float
    """The machine sleeps in the middle of a mail, longer than its lease."""
    meanwhile: float
    """While a mail is under way another worker, the scan or a person does something."""
    crashes: float
    """A day."""
    database_faults: float
    downtimes: int
    """A year; each lasts hours to weeks."""
    edits: float
    orders: float
    has_limits: bool
    has_storms: bool
    has_holds: bool
    """Whether some rules leave a repeat to a person."""

    @classmethod
    def of(cls, seed: int) -> Swarm:
        """The swarm of that seed."""
        rng = Random(f"swarm {seed}")

        def rate(rates: tuple[float, ...] = RATES) -> float:
            return rng.choice(rates) if rng.random() < 0.75 else 0.0

        def number(most: int) -> int:
            return rng.randint(1, most) if rng.random() < 0.75 else 0

        def whether() -> bool:
            return rng.random() < 0.5

        return cls(
            unreachable=rate(),
            deferring=rate(),
            refusing=rate((0.005, 0.02)),
            deferring_dot=rate(),
            silent_dot=rate(),
            greylists=whether(),
            dead_recipients=number(2),
            outages=number(6),
            pauses=rate((0.005, 0.02)),
            meanwhile=rate((0.02, 0.1)),
            crashes=rate((0.05, OFTEN)),
            database_faults=rate((0.005, 0.02)),
            downtimes=number(6),
            edits=rng.choice((0.1, 0.3)),
            orders=rng.choice((0.1, 0.5)),
            has_limits=whether(),
            has_storms=whether(),
            has_holds=whether(),
        )

    @property
    def crash_points(self) -> frozenset[CrashPoint]:
        """Where processes should have died in the two years of a run with this swarm."""
        if self.crashes < OFTEN:
            return frozenset()
        points = frozenset(REACHABLE)
        if not self.dead_recipients:
            points -= {CrashPoint.BEFORE_SUCCESSION_COMMIT, CrashPoint.AFTER_SUCCESSION_COMMIT}
        return points

    @property
    def states(self) -> frozenset[str]:
        """The states of messages that a run with this swarm should reach."""
        more = set[str]()
        if self.deferring or self.deferring_dot or self.greylists or self.outages:
            more.add("deferred")
        if self.silent_dot:
            more |= {"uncertain", "held"}
        if self.refusing or self.dead_recipients:
            more.add("failed")
        if more >= {"held"} and self.orders:
            more.add("suppressed")
        return ALWAYS_STATES | more
