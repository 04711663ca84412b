"""Planning again what people answered: kept while it is open, gone with a new date."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from reminder.calendars import Due
from reminder.deadlines import DeadlineKind, DeadlineStatus
from reminder.planned_deadlines import Answered, PlannedDeadline, StoredDeadline
from reminder.planner import plan_agreement
from reminder.rules import EscalationStep
from tests.factories import (
    make_agreement,
    make_directory,
    make_dossier,
    make_plan_rules,
    make_rule,
)

TODAY = date(2026, 5, 4)
RULES = make_plan_rules(make_rule(escalate=(EscalationStep(5, ("head",)),)))
ANSWERED = Answered(date(2026, 5, 20), date(2026, 5, 15), 1, date(2026, 5, 8))
BEFORE = StoredDeadline(
    7, DeadlineKind.EXPIRY, "", Due.of(date(2026, 5, 31)), 1, DeadlineStatus.OPEN, "H-30",
    date(2024, 1, 2), ANSWERED,
)  # fmt: skip


def planned(before: StoredDeadline, **facts: object) -> PlannedDeadline:
    dossier = make_dossier(make_agreement(**facts))
    plan = plan_agreement(dossier, [before], RULES, make_directory(), TODAY)
    return next(one for one in plan.planned if one.deadline.kind is DeadlineKind.EXPIRY)


def test_what_was_answered_is_kept_while_the_date_stays() -> None:
    found = planned(BEFORE)
    assert found.answered == ANSWERED
    assert found.next_on == date(2026, 5, 20), "the day on which the snooze ends"


def test_new_date_starts_clean() -> None:
    found = planned(BEFORE, expires_on="2027-05-31")
    assert (found.answered, found.epoch) == (Answered(), 2)


@pytest.mark.parametrize("status", ["terminated", "replaced"])
def test_what_is_over_is_neither_told_again_nor_escalated(status: str) -> None:
    found = planned(BEFORE, status=status)
    assert found.answered == replace(ANSWERED, snoozed_until=None, escalate_on=None)


def test_what_opens_again_goes_on_where_it_was() -> None:
    over = replace(BEFORE, status=DeadlineStatus.VOID, answered=Answered(level=0))
    assert planned(over).answered == Answered(escalate_on=TODAY)
    untold = replace(over, told="")
    assert planned(untold).answered == Answered(), "its first notice begins the counting"
