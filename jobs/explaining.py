"""Why mails about an agreement went out, did not, or will: its whole story, from the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.foresight import forecaster
from reminder.clock import local_date
from reminder.deadlines import DeadlineKind
from reminder.explanation import Explanation, explain
from reminder.going_up import going_up
from reminder.planner import plan_agreement
from reminder.stages import next_step, next_towards_renewal, stage_of, start_by
from reminder.storage.deadlines import load_stored
from reminder.storage.dossiers import load_dossier, load_successors
from reminder.storage.escalations import load_courses
from reminder.storage.history import load_record
from reminder.storage.planning import put_offs

if TYPE_CHECKING:
    from datetime import date

    from jobs.context import JobContext
    from reminder.agreements import Dossier
    from reminder.calendars import Due, WorkCalendar
    from reminder.steps import Chains


def explain_agreement(context: JobContext, ref: str) -> Explanation:
    """Everything about one agreement: deadlines, mails, skips and what comes next.

    NotFound where the register has no such agreement.
    """
    now = context.clock.now()
    with context.database.read() as connection:
        dossier = load_dossier(connection, ref)
        stored = load_stored(connection, [ref])[ref].deadlines
        ahead = forecaster(context, connection, context.policy)
        record = load_record(connection, ref)
        ids = [deadline.id for deadline in record.deadlines]
        courses = load_courses(connection, ids, context.policy.service.timezone)
        put_off = {item.agreement: item.error for item in put_offs(connection)}
        successors = load_successors(connection, ref)
    bureau = ahead.directory.bureaus.get(dossier.agreement.bureau)
    zone = bureau.timezone if bureau else context.policy.service.timezone
    today = local_date(now, zone)
    plan = plan_agreement(dossier, stored, ahead.rules, ahead.directory, today)
    last = context.policy.horizon.after(today)
    foretold = list(ahead.of_agreement(dossier, stored, last))
    chains, calendar = context.policy.chains, context.policy.calendar
    rules = {rule.name: rule for rule in context.policy.rules}
    gone_up = {
        one.id: going_up(
            one, rules.get(one.rule), courses[one.id], ahead.directory, calendar, today
        )
        for one in record.deadlines
    }
    ends = (*(one.deadline for one in plan.planned), *plan.later)
    expiry = next((one.due for one in ends if one.kind is DeadlineKind.EXPIRY), None)
    # Only once somebody has thought of the end: until then its own steps come first.
    is_decided = bool(dossier.decided or dossier.intended)
    following = next_towards_renewal if is_decided else next_step
    return Explanation(
        agreement=dossier.agreement,
        bureau_name=bureau.name if bureau else dossier.agreement.bureau,
        timezone=zone,
        put_off=put_off.get(ref, ""),
        renewals=() if dossier.replaced_by else tuple(successors),
        deadlines=explain(record, plan.later, foretold, gone_up),
        stage=stage_of(dossier, chains, today),
        next_step=following(dossier, chains, calendar, today, expiry),
        start_by=_start_by(dossier, expiry, chains, calendar),
    )


def _start_by(
    dossier: Dossier, expiry: Due | None, chains: Chains, calendar: WorkCalendar
) -> date | None:
    if expiry is None or dossier.replaced_by is not None:
        return None
    return start_by(dossier.agreement, expiry, chains, calendar)
