"""Figures of a semester: what became of each report, and how a bureau's agreements stand. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from reminder.calendars import PartialDate


class ReportOutcome(StrEnum):
    """What became of a report whose due date has passed."""

    ON_TIME = "on_time"
    LATE = "late"
    MISSING = "missing"
    """Not handed in, or without evidence of it."""


def report_outcome(
    due_on: date, submitted_on: PartialDate | None, has_evidence: bool, today: date
) -> ReportOutcome | None:
    """What became of one report by *today*; None while its due date has not passed.

    A report counts as handed in with a date and evidence, as its deadline does. Of a date that
    is known in part only, nobody is called late who may have been in time.
    """
    if due_on >= today:
        return None
    if submitted_on is None or not has_evidence or submitted_on.first > today:
        return ReportOutcome.MISSING
    return ReportOutcome.LATE if submitted_on.first > due_on else ReportOutcome.ON_TIME


@dataclass(frozen=True, slots=True)
class ReportFigures:
    """How many reports of a period were in time, late, or are missing."""

    on_time: int = 0
    late: int = 0
    missing: int = 0

    @property
    def total(self) -> int:
        """All reports that were due."""
        return self.on_time + self.late + self.missing

    def __add__(self, other: ReportFigures) -> ReportFigures:
        return ReportFigures(
            self.on_time + other.on_time, self.late + other.late, self.missing + other.missing
        )


@dataclass(frozen=True, slots=True)
class SemesterReports:
    """The reports of one semester, by bureau."""

    semester: str
    by_bureau: Mapping[str, ReportFigures] = field(default_factory=dict)

    @property
    def total(self) -> ReportFigures:
        """Of all bureaus together."""
        return sum(self.by_bureau.values(), ReportFigures())


def count_reports(outcomes: Mapping[ReportOutcome, int]) -> ReportFigures:
    """The figures of reports that were counted by their outcome."""
    return ReportFigures(*(outcomes.get(outcome, 0) for outcome in ReportOutcome))


@dataclass(frozen=True, slots=True)
class AgreementFigures:
    """How many agreements of a bureau are in force, come to their end, or are past it."""

    active: int = 0
    ending: int = 0
    """In force, and ending within twelve months; those that renew themselves do not end."""
    ended: int = 0
    """Past their end without an agreement that replaces them."""

    def __add__(self, other: AgreementFigures) -> AgreementFigures:
        return AgreementFigures(
            self.active + other.active, self.ending + other.ending, self.ended + other.ended
        )


@dataclass(frozen=True, slots=True)
class BureauFigures:
    """One bureau's line in the recapitulation of a semester."""

    bureau: str
    name: str
    agreements: AgreementFigures = AgreementFigures()
    reports: ReportFigures = ReportFigures()
    findings: Mapping[str, int] = field(default_factory=dict)
    """Open findings by code."""


def summed(lines: Iterable[BureauFigures]) -> BureauFigures:
    """All lines as one, without a name."""
    agreements, reports, findings = AgreementFigures(), ReportFigures(), Counter[str]()
    for line in lines:
        agreements += line.agreements
        reports += line.reports
        findings.update(line.findings)
    return BureauFigures("", "", agreements, reports, dict(sorted(findings.items())))


def periods_in(semester: str) -> tuple[str, ...]:
    """The report periods of every cycle that end in *semester*: of ``2026-S2`` the year too."""
    year, _, half = semester.partition("-")
    if half == "S1":
        return (f"{year}-S1", f"{year}-Q1", f"{year}-Q2")
    return (f"{year}-S2", year, f"{year}-Q3", f"{year}-Q4")
