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
    Decision,
    Dossier,
    FollowUp,
    Report,
)
from reminder.calendars import Due, PartialDate, Span, WorkCalendar
from reminder.expiries import expiry_due
from reminder.progress import DueBy, Progress
from reminder.report_periods import periods_to_report
from reminder.skips import SkipReason
from reminder.steps import Chains


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


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that is wrong or missing, as values that a mail puts into words.

    ``values`` are texts by name: a partial date where the name ends in ``_on``, a whole number
    where it begins with ``n_``, a legal reference for ``article``, else plain text.
    """

    code: str
    values: tuple[tuple[str, str], ...] = ()

    @property
    def text(self) -> str:
        """The gap in English for ``why``: its code in words, and its values."""
        said = ", ".join(f"{name} {value}" for name, value in self.values)
        name = self.code.replace("_", " ")
        return f"{name} ({said})" if said else name


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
    lasts: bool = False
    """Whether it is a state that lasts, a finding or a step that is stuck, and not a day that
    passes: such a one is never stale."""
    gaps: tuple[Gap, ...] = ()
    """What a finding consists of; empty for every other kind."""
    severity: str = ""
    """Of a finding: ``info``, ``action`` or ``urgent``; empty for every other kind."""

    @property
    def finding(self) -> str:
        """The finding's code; what follows a colon in the key tells several of one code apart."""
        return (self.key or "").partition(":")[0]


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
    follow_ups: tuple[FollowUp, ...], agreement: Agreement | None, today: date
) -> Iterator[Deadline]:
    """A deadline for each follow-up that has a due date."""
    for follow_up in follow_ups:
        if follow_up.due_on is None:
            continue
        status, reason = _done("done_on", "done on", follow_up.done_on, today)
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
        status, reason = _submission(report, today)
        yield replace(
            _of(agreement, DeadlineKind.REPORT, Due.of(due), period.derivation),
            key=period.name,
            status=status,
            status_reason=reason,
        )


def _submission(report: Report | None, today: date) -> tuple[DeadlineStatus, str]:
    if report is None:
        return DeadlineStatus.OPEN, ""
    said = "report submitted on"
    status, reason = _done("submitted_on", said, report.submitted_on, today)
    if status is DeadlineStatus.MET and not report.evidence:
        return DeadlineStatus.OPEN, f"{reason}, but no evidence of it is recorded"
    return status, reason


def _done(
    column: str, said: str, on: PartialDate | None, today: date
) -> tuple[DeadlineStatus, str]:
    """Whether what was due is done. A day still to come is an intention, or a slip of the pen."""
    if on is None:
        return DeadlineStatus.OPEN, ""
    if on.first > today:
        return DeadlineStatus.OPEN, f"{column} {on} lies ahead, so it does not count before then"
    return DeadlineStatus.MET, f"{said} {on}"


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
        status, reason = _done("done_on", "done on", row.done_on if row else None, today)
        yield replace(
            _of(agreement, DeadlineKind.STEP, found.due, found.derived_from),
            key=code,
            status=status,
            status_reason=reason,
            silent=SkipReason.WAITING if waiting else None,
            silent_detail=f"waits for {', '.join(waiting)}" if waiting else "",
            lasts=found.by is DueBy.STALL,
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
    decided = dossier.decided
    if (
        deadline.kind in _DECIDED_BY_END
        and status is AgreementStatus.NOT_RENEWING
        and decided is not None
        and decided.decision is Decision.END
    ):
        return replace(
            deadline,
            status=DeadlineStatus.MET,
            status_reason=f"decided to let it end on {decided.on} by {decided.by}",
        )
    return deadline


_DECIDED_BY_END = (DeadlineKind.EXPIRY, DeadlineKind.NOTICE_BY)
"""What is settled once the bureau has decided to let an agreement end."""
