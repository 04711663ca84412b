"""What every job is given, built once: settings, policy, database, clock and log."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

    from reminder.clock import Clock
    from reminder.policy import Policy
    from reminder.settings import Settings
    from reminder.storage.engine import Database


def _never() -> bool:
    return False


@dataclass(frozen=True)
class JobContext:
    """Frozen, so that a reload puts a whole new one in its place and never half of one."""

    settings: Settings
    policy: Policy
    database: Database
    clock: Clock
    log: FilteringBoundLogger
    stopping: Callable[[], bool] = _never
    """True once the daemon was told to end: finish the message at hand and take no other."""
