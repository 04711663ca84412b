"""A machine whose clock a test sets: time goes by, the clock is moved, the machine restarts."""

from __future__ import annotations

from datetime import datetime, timedelta

from reminder.clock_guard import ClockReading


class MachineClock:
    """The clock of a job, and what the guard reads of it. It stands still until told."""

    def __init__(self, wall: datetime) -> None:
        self._wall = wall
        self._steady = 5000.0
        self._boot = 1

    def now(self) -> datetime:
        return self._wall

    def reading(self) -> ClockReading:
        """What ``read_machine_clock`` would show."""
        return ClockReading(self._wall, self._steady, f"boot {self._boot}")

    def pass_by(self, length: timedelta) -> None:
        """Time goes by as it should."""
        self._wall += length
        self._steady += length.total_seconds()

    def move(self, length: timedelta) -> None:
        """Somebody, or a fault, moves the clock by *length*, back where it is negative."""
        self._wall += length

    def move_to(self, wall: datetime) -> None:
        """The same, to an instant."""
        self._wall = wall

    def restart(self, off: timedelta = timedelta(minutes=1)) -> None:
        """The machine is off for so long, and starts again."""
        self._wall += off
        self._steady = 20.0
        self._boot += 1
