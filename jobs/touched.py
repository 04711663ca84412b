"""Planning what a change of the register touched, right after it was committed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from jobs.planning import directory_of, plan_loose, plan_marked, plan_rules, usable
from reminder.clock import local_date
from reminder.storage.planning import bureau_zones, read_service, write_service
from reminder.storage.register import count_marked

if TYPE_CHECKING:
    from jobs.context import JobContext


def plan_touched(
    context: JobContext, progress: Callable[[int, int], None] = lambda _done, _total: None
) -> dict[str, str]:
    """Derive the deadlines of every agreement that is marked for it; returns those that raised.

    Each batch commits by itself and takes its marks away; what a crash leaves marked is
    planned by the next scan.
    """
    now = context.clock.now()
    default = context.policy.service.timezone
    rules = plan_rules(context.policy)
    with context.database.read() as connection:
        directory = directory_of(connection, context.policy)
        zones = sorted(bureau_zones(connection, default))
        latest = max(local_date(now, usable(zone, default)) for zone in zones)
        total = count_marked(connection, latest)
    failed: dict[str, str] = {}
    done = 0
    for zone in zones:
        while True:
            refs, raised = plan_marked(context, zone, rules, directory)
            if not refs:
                break
            failed.update(raised)
            done += len(refs)
            progress(min(done, total), total)
    failed.update(plan_loose(context, rules))
    _remember_policy(context)
    return failed


def _remember_policy(context: JobContext) -> None:
    """After the first planning of all, the first scan need not plan everything again."""
    with context.database.write() as connection:
        if not read_service(connection, "policy_version"):
            write_service(connection, policy_version=context.policy.version)
