"""Planning: the facts of agreements -> their stored deadlines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from reminder.clock import local_date
from reminder.deadlines import DeadlineKind
from reminder.directory import Directory
from reminder.due_dates import Terms
from reminder.errors import describe
from reminder.firing import follow_up_subject
from reminder.loose_follow_ups import plan_loose_dates, plan_loose_findings
from reminder.occurrences import Timetables
from reminder.plan_rules import PlanRules
from reminder.planned_deadlines import AgreementPlan
from reminder.planner import plan_agreement
from reminder.storage.chunks import chunks
from reminder.storage.deadlines import PlanToStore, load_stored, store_plans
from reminder.storage.directory import load_directory
from reminder.storage.dossiers import load_dossiers
from reminder.storage.follow_ups import load_unattached
from reminder.storage.planning import (
    all_refs,
    clear_put_offs,
    lock_agreements,
    put_off,
    try_again,
    unmark_unattached,
    write_service,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from jobs.context import JobContext
    from reminder.policy import Policy

BATCH = 1000


@dataclass
class PlanReport:
    """How many agreements were planned, and those that could not be, with the reason."""

    planned: int = 0
    failed: dict[str, str] = field(default_factory=dict)


def plan_rules(policy: Policy) -> PlanRules:
    """The policy as the planner takes it."""
    calendar = policy.calendar
    return PlanRules(
        terms=Terms(
            horizon=policy.horizon,
            stale_after=policy.stale_after,
            report_due=policy.report_due,
            chains=policy.chains,
            calendar=calendar,
            ends_day_before=policy.term_ends == "day_before",
        ),
        rules=policy.rules,
        findings={code: rule.thresholds for code, rule in policy.findings.items() if rule.enabled},
        severities={code: rule.severity for code, rule in policy.findings.items()},
        timetables=Timetables(calendar),
    )


def directory_of(
    connection: Connection, policy: Policy, codes: Sequence[str] | None = None
) -> Directory:
    """The bureaus and contacts, with the service's zone and language where they give none."""
    service = policy.service
    return load_directory(connection, service.timezone, service.language, service.admin, codes)


def plan_agreements(
    context: JobContext,
    refs: Sequence[str] | None = None,
    progress: Callable[[int], None] | None = None,
) -> PlanReport:
    """Derive and store the deadlines of those agreements, or of all, in batches.

    Each batch commits by itself, and planning twice changes nothing, so a crash in between
    costs only the rest. *progress* is called with the number of agreements just done.
    """
    rules = plan_rules(context.policy)
    report = PlanReport()
    with context.database.read() as connection:
        directory = directory_of(connection, context.policy)
    for batch in _batches(context, refs):
        failed = plan_isolated(context, batch, rules, directory)
        report.planned += len(batch) - len(failed)
        report.failed.update(failed)
        if progress is not None:
            progress(len(batch))
    if refs is None or "" in refs:
        report.failed.update(plan_unattached_isolated(context, rules))
    return report


def plan_isolated(
    context: JobContext, refs: Sequence[str], rules: PlanRules, directory: Directory
) -> dict[str, str]:
    """Plan a batch in one transaction, or each by itself where one spoils it for the others.

    Returns those that raised; they are put off an hour.
    """
    if not refs:
        return {}
    try:
        with context.database.write() as connection:
            return plan_batch(context, connection, refs, rules, directory)
    except Exception:
        context.log.exception("plan_batch_failed", agreements=len(refs))
    failed: dict[str, str] = {}
    for ref in refs:
        try:
            with context.database.write() as connection:
                failed.update(plan_batch(context, connection, [ref], rules, directory))
        except Exception as error:
            context.log.exception("plan_failed", agreement=ref)
            failed[ref] = describe(error)
            with context.database.write() as connection:
                put_off(connection, ref, describe(error), context.clock.now())
                try_again(connection, [ref], context.clock.now())
    return failed


def plan_unattached_isolated(context: JobContext, rules: PlanRules) -> dict[str, str]:
    """Plan the follow-ups that belong to no agreement; returns those that could not be."""
    try:
        with context.database.write() as connection:
            return plan_unattached_follow_ups(context, connection, rules)
    # What is wrong with them must not stop the agreements (reliability I-8).
    except Exception as error:
        context.log.exception("plan_failed", agreement="")
        return {follow_up_subject("*"): describe(error)}


