"""Planned deadlines: as stored before, as to be stored now, and an agreement's plan of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from reminder.calendars import Due
from reminder.deadlines import Deadline, DeadlineKind, DeadlineStatus
from reminder.skips import SkipReason

DeadlineKey = tuple[DeadlineKind, str]


@dataclass(frozen=True, slots=True)
class Answered:
    """How far people have answered, and been escalated to, in the epoch that runs.

    All days are the bureau's. A new epoch starts without any of it.
    """

    snoozed_until: date | None = None
    """Nothing is told before this day; on it the most urgent lead time is told once more."""
    acknowledged_until: date | None = None
    """The first day on which an acknowledgement no longer holds."""
    level: int = 0
    """How many steps of the rule's ``escalate`` have been told."""
    escalate_on: date | None = None
    """The day on which to look whether the next step must be told; None where none is due."""


@dataclass(frozen=True, slots=True)
class StoredDeadline:
    """What the database holds of a deadline before it is planned again."""

    id: int
    kind: DeadlineKind
    key: str
    """Empty where the deadline has none."""
    due: Due
    epoch: int
    status: DeadlineStatus
    told: str
    """Code of the most urgent lead time told in this epoch; empty where none was."""
    entered_on: date
    answered: Answered = Answered()


@dataclass(frozen=True, slots=True)
class PlannedDeadline:
    """A deadline as it must be stored now."""

    deadline: Deadline
    stored_id: int | None
    """None where it is new."""
    epoch: int
    entered_on: date
    rule: str
    told: str
    next_on: date | None
    stop_reason: SkipReason | None
    """Why pending mails about it must stop; None where they may go on."""
    answered: Answered = Answered()


@dataclass(frozen=True, slots=True)
class AgreementPlan:
    """Every deadline of one agreement, and the day on which to plan it again."""

    planned: tuple[PlannedDeadline, ...]
    gone: tuple[StoredDeadline, ...]
    """Stored deadlines that the facts no longer give."""
    replan_on: date | None
    later: tuple[Deadline, ...] = ()
