"""What the policy says, as planning needs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from reminder.calendars import Due
from reminder.due_dates import Terms
from reminder.findings import Thresholds
from reminder.lead_times import Schedule, parse_lead_times
from reminder.occurrences import Timetables
from reminder.rules import Rule


@dataclass(frozen=True)
class PlanRules:
    """What the policy says, as the planner needs it."""

    terms: Terms
    rules: tuple[Rule, ...]
    findings: Mapping[str, Thresholds]
    """The detectors that are switched on, by code, with their thresholds."""
    timetables: Timetables
    severities: Mapping[str, str] = field(default_factory=dict)
    """How grave each finding is, by code."""

    def schedule(self, rule: Rule, lead_times: str) -> Schedule:
        """When a deadline is told: the agreement's own *lead_times*, else the rule's schedule."""
        if lead_times:
            return Schedule(parse_lead_times(lead_times.split()))
        return rule.schedule

    def is_stale(self, due: Due, entered_on: date) -> bool:
        """Whether it was past for too long when it entered to be told."""
        return self.terms.stale_after.after(due.last) < entered_on
