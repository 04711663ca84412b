"""The relay's breaker: faults in a row -> how many mails may be tried now. Pure.

While it is open nothing is sent; then one mail goes as a probe, and what becomes of it
opens the breaker again, for longer, or closes it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from reminder.retry import RELAY_STEPS

OPENS_AT = 5
"""Faults in a row that say that the relay is down, and that the outbox can wait."""


@dataclass(frozen=True, slots=True)
class Breaker:
    """What is known of a relay: its faults in a row, and until when no mail goes there."""

    faults: int = 0
    closed_until: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether the relay has failed so often that only a probe may go, if anything."""
        return self.faults >= OPENS_AT

    def allows(self, now: datetime, wanted: int) -> int:
        """How many mails of *wanted* may be taken up: all, one as a probe, or none."""
        if not self.is_open:
            return wanted
        if self.closed_until is not None and now < self.closed_until:
            return 0
        return min(wanted, 1)

    def after_fault(
        self, now: datetime, *, is_probe: bool = False, is_certain: bool = False
    ) -> Breaker:
        """One more fault. Those of mails that were under way when it opened do not count.

        *is_certain*: another try would fail as this one did, so it opens at once. A relay may
        lock an account whose password is wrong five times.
        """
        if not is_probe and not self.allows(now, 1):
            return self
        faults = max(self.faults + 1, OPENS_AT if is_certain else 0)
        return Breaker(faults, now + _step(faults) if faults >= OPENS_AT else None)

    def while_probing(self, now: datetime) -> Breaker:
        """Keep others from probing too; a worker that dies meanwhile keeps it no longer."""
        return replace(self, closed_until=now + _step(self.faults)) if self.is_open else self


def _step(faults: int) -> timedelta:
    return RELAY_STEPS[min(faults - OPENS_AT, len(RELAY_STEPS) - 1)]
