"""Expiries: when the term of an agreement ends, and how that day comes about."""

from __future__ import annotations

from datetime import date

from reminder.agreements import Agreement, AgreementStatus
from reminder.calendars import Due, Span


def expiry_due(
    agreement: Agreement, today: date, current: date | None, *, ends_day_before: bool
) -> tuple[Due, str] | None:
    """The end of the term that runs today, and its derivation in words; None where unknown.

    *current* is the first day of the expiry stored before, if any; an agreement that no
    longer renews itself keeps it. With *ends_day_before* a term ends on the day before its
    anniversary.
    """
    if agreement.expires_on is not None:
        due, derived = Due.of(agreement.expires_on), f"expires_on {agreement.expires_on}"
    else:
        name = "effective_on" if agreement.effective_on is not None else "signed_on"
        start = agreement.effective_on or agreement.signed_on
        if start is None or agreement.term is None:
            return None
        due = Due.of(start).plus(agreement.term)
        derived = f"{name} {start} + term {agreement.term} (anniversary)"
        if ends_day_before:
            due = due.plus_days(-1)
            derived = f"{name} {start} + term {agreement.term} (day before the anniversary)"
    if agreement.auto_renew is not None:
        stays = agreement.status is AgreementStatus.NOT_RENEWING
        times = _renewals(due, agreement.auto_renew, today, current if stays else None, stays)
        if times:
            due = due.plus(agreement.auto_renew, times)
            derived += f" + {times} x auto_renew {agreement.auto_renew}"
    return due, derived


def _renewals(due: Due, every: Span, today: date, current: date | None, stays: bool) -> int:
    """How often the term has renewed itself: the first end that is today or later."""
    if stays and current is None:
        return 0
    times = 0
    while due.plus(every, times).last < today:
        if stays and due.plus(every, times).first == current:
            return times
        times += 1
    if stays and current is not None and due.plus(every, times).first > current:
        # The stored end is none of this series: the register's own date holds.
        return 0
    return times
