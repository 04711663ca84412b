"""How far an agreement is carried out, from 0 to 100: below 30 it may be a ceremony only.

The weights are a proposal [D, domain E6]: plan 20, officer 10, budget 20, done items 30, reports
20. Used by CEREMONIAL and by the digest of a semester.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from reminder.agreements import PlanItem

PLAN, OFFICER, BUDGET, DONE, REPORTS = 20, 10, 20, 30, 20


@dataclass(frozen=True, slots=True)
class ReportCount:
    """The reports that are due so far, and how many of them were submitted, late or not."""

    due: int = 0
    submitted: int = 0


def score_of(
    plans: Sequence[PlanItem], reports: ReportCount, today: date, *, has_officer: bool
) -> int:
    """The score of an agreement on *today*, 0 to 100, rounded down.

    Done items count by their share of those that were done or should have been: an item that
    is due later is not held against it, one without a due date is. Where no report is due yet,
    the other parts are scaled up to 100: who owes none has not earned its points either.
    """
    earned = OFFICER if has_officer else 0
    if plans:
        earned += PLAN
    if any(item.budget_year == str(today.year) for item in plans):
        earned += BUDGET
    done = sum(is_done(item, today) for item in plans)
    asked = done + sum(not is_done(item, today) and is_called_for(item, today) for item in plans)
    if asked:
        earned += DONE * done // asked
    if not reports.due:
        return 100 * earned // (100 - REPORTS)
    return earned + REPORTS * reports.submitted // reports.due


def is_done(item: PlanItem, today: date) -> bool:
    """Whether an item of the plan is done; a day still to come is an intention."""
    return item.done_on is not None and item.done_on.first <= today


def is_called_for(item: PlanItem, today: date) -> bool:
    """Whether an item should be done by now: its last possible due day is past, or it has none."""
    return item.due_on is None or item.due_on.last < today
