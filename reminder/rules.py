"""Rules: which deadlines are told, when and to whom, as values that deciding code takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reminder.deadlines import Deadline, DeadlineKind
from reminder.lead_times import Schedule


@dataclass(frozen=True, slots=True)
class EscalationStep:
    """``{after: 5 working days, to: [head]}``: who else is told while unacknowledged."""

    after: int
    """Working days since the first unacknowledged sent notice of the epoch."""
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry of ``rules.yaml``. An empty filter matches everything."""

    name: str
    deadline: DeadlineKind
    schedule: Schedule
    template: str
    to: tuple[str, ...]
    cc: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    instruments: tuple[str, ...] = ()
    bureaus: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    escalate: tuple[EscalationStep, ...] = ()
    on_uncertain: str = "repeat"
    legal_basis: str = ""
    """The article the rule rests on, shown in the mail; empty where nobody has confirmed one."""
    verified_by: str = ""
    """Who confirmed ``legal_basis``; while empty a mail shows it as to be confirmed."""

    def matches(self, deadline: Deadline) -> bool:
        """Whether this rule is about that deadline."""
        if self.deadline is not deadline.kind:
            return False
        filters = (
            (self.kinds, deadline.agreement_kind),
            (self.instruments, deadline.instrument),
            (self.bureaus, deadline.bureau),
            (self.steps if deadline.kind is DeadlineKind.STEP else (), deadline.key),
            (self.findings if deadline.kind is DeadlineKind.FINDING else (), deadline.finding),
        )
        return all(not allowed or value in allowed for allowed, value in filters)


def rule_for(deadline: Deadline, rules: Sequence[Rule]) -> Rule | None:
    """The first rule in file order that matches; None where no rule does."""
    return next((rule for rule in rules if rule.matches(deadline)), None)
