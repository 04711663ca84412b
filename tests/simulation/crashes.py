"""Crashes: the death of the simulated process at a named point, and which points were met."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reminder.crash_points import CrashPoint, set_killer
from tests.crashes.schedules import OTHER_JOBS

if TYPE_CHECKING:
    from random import Random

REACHABLE = tuple(point for point in CrashPoint if point not in OTHER_JOBS)
"""The points that scan, delivery and succession pass."""


class SimCrash(BaseException):
    """The process is dead. No ``except Exception`` may take it for something to be mended."""


@dataclass(frozen=True)
class Guest:
    """Another process: what to call when it dies, and where it does; None for nowhere."""

    die: Callable[[], None]
    point: CrashPoint | None


class Crashes:
    """Kills whoever comes to a point that is armed; counts what is passed and where one died."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._deck: list[CrashPoint] = []
        self._armed: dict[CrashPoint, int] = {}
        """The points, and at which pass from now on."""
        self.passed: Counter[str] = Counter()
        self.died_at: Counter[str] = Counter()
        self.on_death: Callable[[], None] = lambda: None
        """Called at the moment of death, before anything is unwound."""
        self._guest: Guest | None = None

    def arm(self) -> None:
        """Choose a point at which a process is going to die, some time; each has its turn."""
        if not self._deck:
            self._deck = self._rng.sample(REACHABLE, len(REACHABLE))
        self._armed[self._deck.pop()] = self._rng.choice((1, 1, 1, 2, 5))

    def disarm(self) -> None:
        """Let everybody live."""
        self._armed.clear()

    @contextmanager
    def guest(self, die: Callable[[], None], point: CrashPoint | None) -> Iterator[None]:
        """While another process runs, in the middle of a mail of the first; it dies at *point*."""
        self._guest = Guest(die, point)
        try:
            yield
        finally:
            self._guest = None

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Have every point that is passed reported here."""
        set_killer(self._pass)
        try:
            yield
        finally:
            set_killer(None)

    def _pass(self, point: CrashPoint) -> None:
        self.passed[point.name] += 1
        if self._guest is not None:
            if point is self._guest.point:
                self._guest.die()
                raise SimCrash(point.name)
            return
        if point not in self._armed:
            return
        self._armed[point] -= 1
        if self._armed[point] == 0:
            del self._armed[point]
            self.died_at[point.name] += 1
            self.on_death()
            raise SimCrash(point.name)
