"""Report periods: what an agreement is reported on, by its cycle, and when each report is due."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from reminder.agreements import ReportCycle


@dataclass(frozen=True, slots=True)
class ReportPeriod:
    """One period: ``2026-S1``, ``2026`` or ``2026-Q3``, as the register names it."""

    name: str
    due_key: str
    """Its entry in the policy's ``report_due``: S1, S2, year, Q1 .. Q4."""
    ends_on: date

    @property
    def derivation(self) -> str:
        """How its due date comes about, in words."""
        return f"report_due {self.due_key} after the end of {self.name} on {self.ends_on}"

    def due_on(self, report_due: Mapping[str, tuple[int, int]]) -> date:
        """The first day of that month and day after the period has ended."""
        month, day = report_due[self.due_key]
        due = date(self.ends_on.year, month, day)
        return due if due > self.ends_on else date(self.ends_on.year + 1, month, day)


def periods_of(cycle: ReportCycle, year: int) -> Iterator[ReportPeriod]:
    """The periods of *year* in order; none where nothing is reported."""
    if cycle is ReportCycle.SEMESTER:
        yield ReportPeriod(f"{year}-S1", "S1", date(year, 6, 30))
        yield ReportPeriod(f"{year}-S2", "S2", date(year, 12, 31))
    elif cycle is ReportCycle.ANNUAL:
        yield ReportPeriod(f"{year}", "year", date(year, 12, 31))
    elif cycle is ReportCycle.QUARTER:
        yield ReportPeriod(f"{year}-Q1", "Q1", date(year, 3, 31))
        yield ReportPeriod(f"{year}-Q2", "Q2", date(year, 6, 30))
        yield ReportPeriod(f"{year}-Q3", "Q3", date(year, 9, 30))
        yield ReportPeriod(f"{year}-Q4", "Q4", date(year, 12, 31))
