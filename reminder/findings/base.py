"""What every detector takes and gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from reminder.agreements import AgreementStatus, Dossier
from reminder.calendars import Span, WorkCalendar
from reminder.deadlines import Deadline, Gap
from reminder.directory import Directory
from reminder.rules import Rule
from reminder.steps import Chains

SEVERITIES = ("info", "action", "urgent")
"""How grave a finding can be, the gravest last. ``action``: somebody must act."""

Threshold = Span | int
"""A length of calendar time, or a number (of working days, of notices)."""
Thresholds = Mapping[str, Threshold]


@dataclass(frozen=True, slots=True)
class Finding:
    """A defect: the day from which it counts, and what was found."""

    code: str
    counts_from: date
    """Computed from the facts. A day still to come says when it will be a defect: the planner
    keeps silent until then and looks again on that day."""
    detail: str
    """What was found, in English, for the admin's ``why``."""
    gaps: tuple[Gap, ...] = ()
    """The same as values, for the mails: one sentence each in the recipient's language."""
    severity: str = ""
    """``info``, ``action`` or ``urgent``; empty for the one that ``findings.yaml`` gives."""
    changes_on: date | None = None
    """The day on which time alone changes the gaps or the severity; None where none does."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """One agreement on one day, with everything a detector may look at."""

    dossier: Dossier
    expiry: Deadline | None
    deadlines: Sequence[Deadline]
    stale_expiry: bool
    """Whether the expiry was long past on the day it entered the register."""
    expiry_entered_on: date
    rules: Sequence[Rule]
    directory: Directory
    today: date
    calendar: WorkCalendar = field(default_factory=WorkCalendar)
    chains: Chains = field(default_factory=dict)

    unanswered: Sequence[date] = ()
    """The days of the notices in a row that nobody answered, oldest first; what was done since,
    or given another day, was answered so. Only for a detector that ``counts_notices``."""

    @property
    def is_over(self) -> bool:
        """Whether the agreement was terminated or replaced: nothing is asked for any more."""
        return self.dossier.replaced_by is not None or self.dossier.agreement.status in (
            AgreementStatus.TERMINATED,
            AgreementStatus.REPLACED,
        )


Find = Callable[[Inspection, Thresholds], Finding | None]
"""Returns the finding, or None where the agreement does not have that defect."""


@dataclass(frozen=True, slots=True)
class Detector:
    """One detector, with the thresholds that ``findings.yaml`` may change."""

    find: Find
    thresholds: Thresholds = field(default_factory=dict)
    """By name, each with its default, which also says whether it is a length or a number."""
    gaps: tuple[str, ...] = ()
    """The codes of all gaps that it can find: each has a sentence in ``mail.gap_words``."""
    counts_notices: bool = False
    """Whether it looks at the notices that were sent: then each one is a reason to look again."""


def span_of(thresholds: Thresholds, name: str) -> Span:
    """The threshold *name*, which is a length of time."""
    found = thresholds[name]
    assert isinstance(found, Span)  # noqa: S101 - the reader of findings.yaml keeps the type
    return found


def number_of(thresholds: Thresholds, name: str) -> int:
    """The threshold *name*, which is a number."""
    found = thresholds[name]
    assert isinstance(found, int)  # noqa: S101 - the reader of findings.yaml keeps the type
    return found


def finding_of(code: str, dated: Sequence[tuple[date, Gap]], today: date) -> Finding | None:
    """One finding of several gaps, each with the day from which it counts.

    Gaps still to come are left out until their day; where all are, the finding counts from
    the first of them.
    """
    if not dated:
        return None
    reached = [(day, gap) for day, gap in dated if day <= today]
    ahead = [day for day, _gap in dated if day > today]
    shown = reached or [(day, gap) for day, gap in dated if day == min(ahead)]
    return Finding(
        code,
        min(day for day, _gap in shown),
        "; ".join(gap.text for _day, gap in shown),
        tuple(gap for _day, gap in shown),
        changes_on=min(ahead, default=None) if reached else None,
    )
