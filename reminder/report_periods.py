"""Report periods: what an agreement is reported on, by its cycle, and when each report is due."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from reminder.agreements import Agreement, ReportCycle
from reminder.calendars import Span

GRACE = timedelta(days=30)
"""A period that ends sooner after the agreement came into force is not reported on."""


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


def period_named(name: str) -> ReportPeriod | None:
    """The period that the register calls so; None where no cycle has one of that name."""
    year = name.partition("-")[0]
    if not (year.isascii() and year.isdigit()):
        return None
    every = (period for cycle in ReportCycle for period in periods_of(cycle, int(year)))
    return next((period for period in every if period.name == name), None)


def periods_to_report(
    agreement: Agreement, ends_on: date | None, last_year: int, stale_after: Span
) -> Iterator[ReportPeriod]:
    """The periods up to *last_year* that end while the agreement is in force, in order.

    *ends_on* is the last day of its expiry, None where that is unknown. Years long past
    when the agreement entered are left out, by more than *stale_after*.
    """
    if agreement.report_cycle is ReportCycle.NONE:
        return
    starts = [start.first for start in (agreement.effective_on, agreement.signed_on) if start]
    in_force = min([agreement.entered_on, *starts])
    # A period is due at the latest in the year after its own, and one older than stale_after
    # is not asked for; reckoning from there only saves work.
    first_year = max(in_force.year, stale_after.before(agreement.entered_on).year - 2)
    for year in range(first_year, last_year + 1):
        for period in periods_of(agreement.report_cycle, year):
            if ends_on is not None and period.ends_on > ends_on:
                return
            if period.ends_on >= in_force + GRACE:
                yield period
