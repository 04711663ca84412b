"""Chains of steps: which step waits for which, and how long each may take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from reminder.agreements import Step
from reminder.calendars import Due, Span, WorkCalendar


@dataclass(frozen=True, slots=True)
class StepRule:
    """One step of a chain. ``within`` counts from its start: a span or working days."""

    code: str
    title: tuple[tuple[str, str], ...]
    """The step's name by language code."""
    waits_for: tuple[str, ...] = ()
    within: Span | None = None
    within_working_days: int | None = None
    document: str = ""
    legal_basis: str = ""
    verified_by: str = ""


@dataclass(frozen=True, slots=True)
class Chain:
    """The steps of one kind of agreement, in order."""

    kind: str
    steps: tuple[StepRule, ...]

    def step(self, code: str) -> StepRule | None:
        """The step of that code; None where the chain has none."""
        return next((step for step in self.steps if step.code == code), None)


Chains = Mapping[str, Chain]


def step_due(step: Step, rule: StepRule | None, calendar: WorkCalendar) -> tuple[Due, str] | None:
    """When *step* is due and how that day was derived; None where nothing says so."""
    if step.due_on is not None:
        return Due.of(step.due_on), f"due_on {step.due_on} of the step"
    if step.started_on is None or rule is None:
        return None
    if rule.within_working_days is not None:
        number = rule.within_working_days
        start = step.started_on
        due = Due.between(
            calendar.add_working_days(start.first, number),
            calendar.add_working_days(start.last, number),
        )
        return due, f"started_on {start} + {number} working days (steps.yaml)"
    if rule.within is not None:
        due = Due.of(step.started_on).plus(rule.within)
        return due, f"started_on {step.started_on} + {rule.within} (steps.yaml)"
    return None


def waiting_for(
    step: Step, rule: StepRule | None, recorded: Sequence[Step], today: date
) -> tuple[str, ...]:
    """The steps that must be done first and are not; empty when this one may start."""
    if rule is None:
        return ()
    done = {
        other.step
        for other in recorded
        if other.done_on is not None and other.done_on.first <= today
    }
    return tuple(code for code in rule.waits_for if code not in done)
