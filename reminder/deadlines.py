"""Deadlines: what must be done by a day for one agreement, derived from its facts.

Deciding only: facts and terms in, deadlines out. Epochs and what was told are the
storage's; findings have detectors of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from reminder.agreements import (
    Agreement,
    AgreementStatus,
    Dossier,
    FollowUp,
    Report,
    ReportCycle,
)
from reminder.calendars import Due, Span, WorkCalendar
from reminder.report_periods import periods_of
from reminder.steps import Chains, step_due, waiting_for

REPORT_GRACE = timedelta(days=30)
"""A period that ends sooner after the agreement came into force is not reported on."""


class DeadlineKind(StrEnum):
    """What kind of thing is due."""

    EXPIRY = "expiry"
    NOTICE_BY = "notice_by"
    REPORT = "report"
    STEP = "step"
    FOLLOW_UP = "follow_up"
    FINDING = "finding"


class DeadlineStatus(StrEnum):
    """Open deadlines are told; met and void ones stop their pending mails."""

    OPEN = "open"
    MET = "met"
    VOID = "void"


class SkipReason(StrEnum):
    """Why a notice is not made, or not sent after it was made."""

    SUPERSEDED = "superseded"
    """A more urgent lead time was reached first."""
    STALE = "stale"
    """The deadline was long past on the day it entered the register."""
    WAITING = "waiting"
    """A step that must come first is not done."""
    OPTED_OUT = "opted_out"
    """The register excuses this agreement from the rule."""
    NO_RULE = "no_rule"
    """No rule of the policy matches the deadline."""
    NO_RECIPIENT = "no_recipient"
    """Nobody to tell, not even a service admin."""
    SAME_RECIPIENT = "same_recipient"
    """The person is told already, in another role."""
    REDATED = "redated"
    """The due date changed while the mail was waiting."""
    MET = "met"
    VOID = "void"


@dataclass(frozen=True, slots=True)
class Deadline:
    """Something that must be done by a day, with the derivation of that day.

    ``key`` tells deadlines of one kind apart (a report's period, a step's code, a
    follow-up's id, a finding's code); None for ``expiry`` and ``notice_by``.
    """

    agreement: str
    """The agreement's ref; empty for a follow-up that belongs to no agreement."""
    kind: DeadlineKind
    key: str | None
    bureau: str
    due: Due
    derived_from: str
    status: DeadlineStatus = DeadlineStatus.OPEN
    status_reason: str = ""
    """Why it is met or void, in words (``report submitted on 2026-02-03``)."""
    silent: SkipReason | None = None
    """Why an open deadline is not told; None where it is."""
    silent_detail: str = ""
    officer: str | None = None
    agreement_kind: str = ""
    instrument: str = ""
    lead_times: str = ""
    """Lead times of the agreement's own, which replace those of the expiry rule."""


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
    found.extend(_steps(dossier, terms))
    found.extend(follow_up_deadlines(dossier.follow_ups, agreement))
    found = [_closed(deadline, dossier) for deadline in found]

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
    follow_ups: tuple[FollowUp, ...], agreement: Agreement | None
) -> Iterator[Deadline]:
    """A deadline for each follow-up that has a due date."""
    for follow_up in follow_ups:
        if follow_up.due_on is None:
            continue
        done = follow_up.done_on
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
            status=DeadlineStatus.MET if done else DeadlineStatus.OPEN,
            status_reason=f"done on {done}" if done else "",
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
    if agreement.expires_on is not None:
        due, derived = Due.of(agreement.expires_on), f"expires_on {agreement.expires_on}"
    else:
        name = "effective_on" if agreement.effective_on is not None else "signed_on"
        start = agreement.effective_on or agreement.signed_on
        if start is None or agreement.term is None:
            return None
        due = Due.of(start).plus(agreement.term)
        derived = f"{name} {start} + term {agreement.term} (anniversary)"
        if terms.ends_day_before:
            due = due.plus_days(-1)
            derived = f"{name} {start} + term {agreement.term} (day before the anniversary)"
    if agreement.auto_renew is not None:
        stays = agreement.status is AgreementStatus.NOT_RENEWING
        times = _renewals(due, agreement.auto_renew, today, current if stays else None, stays)
        if times:
            due = due.plus(agreement.auto_renew, times)
            derived += f" + {times} x auto_renew {agreement.auto_renew}"
    return _of(agreement, DeadlineKind.EXPIRY, due, derived)


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
    if agreement.report_cycle is ReportCycle.NONE:
        return
    submitted = {report.period: report for report in dossier.reports}
    starts = [start.first for start in (agreement.effective_on, agreement.signed_on) if start]
    in_force = min([agreement.entered_on, *starts])
    # A period is due at the latest in the year after its own, and one older than stale_after
    # is not asked for; reckoning from there only saves work.
    first_year = max(in_force.year, terms.stale_after.before(agreement.entered_on).year - 2)
    # One year beyond the horizon, so that the next report to appear gives the day to look again.
    last_year = terms.horizon.after(today).year + 1
    for year in range(first_year, last_year + 1):
        for period in periods_of(agreement.report_cycle, year):
            due = period.due_on(terms.report_due)
            if period.ends_on < in_force + REPORT_GRACE:
                continue
            if expiry is not None and period.ends_on > expiry.due.last:
                return
            if terms.stale_after.after(due) < agreement.entered_on:
                continue  # past already when the agreement entered: not asked for
            report = submitted.get(period.name)
            met = report is not None and report.submitted_on is not None and report.evidence != ""
            reason = _submission(report, met)
            yield replace(
                _of(agreement, DeadlineKind.REPORT, Due.of(due), period.derivation),
                key=period.name,
                status=DeadlineStatus.MET if met else DeadlineStatus.OPEN,
                status_reason=reason,
            )


def _submission(report: Report | None, met: bool) -> str:
    if report is None or report.submitted_on is None:
        return ""
    on = f"report submitted on {report.submitted_on}"
    return on if met else f"{on}, but no evidence of it is recorded"


def _steps(dossier: Dossier, terms: Terms) -> Iterator[Deadline]:
    agreement = dossier.agreement
    chain = terms.chains.get(agreement.kind)
    for step in dossier.steps:
        rule = chain.step(step.step) if chain else None
        derived = step_due(step, rule, terms.calendar)
        if derived is None:
            continue
        due, derivation = derived
        waiting = waiting_for(step, rule, dossier.steps)
        yield replace(
            _of(agreement, DeadlineKind.STEP, due, derivation),
            key=step.step,
            status=DeadlineStatus.MET if step.done_on else DeadlineStatus.OPEN,
            status_reason=f"done on {step.done_on}" if step.done_on else "",
            silent=SkipReason.WAITING if waiting else None,
            silent_detail=f"waits for {', '.join(waiting)}" if waiting else "",
        )


def _closed(deadline: Deadline, dossier: Dossier) -> Deadline:
    """What the end of the agreement itself does to its deadlines."""
    status = dossier.agreement.status
    if deadline.status is DeadlineStatus.MET:
        return deadline
    if dossier.replaced_by is not None or status is AgreementStatus.REPLACED:
        by = f"replaced by {dossier.replaced_by}" if dossier.replaced_by else "replaced"
        met = deadline.kind is DeadlineKind.EXPIRY
        return replace(
            deadline,
            status=DeadlineStatus.MET if met else DeadlineStatus.VOID,
            status_reason=f"the agreement was {by}",
        )
    if status is AgreementStatus.TERMINATED:
        return replace(
            deadline, status=DeadlineStatus.VOID, status_reason="the agreement was terminated"
        )
    return deadline
