"""CEREMONIAL: the agreement was signed, and nothing, or hardly anything, has followed.

Data: the action plan (``plans``), the activities of the agreement and of an intended successor,
its reports and officer. Thresholds, each counted from the day of signing (of a partial date the
last one; ``effective_on`` where ``signed_on`` is unknown) [D, domain E6]:

- ``plan_after``: no action plan; or none of its items has an indicator (whether an indicator can
  be measured is for people to judge);
- ``activity_after``: no activity but ``ceremony`` and ``other``;
- ``done_after``: no item of the plan is done;
- the day after the last due date of the plan: every item is past due and none is done;
- ``score_after``: the score of ``findings.score`` is below ``risk_below``.

Due on the first of these days whose gap is open. Ended by the plan, the activity, the done item
or the indicator; by a score that is high enough; by the end of the term, a successor, or the
status ``dormant`` or ``not_renewing``. A letter of intent asks for none of this: LOI_STALE.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from reminder.agreements import PlanItem
from reminder.calendars import PartialDate, Span
from reminder.deadlines import Deadline, DeadlineKind, DeadlineStatus, Gap
from reminder.findings.activity import CEREMONIAL, happened
from reminder.findings.base import (
    Finding,
    Inspection,
    Thresholds,
    finding_of,
    number_of,
    span_of,
)
from reminder.findings.officers import vacancy
from reminder.findings.score import ReportCount, is_done, score_of
from reminder.findings.standing import in_force_since, look_again, until_it_ends

CODE = "CEREMONIAL"
GAPS = ("no_plan", "no_indicator", "no_activity", "nothing_done", "all_overdue", "at_risk")
THRESHOLDS: Thresholds = {
    "plan_after": Span(days=90),
    "activity_after": Span(days=180),
    "done_after": Span(days=365),
    "score_after": Span(months=12),
    "risk_below": 30,
}

Dated = tuple[date, Gap]
_DAY = timedelta(days=1)


def ceremonial(inspection: Inspection, thresholds: Thresholds) -> Finding | None:
    """Everything that makes the agreement look like a ceremony."""
    start = in_force_since(inspection)
    if start is None:
        return None
    found = list(_gaps(inspection, thresholds, start))
    score_on = span_of(thresholds, "score_after").after(start.last)
    risk = _risk(inspection, score_on, number_of(thresholds, "risk_below"))
    if risk is not None:
        found.append(risk.dated)
    finding = finding_of(CODE, found, inspection.today)
    if finding is not None and risk is not None:
        finding = look_again(finding, risk.changes_on)
    return until_it_ends(finding, inspection)


def _gaps(inspection: Inspection, thresholds: Thresholds, start: PartialDate) -> Iterator[Dated]:
    dossier, today = inspection.dossier, inspection.today
    since = ("started_on", str(start))
    plan_on = span_of(thresholds, "plan_after").after(start.last)
    if not dossier.plans:
        yield plan_on, Gap("no_plan", (since,))
    elif not any(item.indicator.strip() for item in dossier.plans):
        yield plan_on, Gap("no_indicator")
    if all(activity.type in CEREMONIAL for activity in happened(dossier, today)):
        activity_on = span_of(thresholds, "activity_after").after(start.last)
        yield activity_on, Gap("no_activity", (since,))
    if not dossier.plans or any(is_done(item, today) for item in dossier.plans):
        return
    number = ("n_items", str(len(dossier.plans)))
    yield span_of(thresholds, "done_after").after(start.last), Gap("nothing_done", (number,))
    days = [item.due_on for item in dossier.plans if item.due_on is not None]
    if len(days) == len(dossier.plans):
        latest = max(days, key=lambda day: day.last)
        yield latest.last + _DAY, Gap("all_overdue", (number, ("due_on", str(latest))))


@dataclass(frozen=True, slots=True)
class _Risk:
    """From when on the score is too low, and when time alone changes it next."""

    dated: Dated
    changes_on: date | None


def _risk(inspection: Inspection, score_on: date, limit: int) -> _Risk | None:
    """The risk that is there or, if nothing is recorded until then, will be; else None."""
    today, plans = inspection.today, inspection.dossier.plans
    vacant = vacancy(inspection)
    has_officer = vacant is None or vacant.from_on > today
    reports = _Reports.of(inspection.deadlines)

    def score(day: date) -> int:
        return score_of(plans, reports.count(day), day, has_officer=has_officer)

    first = max(today, score_on)
    turns = sorted({*_turns(plans), *(day + _DAY for day in reports.missing)})
    ahead = [first, *(day for day in turns if day > first)]
    low_on = next((day for day in ahead if score(day) < limit), None)
    if low_on is None:
        return None
    low = score(low_on)
    changes_on = next((day for day in ahead if day > low_on and score(day) != low), None)
    if low_on == today:
        # It may have been low for long: the finding counts from the day on which it fell.
        for day in (*(turn for turn in reversed(turns) if score_on < turn <= today), score_on):
            low_on = day
            if score(day - _DAY) >= limit:
                break
    return _Risk((low_on, Gap("at_risk", (("n_score", str(low)),))), changes_on)


def _turns(plans: Sequence[PlanItem]) -> Iterator[date]:
    """The days on which the plan changes the score although nothing is recorded."""
    for item in plans:
        if item.budget_year.isdecimal():
            year = int(item.budget_year)
            yield date(year, 1, 1)
            yield date(year + 1, 1, 1)
        if item.due_on is not None:
            yield item.due_on.last + _DAY
        if item.done_on is not None:
            yield item.done_on.first


@dataclass(frozen=True, slots=True)
class _Reports:
    """The reports of an agreement: how many were submitted, and when the others are due."""

    submitted: int
    missing: Sequence[date]
    """In order."""

    @classmethod
    def of(cls, deadlines: Sequence[Deadline]) -> _Reports:
        reports = [one for one in deadlines if one.kind is DeadlineKind.REPORT]
        missing = [one.due.last for one in reports if one.status is DeadlineStatus.OPEN]
        submitted = sum(one.status is DeadlineStatus.MET for one in reports)
        return cls(submitted, sorted(missing))

    def count(self, day: date) -> ReportCount:
        """As of *day*: one that is due on it may still come."""
        return ReportCount(self.submitted + bisect_left(self.missing, day), self.submitted)
