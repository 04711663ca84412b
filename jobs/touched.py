"""Planning what a change of the register touched, right after it was committed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from jobs.replanning import replan_marked
from reminder.clock import known_zone, local_date
from reminder.storage.planning import bureau_zones, read_service, write_service
from reminder.storage.register import count_marked

if TYPE_CHECKING:
    from jobs.context import JobContext


def plan_touched(
    context: JobContext, progress: Callable[[int, int], None] = lambda _done, _total: None
) -> dict[str, str]:
    """Derive the deadlines of every agreement that is marked for it; returns those that raised.

    *progress* is called with how many are done, and of how many.
    """
    now = context.clock.now()
    default = context.policy.service.timezone
    with context.database.read() as connection:
        zones = sorted(bureau_zones(connection, default))
        latest = max(local_date(now, known_zone(zone, default)) for zone in zones)
        total = count_marked(connection, latest)
    done = 0

    def count(more: int) -> None:
        nonlocal done
        done += more
        progress(min(done, total), total)

    report = replan_marked(context, zones, count)
    _remember_policy(context)
    return report.failed


def _remember_policy(context: JobContext) -> None:
    """After the first planning of all, the first scan need not plan everything again."""
    with context.database.write() as connection:
        if not read_service(connection, "policy_version"):
            write_service(connection, policy_version=context.policy.version)
