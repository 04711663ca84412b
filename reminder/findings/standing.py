"""Where an agreement stands: since when and until when it is in force, and how long ago that is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from reminder.agreements import Agreement, AgreementStatus
from reminder.calendars import PartialDate, add_months
from reminder.findings.base import Finding, Inspection

_INTENT = ("letter of intent", "pernyataan kehendak", "pernyataan minat", "surat minat")
"""Names of the letter of intent in use beside its short form (domain (a))."""


def is_letter_of_intent(agreement: Agreement) -> bool:
    """Whether the instrument only says that both sides mean to cooperate."""
    name = " ".join(agreement.instrument.casefold().split())
    return name == "loi" or any(known in name for known in _INTENT)


def started_on(agreement: Agreement) -> PartialDate | None:
    """The day of the signature, else that on which it came into force; None while unsigned."""
    return agreement.signed_on or agreement.effective_on


def ends_on(inspection: Inspection) -> date | None:
    """The last day in force; None where the register does not know one."""
    return inspection.expiry.due.last if inspection.expiry is not None else None


def in_force_since(inspection: Inspection) -> PartialDate | None:
    """Since when an agreement is lived by, or will be; None where nothing is expected of it.

    Nothing is expected of one that is over, is not to be renewed, or is marked as dormant; the
    end of one that expired without a successor is told as its expiry. A letter of intent is
    judged by what follows from it: LOI_STALE.
    """
    agreement, end = inspection.dossier.agreement, ends_on(inspection)
    if inspection.is_over or agreement.status is not AgreementStatus.ACTIVE:
        return None
    if is_letter_of_intent(agreement) or (end is not None and end < inspection.today):
        return None
    return started_on(agreement)


def until_it_ends(finding: Finding | None, inspection: Inspection) -> Finding | None:
    """The same, but for what only begins after the last day in force; looked at again then."""
    end = ends_on(inspection)
    if finding is None or end is None:
        return finding
    if finding.counts_from > end:
        return None
    return look_again(finding, end + timedelta(days=1))


def look_again(finding: Finding, *days: date | None) -> Finding:
    """The same, looked at again on the first of *days* at the latest."""
    known = [day for day in (finding.changes_on, *days) if day is not None]
    return replace(finding, changes_on=min(known, default=None))


def months_between(first: date, last: date) -> int:
    """The whole months from *first* to *last*, which is not before it."""
    months = 12 * (last.year - first.year) + last.month - first.month
    return months - 1 if add_months(first, months) > last else months


def months_ago(since: date, noticed_on: date, today: date) -> int:
    """For "at least so many months ago": the months until it was noticed, then whole years.

    It grows once a year (``next_year_of``), so that a finding need not be written anew each
    month, and is true on every day in between.
    """
    years = months_between(since, today) // 12
    return max(12 * years, months_between(since, min(noticed_on, today)))


def next_year_of(since: date, today: date) -> date:
    """The next anniversary of *since* after *today*."""
    return add_months(since, 12 * (months_between(since, today) // 12 + 1))
