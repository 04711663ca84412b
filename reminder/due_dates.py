"""Where due dates come from: the deadlines of one agreement, derived from its facts.

Deciding only: facts and terms in, deadlines out. Findings have detectors of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from reminder.agreements import Agreement, AgreementStatus, Dossier, FollowUp
from reminder.calendars import Due, Span, WorkCalendar
from reminder.deadline_statuses import closed_by_agreement, done_status, report_status
from reminder.deadlines import Deadline, DeadlineKind
from reminder.expiries import expiry_due
from reminder.progress import DueBy, Progress
from reminder.report_periods import periods_to_report
from reminder.skips import SkipReason
from reminder.steps import Chains


@dataclass(frozen=True)
class Terms:
    """What the policy says about due dates."""

    horizon: Span
    stale_after: Span
    report_due: Mapping[str, tuple[int, int]]
    """Month and day on which the report of S1, S2, year, Q1 .. Q4 is due."""
    chains: Chains
    calendar: WorkCalendar
    ends_day_before: bool = False
    """Whether a term ends on the day before its anniversary."""


@dataclass(frozen=True, slots=True)
class Derivation:
    """The deadlines of one agreement on one day."""

    deadlines: tuple[Deadline, ...]
    later: tuple[Deadline, ...]
    """Deadlines beyond the horizon: they are not stored yet, but ``why`` names them."""
    again_on: date | None
    """The day on which time alone changes this result; None where only a fact can."""
    expiry: Deadline | None
    """The expiry, wherever it stands; None where the register does not know one."""


def derive_deadlines(
    dossier: Dossier, terms: Terms, today: date, current_expiry: date | None = None
) -> Derivation:
    """Every deadline of an agreement, findings excepted, as of the bureau's *today*.

    *current_expiry* is the first day of the expiry stored before, if any: an agreement
    that stops renewing itself ends with the term that it is in.
    """
    agreement = dossier.agreement
    expiry = _expiry(agreement, terms, today, current_expiry)
    found: list[Deadline] = []
    again: list[date] = []
    if expiry is not None:
        found.append(expiry)
        if agreement.auto_renew and agreement.status is not AgreementStatus.NOT_RENEWING:
            again.append(expiry.due.last + timedelta(days=1))
        if agreement.notice_period is not None:
            found.append(_notice_by(expiry, agreement.notice_period))
    found.extend(_reports(dossier, terms, today, expiry))
    found.extend(_steps(dossier, terms, today, expiry))
    found.extend(follow_up_deadlines(dossier.follow_ups, agreement, today))
    again.extend(_days_ahead(dossier, today))
    found = [closed_by_agreement(deadline, dossier) for deadline in found]

    limit = terms.horizon.after(today)
    within = tuple(deadline for deadline in found if deadline.due.first <= limit)
    later = tuple(deadline for deadline in found if deadline.due.first > limit)
    again.extend(terms.horizon.before(deadline.due.first) for deadline in later)
    tomorrow = today + timedelta(days=1)
    return Derivation(
        deadlines=within,
        later=later,
        again_on=max(min(again), tomorrow) if again else None,
        expiry=found[0] if expiry is not None else None,
    )


def follow_up_deadlines(
    follow_ups: tuple[FollowUp, ...], agreement: Agreement | None, today: date
) -> Iterator[Deadline]:
    """A deadline for each follow-up that has a due date."""
    for follow_up in follow_ups:
        if follow_up.due_on is None:
            continue
        status, reason = done_status("done_on", "done on", follow_up.done_on, today)
        bureau = follow_up.bureau or (agreement.bureau if agreement else "")
        officer = follow_up.officer
        if officer is None and agreement is not None and bureau == agreement.bureau:
            # The agreement's officer stands for the officers of its own bureau, no other.
            officer = agreement.officer
        yield Deadline(
            agreement=agreement.ref if agreement else "",
            kind=DeadlineKind.FOLLOW_UP,
            key=follow_up.id,
            bureau=bureau,
            due=Due.of(follow_up.due_on),
            derived_from=f"due_on {follow_up.due_on} of the follow-up",
            status=status,
            status_reason=reason,
            officer=officer,
            agreement_kind=agreement.kind if agreement else "",
            instrument=agreement.instrument if agreement else "",
        )


def _of(agreement: Agreement, kind: DeadlineKind, due: Due, derived_from: str) -> Deadline:
    return Deadline(
        agreement=agreement.ref,
        kind=kind,
        key=None,
        bureau=agreement.bureau,
        due=due,
        derived_from=derived_from,
        officer=agreement.officer,
        agreement_kind=agreement.kind,
        instrument=agreement.instrument,
        lead_times=agreement.lead_times if kind is DeadlineKind.EXPIRY else "",
    )


def _expiry(
    agreement: Agreement, terms: Terms, today: date, current: date | None
) -> Deadline | None:
    derived = expiry_due(agreement, today, current, ends_day_before=terms.ends_day_before)
    if derived is None:
        return None
    due, derivation = derived
    return _of(agreement, DeadlineKind.EXPIRY, due, derivation)


def _notice_by(expiry: Deadline, period: Span) -> Deadline:
    return replace(
        expiry,
        kind=DeadlineKind.NOTICE_BY,
        due=expiry.due.minus(period),
        derived_from=f"expiry ({expiry.derived_from}) - notice_period {period}",
        lead_times="",
    )


def _reports(
    dossier: Dossier, terms: Terms, today: date, expiry: Deadline | None
) -> Iterator[Deadline]:
    agreement = dossier.agreement
    submitted = {report.period: report for report in dossier.reports}
    # One year beyond the horizon, so that the next report to appear gives the day to look again.
    last_year = terms.horizon.after(today).year + 1
    ends_on = expiry.due.last if expiry is not None else None
    for period in periods_to_report(agreement, ends_on, last_year, terms.stale_after):
        due = period.due_on(terms.report_due)
        if terms.stale_after.after(due) < agreement.entered_on:
            continue  # past already when the agreement entered: not asked for
        report = submitted.get(period.name)
        status, reason = report_status(report, today)
        yield replace(
            _of(agreement, DeadlineKind.REPORT, Due.of(due), period.derivation),
            key=period.name,
            status=status,
            status_reason=reason,
        )


def _steps(
    dossier: Dossier, terms: Terms, today: date, expiry: Deadline | None
) -> Iterator[Deadline]:
    """A deadline for each step that has a day: recorded, or next in line and not begun."""
    if not dossier.steps:
        return
    agreement = dossier.agreement
    progress = Progress.of(dossier, terms.chains, today)
    ahead = (rule.code for rule in progress.chain.steps if progress.is_startable(rule))
    for code in dict.fromkeys((*progress.rows, *ahead)):
        found = progress.due(code, terms.calendar, expiry.due if expiry is not None else None)
        if found is None:
            continue
        rule, row = progress.chain.step(code), progress.rows.get(code)
        waiting = progress.waits_for(rule) if rule is not None else ()
        status, reason = done_status("done_on", "done on", row.done_on if row else None, today)
        yield replace(
            _of(agreement, DeadlineKind.STEP, found.due, found.derived_from),
            key=code,
            status=status,
            status_reason=reason,
            silent=SkipReason.WAITING if waiting else None,
            silent_detail=f"waits for {', '.join(waiting)}" if waiting else "",
            lasts=found.by is DueBy.STALL,
        )


def _days_ahead(dossier: Dossier, today: date) -> Iterator[date]:
    """The days on which something recorded ahead of its day begins to count."""
    agreement = dossier.agreement
    for on in (
        *(report.submitted_on for report in dossier.reports),
        *(step.done_on for step in dossier.steps),
        *(follow_up.done_on for follow_up in dossier.follow_ups),
        # Until then the next step counts as one that may begin.
        *((agreement.signed_on, agreement.effective_on) if dossier.steps else ()),
    ):
        if on is not None and on.first > today:
            yield on.first
