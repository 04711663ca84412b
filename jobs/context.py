"""What every job is given, built once: settings, policy, database, clock and log."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from jobs.watcher import Watcher
from reminder.disk import FreeBytes, free_bytes
from reminder.tallies import Tally

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

    from jobs.second_process import SecondProcess
    from reminder.clock import Clock
    from reminder.clock_guard import ClockReading
    from reminder.mail.journal import OutcomeJournal
    from reminder.policy import Policy
    from reminder.settings import Settings
    from reminder.storage.engine import Database


def _never() -> bool:
    return False


class LastRefusal:
    """Why something failed the last time, so that a trouble that lasts is logged once."""

    def __init__(self) -> None:
        self._text = ""
        self._lock = Lock()  # scan and delivery ask at the same time

    def changes_to(self, text: str) -> bool:
        """Remember *text*; whether it was another before."""
        with self._lock:
            was, self._text = self._text, text
        return was != text


@dataclass(frozen=True)
class JobContext:
    """Frozen, so that a reload puts a whole new one in its place and never half of one."""

    settings: Settings
    policy: Policy
    database: Database
    clock: Clock
    log: FilteringBoundLogger
    journal: OutcomeJournal | None = None
    """The outcome journal that this process keeps open; None has each delivery open it."""
    second: SecondProcess | None = None
    """Delivers beside this process where much waits; None where it delivers alone."""
    stopping: Callable[[], bool] = _never
    """True once the daemon was told to end: finish the message at hand and take no other."""
    clock_reading: Callable[[], ClockReading] | None = None
    """What the machine's clocks show, to guard against a wrong one; None, as with ``--as-of``,
    where the time is what somebody said it is."""
    free_bytes: FreeBytes = free_bytes
    last_refusal: LastRefusal = field(default_factory=LastRefusal, compare=False, repr=False)
    watcher: Watcher = field(default_factory=Watcher, compare=False, repr=False)
    last_heartbeat: LastRefusal = field(default_factory=LastRefusal, compare=False, repr=False)
    tally: Tally = field(default_factory=Tally, compare=False, repr=False)
