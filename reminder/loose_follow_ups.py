"""The plan of the follow-ups that belong to no agreement: their due dates, and what they lack.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from reminder.agreements import FollowUp
from reminder.calendars import Due
from reminder.deadline_matching import match_deadlines
from reminder.deadlines import Deadline, DeadlineKind
from reminder.due_dates import follow_up_deadlines
from reminder.finding_deadlines import Found
from reminder.findings.follow_up_incomplete import CODE as FOLLOW_UP_INCOMPLETE
from reminder.findings.follow_up_incomplete import loose_findings
from reminder.plan_rules import PlanRules
from reminder.planned_deadlines import AgreementPlan, StoredDeadline


def plan_unattached(
    follow_ups: Sequence[FollowUp],
    stored: Iterable[StoredDeadline],
    rules: PlanRules,
    today: date,
) -> AgreementPlan:
    """The same for the follow-ups that belong to no agreement, and for what they lack."""
    by_kind: dict[bool, list[StoredDeadline]] = {True: [], False: []}
    for before in stored:
        by_kind[before.kind is DeadlineKind.FINDING].append(before)
    dated = plan_loose_dates(follow_ups, by_kind[False], rules, today)
    found = plan_loose_findings(follow_ups, by_kind[True], rules, today)
    again = [day for day in (dated.replan_on, found.replan_on) if day is not None]
    return AgreementPlan(
        (*dated.planned, *found.planned), (*dated.gone, *found.gone), min(again, default=None)
    )


def plan_loose_dates(
    follow_ups: Sequence[FollowUp],
    stored: Iterable[StoredDeadline],
    rules: PlanRules,
    today: date,
) -> AgreementPlan:
    """The due dates of follow-ups that belong to no agreement: each stands by itself."""
    known = {(before.kind, before.key): before for before in stored}
    deadlines = list(follow_up_deadlines(tuple(follow_ups), None, today))
    planned = tuple(match_deadlines(deadlines, known, None, rules, today))
    ahead = [one.done_on.first for one in follow_ups if one.done_on and one.done_on.first > today]
    return AgreementPlan(planned, tuple(known.values()), min(ahead, default=None))


def plan_loose_findings(
    follow_ups: Sequence[FollowUp],
    stored: Iterable[StoredDeadline],
    rules: PlanRules,
    today: date,
) -> AgreementPlan:
    """What the follow-ups that belong to no agreement lack, one finding per meeting and bureau."""
    known = {(before.kind, before.key): before for before in stored}
    thresholds = rules.findings.get(FOLLOW_UP_INCOMPLETE)
    if thresholds is None:
        return AgreementPlan((), tuple(known.values()), None)
    since = {key: before.due.first for (_kind, key), before in known.items()}
    found = Found()
    for loose in loose_findings(follow_ups, thresholds, rules.terms.calendar, today, since):
        of_none = Deadline(
            agreement="",
            kind=DeadlineKind.FINDING,
            key=loose.key,
            bureau=loose.bureau,
            due=Due.of(loose.finding.counts_from),
            derived_from="",
        )
        found.add(of_none, loose.finding, rules, today)
    planned = tuple(match_deadlines(found.deadlines, known, None, rules, today))
    return AgreementPlan(planned, tuple(known.values()), min(found.again_on, default=None))
