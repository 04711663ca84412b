"""Replanning: the agreements whose day to be planned again has come, or all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from jobs.planning import (
    BATCH,
    PlanReport,
    directory_of,
    plan_agreements,
    plan_isolated,
    plan_rules,
    plan_unattached_isolated,
)
from reminder.clock import known_zone, local_date
from reminder.storage.planning import bureau_zones, refs_to_replan, write_service

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from jobs.context import JobContext


def todays_by_zone(context: JobContext, connection: Connection, now: datetime) -> dict[str, date]:
    """The date in each zone that a bureau is in; a zone that is none counts as the service's."""
    default = context.policy.service.timezone
    return {
        zone: local_date(now, known_zone(zone, default))
        for zone in sorted(bureau_zones(connection, default))
    }


def is_unattached_due(known: Mapping[str, str], context: JobContext, now: datetime) -> bool:
    """Whether the follow-ups of no agreement are marked to be planned again by today.

    *known* is the service's state, as ``read_service`` gives it.
    """
    day = known.get("replan_unattached")
    today = local_date(now, context.policy.service.timezone)
    return day is not None and day <= today.isoformat()


def replan_all(context: JobContext) -> PlanReport:
    """A changed policy re-plans every agreement; a crash in between begins again."""
    planned = plan_agreements(context)
    with context.database.write() as connection:
        write_service(connection, policy_version=context.policy.version)
    context.log.info("policy_planned", agreements=planned.planned, failed=len(planned.failed))
    return planned


def replan_marked(
    context: JobContext,
    zones: Sequence[str],
    progress: Callable[[int], None] = lambda _done: None,
) -> PlanReport:
    """Plan the marked agreements of those zones, and the follow-ups that belong to none.

    Each batch commits by itself and takes its marks away; what a crash leaves marked is
    planned by the next scan. *progress* is called with the number of agreements just done.
    """
    now = context.clock.now()
    rules = plan_rules(context.policy)
    report = PlanReport()
    with context.database.read() as connection:
        directory = directory_of(connection, context.policy)
    for zone in zones:
        while True:
            with context.database.read() as connection:
                refs = _marked(context, connection, zone, now, BATCH)
            if not refs:
                break
            failed = plan_isolated(context, refs, rules, directory)
            report.planned += len(refs) - len(failed)
            report.failed.update(failed)
            progress(len(refs))
    report.failed.update(plan_unattached_isolated(context, rules))
    return report


def _marked(
    context: JobContext, connection: Connection, zone: str, now: datetime, limit: int
) -> Sequence[str]:
    default = context.policy.service.timezone
    today = local_date(now, known_zone(zone, default))
    return refs_to_replan(connection, zone, today, default, now, limit)
