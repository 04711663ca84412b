"""What digests say, as plain values: the matters of a week, a semester's figures, a day's work.

Deciding only: which of many matters one mail lists, and in which group each of them stands.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from reminder.agreements import Agreement
from reminder.figures import BureauFigures

WEEK_DAYS = 7
AHEAD = timedelta(days=30)
"""How far a weekly digest looks ahead."""
GROUPS = ("late", "week", "later", "data")
"""The most urgent first; ``data`` are findings, which have no day to act by."""
SERVICE_FINDINGS = ("NO_RULE", "NO_RECIPIENT")
"""Findings that the service admin mends: they are in the daily digest and in no other."""
_SEVERITIES = ("urgent", "action", "info")


@dataclass(frozen=True, slots=True)
class Matter:
    """An open deadline as far as choosing needs it."""

    id: int
    agreement: str
    kind: str
    key: str
    bureau: str
    officer: str | None
    due_on: date
    due_last_on: date
    severity: str


def code_on(today: date, first: date, last: date) -> str:
    """How far off a due date is, in the form of a lead time: ``H-12``, ``H``, ``H+5``."""
    if today < first:
        return f"H-{(first - today).days}"
    return f"H+{(today - last).days}" if today > last else "H"


def group_of(kind: str, first: date, last: date, today: date) -> str:
    """The group of a deadline that is due from *first* to *last*."""
    if kind == "finding":
        return "data"
    if last < today:
        return "late"
    return "week" if (first - today).days <= WEEK_DAYS else "later"


@dataclass(frozen=True, slots=True)
class Chosen:
    """The matters that one mail lists, and how many there are of each group."""

    shown: tuple[Matter, ...]
    totals: Mapping[str, int]


def choose(matters: Sequence[Matter], today: date, most: int) -> Chosen:
    """The *most* urgent matters; what lies further ahead than a month is none of this week."""
    grouped = [
        (group_of(one.kind, one.due_on, one.due_last_on, today), one)
        for one in matters
        if one.due_on <= today + AHEAD
    ]
    grouped.sort(key=lambda pair: (GROUPS.index(pair[0]), *_urgency(pair[1])))
    totals = Counter(group for group, _one in grouped)
    return Chosen(
        tuple(one for _group, one in grouped[:most]),
        {group: totals[group] for group in GROUPS if totals[group]},
    )


def _urgency(matter: Matter) -> tuple[int, date, int]:
    known = matter.severity in _SEVERITIES
    grave = _SEVERITIES.index(matter.severity) if known else len(_SEVERITIES)
    return (grave, matter.due_last_on, matter.id)


@dataclass(frozen=True, slots=True)
class Cleared:
    """A finding that the register no longer shows."""

    agreement: Agreement | None
    """None for one about follow-ups that belong to no agreement."""
    code: str
    title: str
    """What ``findings.yaml`` calls it, in the reader's language; empty where it has no name."""
    on: date


@dataclass(frozen=True, slots=True)
class WeeklySummary:
    """What a person is told of their agreements. The letter's notices are the matters."""

    role: str
    """The role that the reader has, also where it stands in for another."""
    totals: Mapping[str, int]
    """How many matters there are by group, those included that the letter does not list."""
    cleared: tuple[Cleared, ...] = ()
    cleared_total: int = 0


@dataclass(frozen=True, slots=True)
class SemesterSummary:
    """The recapitulation of a semester for a head: the own bureaus and those below them."""

    role: str
    semester: str
    """``2026-S1``"""
    lines: tuple[BureauFigures, ...]
    """One for each bureau, those with the most to put right first."""
    titles: Mapping[str, str] = field(default_factory=dict)
    """What ``findings.yaml`` calls each finding, in the reader's language."""
    ceremonial: tuple[Agreement, ...] = ()
    """The first of the agreements that are only a ceremony so far."""
    ceremonial_total: int = 0


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of mails since the last daily digest; every number is of messages."""

    sent: int = 0
    deferred: int = 0
    failed: int = 0
    uncertain: int = 0
    held: int = 0
    bounced: int = 0
    """That came back after they were sent."""
    relay_faults: int = 0
    """Of attempts that ended with the relay's own trouble."""


@dataclass(frozen=True, slots=True)
class ServiceFinding:
    """Something about the service itself that its admin should know."""

    code: str
    """``no_rule``, ``no_recipient``, ``holidays``, ``put_off``, ``template``, ``relay``, ``storm``,
    ``balance``, ``inbox``, ``for_person``, ``quarantined``, ``returned`` or ``dead``."""
    number: int = 1
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Overdue:
    """An open deadline past its due date that nobody has acknowledged."""

    agreement: str
    """The ref, or the id of a follow-up that belongs to no agreement."""
    title: str
    kind: str
    key: str
    due_last_on: date


@dataclass(frozen=True, slots=True)
class DailySummary:
    """A day of the service, for its admin."""

    number: int
    since: datetime | None
    """The instant of the digest before; None for the first one."""
    until: datetime
    delivered: Delivered = Delivered()
    waiting: Mapping[str, int] = field(default_factory=dict)
    """Messages that are not finished, by state."""
    findings: tuple[ServiceFinding, ...] = ()
    overdue: tuple[Overdue, ...] = ()
    """The longest overdue."""
    overdue_total: int = 0
    ahead: tuple[tuple[date, int], ...] = ()
    """Each of the next seven days, and how many matters are told on it."""
    chain_head: str = ""
    """``number:hash`` of the last seal; empty where nothing is sealed yet."""
    role: str = "admin"


Summary = WeeklySummary | SemesterSummary | DailySummary
