"""Deadlines matched with those stored before: epoch, next day, silence and what was answered.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from reminder.agreements import Dossier, OptOut
from reminder.deadlines import Deadline, DeadlineStatus
from reminder.lead_times import LeadTime
from reminder.plan_rules import PlanRules
from reminder.planned_deadlines import Answered, DeadlineKey, PlannedDeadline, StoredDeadline
from reminder.rules import Rule, rule_for
from reminder.skips import SkipReason


def match_deadlines(
    deadlines: Iterable[Deadline],
    known: dict[DeadlineKey, StoredDeadline],
    dossier: Dossier | None,
    rules: PlanRules,
    today: date,
) -> Iterable[PlannedDeadline]:
    """Match deadlines with those stored, which are taken out of *known*."""
    opt_outs = dossier.opt_outs if dossier is not None else ()
    excused = {opt_out.rule: opt_out for opt_out in opt_outs}
    for deadline in deadlines:
        before = known.pop((deadline.kind, deadline.key or ""), None)
        redated = before is not None and before.due != deadline.due
        epoch = 1 if before is None else before.epoch + (1 if redated else 0)
        is_clean = before is None or redated
        entered_on = today if is_clean or before is None else before.entered_on
        told = "" if is_clean or before is None else before.told
        answered = Answered() if is_clean or before is None else before.answered
        rule = rule_for(deadline, rules.rules)
        deadline = _with_silence(deadline, rule, entered_on, excused, today, rules)
        yield PlannedDeadline(
            deadline=deadline,
            stored_id=before.id if before is not None else None,
            epoch=epoch,
            entered_on=entered_on,
            rule=rule.name if rule is not None else "",
            told=told,
            next_on=_next_on(deadline, rule, told, answered, rules),
            stop_reason=_stop_reason(deadline, redated),
            answered=_still_answered(deadline, answered, before, rule, today),
        )


def _with_silence(
    deadline: Deadline,
    rule: Rule | None,
    entered_on: date,
    excused: Mapping[str, OptOut],
    today: date,
    rules: PlanRules,
) -> Deadline:
    if deadline.status is not DeadlineStatus.OPEN or deadline.silent is not None:
        return deadline
    if not deadline.lasts and rules.is_stale(deadline.due, entered_on):
        detail = f"more than {rules.terms.stale_after} past when it entered on {entered_on}"
        return replace(deadline, silent=SkipReason.STALE, silent_detail=detail)
    if rule is None:
        return replace(deadline, silent=SkipReason.NO_RULE, silent_detail="no rule matches it")
    opt_out = excused.get(rule.name)
    if opt_out is not None and _is_excused(deadline, opt_out, today):
        detail = f"opted out of {rule.name}: {opt_out.reason or 'no reason given'}"
        return replace(deadline, silent=SkipReason.OPTED_OUT, silent_detail=detail)
    return deadline


def _is_excused(deadline: Deadline, opt_out: OptOut, today: date) -> bool:
    """While the opt-out lasts; and for good, what was due before it ended."""
    if opt_out.until is None:
        return True
    if today <= opt_out.until.last:
        return True
    # A state that lasts is asked about again; it began before the end, as a rule.
    return not deadline.lasts and deadline.due.last <= opt_out.until.last


def _still_answered(
    deadline: Deadline,
    answered: Answered,
    before: StoredDeadline | None,
    rule: Rule | None,
    today: date,
) -> Answered:
    """What is over is neither told again nor escalated; open again, it goes on where it was."""
    if deadline.status is not DeadlineStatus.OPEN:
        return replace(answered, snoozed_until=None, escalate_on=None)
    was_over = before is not None and before.status is not DeadlineStatus.OPEN
    if was_over and before is not None and before.told and rule is not None and rule.escalate:
        return replace(answered, escalate_on=today)
    return answered


def _next_on(
    deadline: Deadline, rule: Rule | None, told: str, answered: Answered, rules: PlanRules
) -> date | None:
    """The day on which the scan must look at it: also a silent one, to record the skip."""
    if rule is None or deadline.status is not DeadlineStatus.OPEN:
        return None
    if answered.snoozed_until is not None:
        return answered.snoozed_until
    schedule = rules.schedule(rule, deadline.lead_times)
    timetable = rules.timetables.of(deadline.due, schedule)
    return timetable.first_day_after(LeadTime.parse(told) if told else None)


def _stop_reason(deadline: Deadline, redated: bool) -> SkipReason | None:
    if deadline.status is DeadlineStatus.MET:
        return SkipReason.MET
    if deadline.status is DeadlineStatus.VOID:
        return SkipReason.VOID
    if redated:
        return SkipReason.REDATED
    return deadline.silent
