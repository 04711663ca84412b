"""NO_OWNER: nobody, no unit or no budget stands behind the agreement, or nobody answers for it.

Data and due dates, each gap with its own:

- ``no_officer``: neither an officer of the agreement itself nor an active officer at its bureau;
  from the day after the last one left, at the earliest the day of entry;
- ``no_leading_unit``: ``leading_unit`` is empty while the agreement is in force; from the day of
  signing, at the earliest the day of entry;
- ``no_budget``: items of the action plan are open that should have been paid for by now, and none
  of the plan has the current year in ``budget_year``; from 1 January, at the earliest the days
  of signing and entry (a plan's own start is not recorded). An item of a later year waits for it;
- ``unanswered_notices``: on ``unanswered`` days in a row notices went out that were neither
  answered nor followed by what they asked for; from the last of these days [D, domain E2].

Ended by an active officer, the leading unit, a budget line or the items' being done, an answer
to any notice; all but ``no_officer`` and the notices also by the end of the term.

Domain E2 also names a partner contact that nobody verified and a signatory whose term is over:
the register has no column for either, so neither is found.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from reminder.deadlines import Gap
from reminder.findings.base import Finding, Inspection, Thresholds, finding_of, number_of
from reminder.findings.officers import vacancy
from reminder.findings.standing import ends_on, in_force_since, look_again

CODE = "NO_OWNER"
GAPS = ("no_officer", "no_leading_unit", "no_budget", "unanswered_notices")
THRESHOLDS: Thresholds = {"unanswered": 3}

Dated = tuple[date, Gap]


def no_owner(inspection: Inspection, thresholds: Thresholds) -> Finding | None:
    """Every gap in the ownership of one agreement."""
    if inspection.is_over or inspection.stale_expiry:
        return None
    today = inspection.today
    found: list[Dated] = []
    vacant = vacancy(inspection)
    if vacant is not None:
        found.append((vacant.from_on, Gap("no_officer")))
    found.extend(_in_force(inspection))
    unanswered, enough = inspection.unanswered, number_of(thresholds, "unanswered")
    if len(unanswered) >= enough:
        values = (("n_notices", str(len(unanswered))), ("since_on", unanswered[0].isoformat()))
        found.append((unanswered[enough - 1], Gap("unanswered_notices", values)))
    finding = finding_of(CODE, found, today)
    if finding is None:
        return None
    return look_again(finding, *_changes(inspection, vacant.to_on if vacant else None))


def _in_force(inspection: Inspection) -> Iterator[Dated]:
    """What an agreement needs from its signing to its end."""
    start, end = in_force_since(inspection), ends_on(inspection)
    if start is None:
        return
    agreement = inspection.dossier.agreement
    since = max(start.last, agreement.entered_on)
    dated: list[Dated] = []
    if not agreement.leading_unit.strip():
        dated.append((since, Gap("no_leading_unit")))
    for year in _years(inspection):
        items = _unpaid(inspection, year)
        if items:
            values = (("budget_year", str(year)), ("n_items", str(items)))
            dated.append((max(since, date(year, 1, 1)), Gap("no_budget", values)))
            break
    yield from (one for one in dated if end is None or one[0] <= end)


def _years(inspection: Inspection) -> list[int]:
    """This year, and the years to come in which the want of a budget can begin, in order."""
    this_year = inspection.today.year
    planned = {item.budget_year for item in inspection.dossier.plans}
    after = {int(year) + 1 for year in planned if year.isdecimal()}
    return [this_year, *sorted(year for year in {this_year + 1, *after} if year > this_year)]


def _unpaid(inspection: Inspection, year: int) -> int:
    """How many open items want a budget in *year*; 0 where any item of the plan has one."""
    plans = inspection.dossier.plans
    if any(item.budget_year == str(year) for item in plans):
        return 0
    return sum(
        (item.done_on is None or item.done_on.first > inspection.today)
        and item.budget_year < str(year)  # both have four digits, or none is given yet
        for item in plans
    )


def _changes(inspection: Inspection, taken_over_on: date | None) -> Iterator[date]:
    """The days on which time alone changes what is found."""
    end = ends_on(inspection)
    if taken_over_on is not None:
        yield taken_over_on
    if inspection.dossier.plans:
        yield date(inspection.today.year + 1, 1, 1)
    if end is not None and end >= inspection.today:
        yield end + timedelta(days=1)
