"""The simulated clock: it moves only when the simulation moves it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass
class SimClock:
    """A ``reminder.clock.Clock`` that never goes back."""

    instant: datetime

    def now(self) -> datetime:
        return self.instant

    def pass_by(self, length: timedelta) -> None:
        """Let that much time go by."""
        self.instant += length

    def move_to(self, instant: datetime) -> None:
        """Let time go by until *instant*, unless it is past."""
        self.instant = max(self.instant, instant)
