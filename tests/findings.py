"""What the planner finds of one agreement on a day, for the tests of single detectors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import pytest

from reminder.agreements import Dossier
from reminder.deadlines import DeadlineKind
from reminder.directory import Directory
from reminder.findings import DETECTORS, Thresholds
from reminder.plan_rules import PlanRules
from reminder.planned_deadlines import AgreementPlan, PlannedDeadline, StoredDeadline
from reminder.planner import plan_agreement
from reminder.policy import find_problems
from reminder.resources import shipped
from reminder.steps import Chains
from tests.factories import make_directory, make_plan_rules, make_rule

RULES = (
    make_rule(lead_times="H-30 H"),
    make_rule("finding", deadline="finding", lead_times="H H+30 H+90", template="finding"),
)
"""Rules about expiries and about every finding."""
EXPECTS_NOTHING = (
    pytest.param({"status": "dormant"}, id="dormant: everybody knows"),
    pytest.param({"status": "not_renewing"}, id="it is let end"),
    pytest.param({"status": "terminated"}, id="terminated"),
    pytest.param({"status": "replaced"}, id="replaced"),
    pytest.param({"signed_on": None}, id="not signed yet"),
    pytest.param({"instrument": "LoI"}, id="a letter of intent"),
)
"""Facts of agreements under which nobody has to do anything yet, or any more."""


def _shipped_chains() -> Chains:
    _, policy = find_problems(None, shipped("config"), [])
    assert policy is not None
    return policy.chains


CHAINS = _shipped_chains()
"""The steps as they are shipped."""


def rules_for(code: str, thresholds: Thresholds | None = None) -> PlanRules:
    """A policy with that detector alone, which mails what it finds."""
    own = {**DETECTORS[code].thresholds, **(thresholds or {})}
    rules = make_plan_rules(*RULES, chains=CHAINS)
    return replace(rules, findings={code: own}, severities={code: "action"})


def plan_of(
    code: str,
    dossier: Dossier,
    day: str | date,
    directory: Directory | None = None,
    thresholds: Thresholds | None = None,
    stored: tuple[StoredDeadline, ...] = (),
) -> AgreementPlan:
    """The plan of an agreement on *day*."""
    today = date.fromisoformat(day) if isinstance(day, str) else day
    rules = rules_for(code, thresholds)
    return plan_agreement(dossier, stored, rules, directory or make_directory(), today)


def found(
    code: str,
    dossier: Dossier,
    day: str | date,
    directory: Directory | None = None,
    thresholds: Thresholds | None = None,
    stored: tuple[StoredDeadline, ...] = (),
) -> PlannedDeadline | None:
    """The finding *code* that counts on *day*; None where nothing is found."""
    return _finding(plan_of(code, dossier, day, directory, thresholds, stored))


def is_told(planned: PlannedDeadline | None, day: str) -> bool:
    """Whether there is a finding that a scan on *day* mails."""
    if planned is None or planned.deadline.silent is not None or planned.next_on is None:
        return False
    return planned.next_on <= date.fromisoformat(day)


def gaps(planned: PlannedDeadline | None) -> Mapping[str, Mapping[str, str]]:
    """What a finding consists of: the values by the code of each gap."""
    if planned is None:
        return {}
    return {gap.code: dict(gap.values) for gap in planned.deadline.gaps}


def due_on(planned: PlannedDeadline | None) -> str:
    """The day from which it counts; empty where nothing is found."""
    return planned.deadline.due.first.isoformat() if planned is not None else ""


def assert_told_and_closed(
    code: str,
    before: Dossier,
    day: str,
    after: Dossier | None = None,
    *,
    directory: Directory | None = None,
    then: Directory | None = None,
) -> None:
    """Silent on the day before, told on the day, and cleared once the facts are *after*.

    Before it counts, the plan must name the day on which to look again.
    """
    today = date.fromisoformat(day)
    eve = plan_of(code, before, today - timedelta(days=1), directory)
    assert _finding(eve) is None
    assert eve.replan_on is not None
    assert eve.replan_on <= today
    plan = plan_of(code, before, today, directory)
    planned = _finding(plan)
    assert planned is not None, "nothing was found"
    assert due_on(planned) == day
    assert is_told(planned, day)
    closed = plan_of(
        code, after or before, today, then or directory, stored=(_as_stored(planned, today),)
    )
    assert _finding(closed) is None
    assert [gone.key for gone in closed.gone] == [code]


def assert_seen_on_planned_days(
    code: str, dossier: Dossier, first: str, last: str, directory: Directory | None = None
) -> None:
    """Planned only on the days that each plan names, it is seen as if planned every day."""
    day, end = date.fromisoformat(first), date.fromisoformat(last)
    next_on: date | None = day
    seen = None
    while day <= end:
        plan = plan_of(code, dossier, day, directory)
        state = _state(_finding(plan))
        if next_on is not None and next_on <= day:
            seen, next_on = state, plan.replan_on
        assert seen == state, f"on {day}, not looked at again before {next_on}"
        day += timedelta(days=1)


def _finding(plan: AgreementPlan) -> PlannedDeadline | None:
    found = [one for one in plan.planned if one.deadline.kind is DeadlineKind.FINDING]
    return found[0] if found else None


def _state(planned: PlannedDeadline | None) -> tuple[object, ...]:
    if planned is None:
        return ()
    deadline = planned.deadline
    return deadline.due, deadline.severity, deadline.gaps


def _as_stored(planned: PlannedDeadline, entered_on: date) -> StoredDeadline:
    deadline = planned.deadline
    return StoredDeadline(
        1, deadline.kind, deadline.key or "", deadline.due, planned.epoch, deadline.status,
        planned.told, entered_on,
    )  # fmt: skip