def _batches(context: JobContext, refs: Sequence[str] | None) -> Iterator[Sequence[str]]:
    if refs is not None:
        yield from chunks([ref for ref in refs if ref], BATCH)
        return
    last = ""
    while True:
        with context.database.read() as connection:
            batch = all_refs(connection, last, BATCH)
        if not batch:
            return
        yield batch
        last = batch[-1]


def plan_batch(
    context: JobContext,
    connection: Connection,
    refs: Sequence[str],
    rules: PlanRules,
    directory: Directory,
) -> dict[str, str]:
    """Plan a few agreements in the caller's transaction; returns those that raised.

    An agreement that raises is put off an hour and stops none of the others.
    """
    now = context.clock.now()
    default_zone = context.policy.service.timezone
    zones = {code: bureau.timezone for code, bureau in directory.bureaus.items()}
    today_in = todays(now)
    plans: list[PlanToStore] = []
    failed: dict[str, str] = {}
    for some in chunks(refs):
        lock_agreements(connection, some)
        stored = load_stored(connection, some, lock=True)
        dossiers, broken = load_dossiers(connection, some)
        failed.update({ref: describe(error) for ref, error in broken.items()})
        for dossier in dossiers:
            ref = dossier.agreement.ref
            try:
                today = today_in(zones.get(dossier.agreement.bureau, default_zone))
                plan = plan_agreement(dossier, stored[ref].deadlines, rules, directory, today)
            # One bad record never stops the others (reliability I-8).
            except Exception as error:
                context.log.exception("plan_failed", agreement=ref)
                failed[ref] = describe(error)
                continue
            plans.append(PlanToStore(ref, plan, stored[ref]))
    store_plans(connection, plans, zones, default_zone, now)
    for ref, reason in failed.items():
        put_off(connection, ref, reason, now)
    if failed:
        try_again(connection, list(failed), now)
    clear_put_offs(connection, [item.agreement for item in plans])
    return failed


def plan_unattached_follow_ups(
    context: JobContext, connection: Connection, rules: PlanRules
) -> dict[str, str]:
    """Plan the follow-ups that belong to no agreement; returns those that could not be.

    Such a one keeps the deadline that it had, and is tried again the next day or when any
    of them is changed.
    """
    now = context.clock.now()
    zone = context.policy.service.timezone
    today = local_date(now, zone)
    directory = directory_of(connection, context.policy)
    zones = {code: bureau.timezone for code, bureau in directory.bureaus.items()}
    broken: dict[str, Exception] = {}
    follow_ups = load_unattached(connection, broken)
    stored = load_stored(connection, [""], lock=True)[""]
    dates = {one.key: one for one in stored.deadlines if one.kind is not DeadlineKind.FINDING}
    findings = [one for one in stored.deadlines if one.kind is DeadlineKind.FINDING]
    plans: list[AgreementPlan] = []
    for one in follow_ups:
        before = [dates[one.id]] if one.id in dates else []
        try:
            plans.append(plan_loose_dates([one], before, rules, today))
        # One bad record never stops the others (reliability I-8).
        except Exception as error:
            broken[one.id] = error
    here = {*broken, *(one.id for one in follow_ups)}
    gone = [before for key, before in dates.items() if key not in here]
    plans.append(plan_loose_dates((), gone, rules, today))
    try:
        found = plan_loose_findings(follow_ups, findings, rules, today)
        # What cannot be read may be what a finding is about: none is cleared for want of it.
        plans.append(replace(found, gone=()) if broken else found)
    except Exception as error:
        broken["*"] = error
    store_plans(connection, [PlanToStore("", plan, stored) for plan in plans], zones, zone, now)
    failed = {follow_up_subject(id_): describe(error) for id_, error in broken.items()}
    for subject, reason in failed.items():
        context.log.error("plan_failed", agreement=subject, error=reason)
        put_off(connection, subject, reason, now)
    sound = [id_ for id_ in ("*", *(one.id for one in follow_ups)) if id_ not in broken]
    for some in chunks(sound):
        clear_put_offs(connection, [follow_up_subject(id_) for id_ in some])
    unmark_unattached(connection)
    again = [plan.replan_on for plan in plans if plan.replan_on is not None]
    if failed:
        again.append(today + timedelta(days=1))
    if again:
        write_service(connection, replan_unattached=min(again).isoformat())
    return failed


def todays(now: datetime) -> Callable[[str], date]:
    """The date in a zone at the instant *now*, reckoned once for each zone."""
    known: dict[str, date] = {}

    def today_in(zone: str) -> date:
        if zone not in known:
            known[zone] = local_date(now, zone)
        return known[zone]

    return today_in
