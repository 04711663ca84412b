"""The daily balance: what is due now of an open deadline, and whether the record has it. Pure.

An independent count: it asks the due rule afresh and not what the scan noted on the deadline.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from reminder.calendars import Due
from reminder.firing import DueDeadline
from reminder.lead_times import LeadTime
from reminder.occurrences import Timetable, Urgency
from reminder.plan_rules import PlanRules

if TYPE_CHECKING:
    from collections import Counter

    from reminder.rules import Rule


class Standing(StrEnum):
    """Where the notice of the most urgent lead time reached stands; one holds for a deadline.

    Of several notices the first of these counts that any of them has; copies count only
    where there is nothing else.
    """

    MISSING = "missing"
    """It should have been made and was not, its message is gone, or can never leave."""
    SENT = "sent"
    PENDING = "pending"
    """It waits to leave, or the next scan makes it."""
    HELD = "held"
    """A person decides, or the rest of an uncertain one is not over."""
    FAILED = "failed"
    """Refused for good or come back, by everybody who was told so far."""
    SKIPPED = "skipped"
    """There is a reason on record not to tell it: silent, snoozed, stopped, or nobody to tell."""


STANDING_OF = {
    "sent": Standing.SENT,
    "pending": Standing.PENDING,
    "claimed": Standing.PENDING,
    "sending": Standing.PENDING,
    "deferred": Standing.PENDING,
    "held": Standing.HELD,
    "uncertain": Standing.HELD,
    "failed": Standing.FAILED,
    "bounced": Standing.FAILED,
    "suppressed": Standing.SKIPPED,
    "superseded": Standing.SKIPPED,
}
"""The standing of a notice by the state of its message."""


@dataclass(frozen=True, slots=True)
class Balance:
    """The numbers of one day: each deadline that has something due counts once."""

    on: date
    """The service's day."""
    due: int
    """Open deadlines that have reached a lead time: the sum of the others."""
    sent: int
    skipped: int
    pending: int
    held: int
    failed: int
    missing: int

    @classmethod
    def of(cls, on: date, counts: Counter[Standing]) -> Balance:
        """The numbers of these standings."""
        return cls(on, counts.total(), **{one.value: counts[one] for one in Standing})


@dataclass(frozen=True, slots=True)
class Watched:
    """An open deadline that a rule is about."""

    deadline: DueDeadline
    next_on: date | None
    """The day on which the scan means to look at it."""
    is_waiting: bool
    """Put off after an error, or marked to be planned again: the scan is about to see to it."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A notice of the deadline's epoch."""

    notice_id: int
    lead_time: str
    copy: bool
    is_stopped: bool
    state: str
    """Of its message; empty where that is gone and no attempt says that it was sent."""
    is_stuck: bool
    """Whether its message is unfinished and nothing will ever take it up."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the balance finds about one deadline that has something due."""

    standing: Standing
    lead_time: str
    """The most urgent lead time reached."""
    missing: str = ""
    """What is missing, in words; empty where nothing is, or a message is only stuck."""
    lost: tuple[int, ...] = ()
    """Notices whose message is gone."""
    told: str = ""
    """The most urgent lead time before this one that is told: where the scan must go on from."""


class Auditor:
    """The policy and the instant of one balance, applied to deadlines one by one."""

    def __init__(self, rules: PlanRules, today_in: Callable[[str], date]) -> None:
        """*today_in* gives the date in a zone."""
        self._rules = rules
        self._by_name: Mapping[str, Rule] = {rule.name: rule for rule in rules.rules}
        self._today_in = today_in

    def is_due(self, watched: Watched) -> bool:
        """Whether any lead time of the deadline is reached."""
        table = self._timetable(watched.deadline)
        return table is not None and self._reached(watched, table) is not None

    def judge(
        self, watched: Watched, evidence: Sequence[Evidence], untellable: Collection[str]
    ) -> Verdict | None:
        """What is found about a deadline; None where nothing is due.

        *untellable* are the lead times at which nobody was there to be told.
        """
        table = self._timetable(watched.deadline)
        reached = self._reached(watched, table) if table is not None else None
        if reached is None or table is None:
            return None
        floor = self._urgency(watched, reached.code)
        urgencies = {one: self._urgency(watched, one.lead_time) for one in evidence}
        current = [one for one in evidence if urgencies[one] >= floor]
        earlier = [
            one
            for one in evidence
            if urgencies[one] < floor and not one.is_stopped and one.state != ""
        ]
        told = max(earlier, key=lambda one: urgencies[one], default=None)
        is_untellable = any(self._urgency(watched, code) >= floor for code in untellable)
        standing, missing = self._standing(watched, table, current, is_untellable)
        return Verdict(
            standing=standing,
            lead_time=reached.code,
            missing=missing,
            lost=tuple(one.notice_id for one in current if _is_lost(one)) if missing else (),
            told=told.lead_time if told is not None else "",
        )

    def _standing(
        self,
        watched: Watched,
        table: Timetable,
        current: Sequence[Evidence],
        is_untellable: bool,
    ) -> tuple[Standing, str]:
        deadline = watched.deadline
        if deadline.silent_reason:
            return Standing.SKIPPED, ""
        live = [one for one in current if not one.is_stopped]
        if any(_is_lost(one) for one in live):
            return Standing.MISSING, "the message of its notice is gone"
        if any(one.is_stuck for one in live):
            return Standing.MISSING, ""
        if live:
            counted = [one for one in live if not one.copy] or live
            found = {STANDING_OF[one.state] for one in counted}
            return next(one for one in Standing if one in found), ""
        today = self._today_in(deadline.timezone)
        if deadline.snoozed_until is not None and today < deadline.snoozed_until:
            return Standing.SKIPPED, ""
        told = LeadTime.parse(deadline.told) if deadline.told else None
        if table.decide(told, today).occurrence is None:
            if current:
                return Standing.SKIPPED, ""  # stopped, each with its reason
            return Standing.MISSING, f"told at {deadline.told}, but no notice of that is there"
        # What is gone stays gone, but the day to look again is set anew by planning.
        if watched.is_waiting or (watched.next_on is not None and watched.next_on <= today):
            return Standing.PENDING, ""
        if is_untellable:
            return Standing.SKIPPED, ""
        when = f"not before {watched.next_on}" if watched.next_on else "never"
        return Standing.MISSING, f"the scan would look at it {when}"

    def _timetable(self, deadline: DueDeadline) -> Timetable | None:
        rule = self._by_name.get(deadline.rule)
        if rule is None:
            return None
        return self._rules.timetables.of(
            _due(deadline), self._rules.schedule(rule, deadline.lead_times)
        )

    def _reached(self, watched: Watched, table: Timetable) -> LeadTime | None:
        today = self._today_in(watched.deadline.timezone)
        occurrence = table.decide(None, today).occurrence
        return occurrence.lead_time if occurrence is not None else None

    def _urgency(self, watched: Watched, code: str) -> Urgency:
        return LeadTime.parse(code).urgency(_due(watched.deadline), self._rules.terms.calendar)


def _is_lost(evidence: Evidence) -> bool:
    return not evidence.is_stopped and evidence.state == ""


def _due(deadline: DueDeadline) -> Due:
    return Due(deadline.due_on, deadline.due_last_on, deadline.due_text)
