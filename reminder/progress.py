"""Progress: the recorded steps of one agreement against its chain, and when each step is due.

Pure. Nothing here advances by time alone: a step is done, or has begun, only because the
register says so. What time does is to make an open one late, or stuck.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from reminder.agreements import Agreement, AgreementStatus, Dossier, Step
from reminder.calendars import Due, PartialDate, WorkCalendar
from reminder.lead_times import LeadTime
from reminder.steps import Chain, Chains, StepRule, chain_of, waiting_for


class DueBy(StrEnum):
    """What sets the day of a step. A mail may call none but ``LIMIT`` a limit."""

    REGISTER = "register"
    """``due_on`` in the register."""
    LIMIT = "limit"
    """``within`` of ``steps.yaml``, counted from the recorded start."""
    END = "end"
    """``due`` of ``steps.yaml``, counted from the day on which the agreement ends."""
    STALL = "stall"
    """``stalls_after`` of ``steps.yaml``: no limit, only the day from which it counts as stuck."""


@dataclass(frozen=True, slots=True)
class StepDue:
    """When a step is due, what sets that day, and its derivation in words."""

    due: Due
    by: DueBy
    derived_from: str


@dataclass(frozen=True, slots=True)
class Start:
    """When a step began, or could have: all that it waits for was done then."""

    due: Due
    """The days that this may mean."""
    said_on: PartialDate
    """The same for people to read."""
    derived_from: str
    is_recorded: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """One agreement's steps as of its bureau's *today*."""

    agreement: Agreement
    chain: Chain
    rows: Mapping[str, Step]
    today: date

    @classmethod
    def of(cls, dossier: Dossier, chains: Chains, today: date) -> Progress:
        """The steps of that agreement against the chain that applies to it."""
        rows = {step.step: step for step in dossier.steps}
        return cls(dossier.agreement, chain_of(dossier.agreement, chains), rows, today)

    @property
    def is_signed(self) -> bool:
        """Whether the register has a day of signing or of coming into force, and it has come."""
        days = (self.agreement.signed_on, self.agreement.effective_on)
        return any(day is not None and day.first <= self.today for day in days)

    @property
    def is_ending(self) -> bool:
        """Whether the agreement is to end: then the closing is done, and nothing revived."""
        return self.agreement.status is AgreementStatus.NOT_RENEWING

    def done_on(self, code: str) -> PartialDate | None:
        """The day on which a step was done; None where it was not, or that day lies ahead."""
        row = self.rows.get(code)
        done = row.done_on if row is not None else None
        return done if done is not None and done.first <= self.today else None

    def waits_for(self, rule: StepRule) -> tuple[str, ...]:
        """The steps that must be done before this one and are not.

        A register that keeps no letter to the partner and no reply is not held to them: they
        stand in no rule, and its other steps must not fall silent for that.
        """
        step = Step(self.agreement.ref, rule.code)
        waiting = waiting_for(step, rule, tuple(self.rows.values()), self.today)
        if waiting and self.chain.renewal.isdisjoint(self.rows):
            return tuple(code for code in waiting if code not in self.chain.renewal)
        return waiting

    def is_asked_for(self, rule: StepRule) -> bool:
        """Whether a step counts now: of the closing and the revitalisation what was decided."""
        if rule in self.chain.closing:
            return self.is_ending
        return not (self.is_ending and rule in self.chain.revitalisation)

    def is_startable(self, rule: StepRule) -> bool:
        """Whether a step that nobody has begun could be: all that it waits for is done.

        A step that may be left out must be recorded to count. Once the agreement is signed,
        or a later step has begun, nobody is told of one that was passed over.
        """
        row = self.rows.get(rule.code)
        if row is not None and (row.started_on is not None or row.done_on is not None):
            return False
        if not rule.waits_for or any(self.done_on(code) is None for code in rule.waits_for):
            return False
        if rule in self.chain.aside:
            return row is not None and self.is_asked_for(rule)
        later = self.chain.after(rule.code)
        if row is None and not later:
            return False
        return not self.is_signed and not any(self._has_begun(code) for code in later)

    def start(self, rule: StepRule) -> Start | None:
        """When a step began by the register, or could have begun; None where neither is known."""
        row = self.rows.get(rule.code)
        if row is not None and row.started_on is not None:
            begun = row.started_on
            return Start(Due.of(begun), begun, f"started_on {begun}", True)
        is_done = row is not None and row.done_on is not None
        if not is_done and not self.is_startable(rule):
            return None
        before = [(done, code) for code in rule.waits_for if (done := self.done_on(code))]
        if not before or len(before) < len(rule.waits_for):
            return None
        latest, code = max(before, key=lambda one: (one[0].last, one[0].first))
        first = max(done.first for done, _code in before)
        return Start(
            Due.of(latest) if first == latest.first else Due.between(first, latest.last),
            latest,
            f"{code} done on {latest}",
            False,
        )

    def due(self, code: str, calendar: WorkCalendar, ends: Due | None) -> StepDue | None:
        """When a step is due; None where nothing says so. *ends*: when the agreement ends."""
        row, rule = self.rows.get(code), self.chain.step(code)
        if row is not None and row.due_on is not None:
            return StepDue(Due.of(row.due_on), DueBy.REGISTER, f"due_on {row.due_on} of the step")
        if rule is None or not self.is_asked_for(rule):
            return None
        start = self.start(rule)
        if start is not None and start.is_recorded and rule.limit is not None:
            due = _after(start.due, rule, calendar)
            return StepDue(due, DueBy.LIMIT, f"{start.derived_from} + {_limit(rule)} (steps.yaml)")
        if row is not None and rule.due is not None and ends is not None:
            return _before_the_end(rule, rule.due, start, ends, calendar)
        if start is None or rule.stalls_after is None:
            return None
        why = "no limit in law"
        if rule.limit is not None:
            why = f"the limit of {_limit(rule)} counts from started_on, which is not recorded"
        return StepDue(
            start.due.plus(rule.stalls_after),
            DueBy.STALL,
            f"{start.derived_from} + {rule.stalls_after} ({_STALL}, {why})",
        )

    def _has_begun(self, code: str) -> bool:
        row = self.rows.get(code)
        return row is not None and (row.started_on is not None or row.done_on is not None)


_STALL = "stall threshold of steps.yaml"


def is_stall(derived_from: str) -> bool:
    """Whether a stored derivation says that from its day on a step counts as stuck: no limit."""
    return _STALL in derived_from


def _after(start: Due, rule: StepRule, calendar: WorkCalendar) -> Due:
    """The limit of a step, from both ends of its start."""
    if rule.within is not None:
        return start.plus(rule.within)
    number = rule.within_working_days or 0
    return Due.between(
        calendar.add_working_days(start.first, number),
        calendar.add_working_days(start.last, number),
    )


def _limit(rule: StepRule) -> str:
    return str(rule.within) if rule.within else f"{rule.within_working_days} working days"


def _before_the_end(
    rule: StepRule, lead: LeadTime, start: Start | None, ends: Due, calendar: WorkCalendar
) -> StepDue:
    """A closing step counts from the end, and leaves time to whoever decides late."""
    due = ends.plus_days(lead.days)
    if lead.working_days:
        due = Due.between(
            calendar.add_working_days(ends.first, lead.days),
            calendar.add_working_days(ends.last, lead.days),
        )
    said = f"{lead.code} of the end {ends.text or ends.first} (steps.yaml)"
    if start is not None and rule.stalls_after is not None:
        least = start.due.plus(rule.stalls_after)
        if due.last < least.last:
            later = f"{start.derived_from} + {rule.stalls_after}, later than {said}"
            return StepDue(least, DueBy.END, later)
    return StepDue(due, DueBy.END, said)
