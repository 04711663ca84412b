"""The plan of one agreement: its deadlines against those stored before, on one day.

Pure. The scan, the import, ``plan`` and ``why`` all come through here, so that what is
foretold is what will happen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from reminder.agreements import Dossier, FollowUp, OptOut
from reminder.calendars import Due
from reminder.deadlines import (
    Deadline,
    DeadlineKind,
    DeadlineStatus,
    Derivation,
    Terms,
    derive_deadlines,
    follow_up_deadlines,
)
from reminder.directory import Directory
from reminder.findings import DETECTORS, Finding, Inspection, Thresholds
from reminder.findings.follow_up_incomplete import CODE as FOLLOW_UP_INCOMPLETE
from reminder.findings.follow_up_incomplete import loose_findings
from reminder.lead_times import LeadTime, Schedule, parse_lead_times
from reminder.occurrences import Timetables
from reminder.rules import Rule, rule_for
from reminder.skips import SkipReason

DeadlineKey = tuple[DeadlineKind, str]
_IN_ORDER = sorted(DETECTORS.items(), key=lambda item: item[1].counts_notices)
"""Those that count notices come last: whether one was answered hangs on what the others find."""
_COUNTING_NOTICES = [code for code, detector in _IN_ORDER if detector.counts_notices]


@dataclass(frozen=True, slots=True)
class Answered:
    """How far people have answered, and been escalated to, in the epoch that runs.

    All days are the bureau's. A new epoch starts without any of it.
    """

    snoozed_until: date | None = None
    """Nothing is told before this day; on it the most urgent lead time is told once more."""
    acknowledged_until: date | None = None
    """The first day on which an acknowledgement no longer holds."""
    level: int = 0
    """How many steps of the rule's ``escalate`` have been told."""
    escalate_on: date | None = None
    """The day on which to look whether the next step must be told; None where none is due."""


@dataclass(frozen=True, slots=True)
class StoredDeadline:
    """What the database holds of a deadline before it is planned again."""

    id: int
    kind: DeadlineKind
    key: str
    """Empty where the deadline has none."""
    due: Due
    epoch: int
    status: DeadlineStatus
    told: str
    """Code of the most urgent lead time told in this epoch; empty where none was."""
    entered_on: date
    answered: Answered = Answered()


@dataclass(frozen=True, slots=True)
class PlannedDeadline:
    """A deadline as it must be stored now."""

    deadline: Deadline
    stored_id: int | None
    """None where it is new."""
    epoch: int
    entered_on: date
    rule: str
    told: str
    next_on: date | None
    stop_reason: SkipReason | None
    """Why pending mails about it must stop; None where they may go on."""
    answered: Answered = Answered()


@dataclass(frozen=True, slots=True)
class AgreementPlan:
    """Every deadline of one agreement, and the day on which to plan it again."""

    planned: tuple[PlannedDeadline, ...]
    gone: tuple[StoredDeadline, ...]
    """Stored deadlines that the facts no longer give."""
    replan_on: date | None
    later: tuple[Deadline, ...] = ()


@dataclass(frozen=True)
class PlanRules:
    """What the policy says, as the planner needs it."""

    terms: Terms
    rules: tuple[Rule, ...]
    findings: Mapping[str, Thresholds]
    """The detectors that are switched on, by code, with their thresholds."""
    timetables: Timetables
    severities: Mapping[str, str] = field(default_factory=dict)
    """How grave each finding is, by code."""

    def schedule(self, rule: Rule, lead_times: str) -> Schedule:
        """When a deadline is told: the agreement's own *lead_times*, else the rule's schedule."""
        if lead_times:
            return Schedule(parse_lead_times(lead_times.split()))
        return rule.schedule


def plan_agreement(
    dossier: Dossier,
    stored: Iterable[StoredDeadline],
    rules: PlanRules,
    directory: Directory,
    today: date,
) -> AgreementPlan:
    """Derive every deadline and finding of an agreement as of its bureau's *today*."""
    known = {(before.kind, before.key): before for before in stored}
    current = known.get((DeadlineKind.EXPIRY, ""))
    first = current.due.first if current is not None else None
    derivation = derive_deadlines(dossier, rules.terms, today, first)
    if dossier.decided is not None and not _is_same_expiry(derivation.expiry, current):
        # What was decided about the earlier date does not hold for the new one.
        dossier = replace(dossier, decided=None)
        derivation = derive_deadlines(dossier, rules.terms, today, first)
    found = _findings(dossier, derivation, known, rules, directory, today)
    deadlines = [*derivation.deadlines, *found.deadlines]
    planned = tuple(_planned(deadlines, known, dossier, rules, today))
    bureaus = {dossier.agreement.bureau, *(one.bureau for one in derivation.deadlines)}
    again = [
        derivation.again_on,
        *found.again_on,
        *_recorded_ahead(dossier, today),
        *(directory.next_change(code, today) for code in bureaus),
    ]
    again.extend(
        opt_out.until.last + timedelta(days=1)
        for opt_out in dossier.opt_outs
        if opt_out.until is not None and opt_out.until.last >= today
    )
    if any(code in rules.findings for code in _COUNTING_NOTICES):
        again.append(_after_next_notice(planned, dossier, today))
    days = [day for day in again if day is not None]
    return AgreementPlan(
        planned=planned,
        gone=tuple(known.values()),
        replan_on=min(days) if days else None,
        later=derivation.later,
    )


def _is_same_expiry(expiry: Deadline | None, stored: StoredDeadline | None) -> bool:
    return expiry is not None and stored is not None and expiry.due == stored.due


def plan_unattached(
    follow_ups: Sequence[FollowUp],
    stored: Iterable[StoredDeadline],
    rules: PlanRules,
    today: date,
) -> AgreementPlan:
    """The same for the follow-ups that belong to no agreement, and for what they lack."""
    by_kind: dict[bool, list[StoredDeadline]] = {True: [], False: []}
    for before in stored:
        by_kind[before.kind is DeadlineKind.FINDING].append(before)
    dated = plan_loose_dates(follow_ups, by_kind[False], rules, today)
    found = plan_loose_findings(follow_ups, by_kind[True], rules, today)
    again = [day for day in (dated.replan_on, found.replan_on) if day is not None]
    return AgreementPlan(
        (*dated.planned, *found.planned), (*dated.gone, *found.gone), min(again, default=None)
    )


def plan_loose_dates(
    follow_ups: Sequence[FollowUp],
    stored: Iterable[StoredDeadline],
    rules: PlanRules,
    today: date,
) -> AgreementPlan:
    """The due dates of follow-ups that belong to no agreement: each stands by itself."""
    known = {(before.kind, before.key): before for before in stored}
    deadlines = list(follow_up_deadlines(tuple(follow_ups), None, today))
    planned = tuple(_planned(deadlines, known, None, rules, today))
    ahead = [one.done_on.first for one in follow_ups if one.done_on and one.done_on.first > today]
    return AgreementPlan(planned, tuple(known.values()), min(ahead, default=None))


def plan_loose_findings(
    follow_ups: Sequence[FollowUp],
    stored: Iterable[StoredDeadline],
    rules: PlanRules,
    today: date,
) -> AgreementPlan:
    """What the follow-ups that belong to no agreement lack, one finding per meeting and bureau."""
    known = {(before.kind, before.key): before for before in stored}
    thresholds = rules.findings.get(FOLLOW_UP_INCOMPLETE)
    if thresholds is None:
        return AgreementPlan((), tuple(known.values()), None)
    since = {key: before.due.first for (_kind, key), before in known.items()}
    found = _Found()
    for loose in loose_findings(follow_ups, thresholds, rules.terms.calendar, today, since):
        of_none = Deadline(
            agreement="",
            kind=DeadlineKind.FINDING,
            key=loose.key,
            bureau=loose.bureau,
            due=Due.of(loose.finding.counts_from),
            derived_from="",
        )
        found.add(of_none, loose.finding, rules, today)
    planned = tuple(_planned(found.deadlines, known, None, rules, today))
    return AgreementPlan(planned, tuple(known.values()), min(found.again_on, default=None))


def _recorded_ahead(dossier: Dossier, today: date) -> Iterable[date]:
    """The days on which something recorded ahead of its day begins to count for a finding."""
    steps = [*dossier.steps, *(step for one in dossier.intended for step in one.steps)]
    for on in (
        dossier.agreement.signed_on,
        dossier.agreement.effective_on,
        *(document.date for document in dossier.documents),
        *(activity.date for activity in dossier.activities),
        *(activity.date for one in dossier.intended for activity in one.activities),
        *(step.started_on for step in steps),
        *(step.done_on for step in steps),
        *(item.done_on for item in dossier.plans),
    ):
        if on is not None and on.first > today:
            yield on.first


@dataclass
class _Found:
    """Findings as deadlines, and the days on which time alone changes them."""

    deadlines: list[Deadline] = field(default_factory=list)
    again_on: list[date] = field(default_factory=list)

    def add(self, deadline: Deadline, finding: Finding, rules: PlanRules, today: date) -> None:
        """Take up *finding* as *deadline*, or where it lies ahead only the day to look again."""
        if finding.counts_from > today:
            self.again_on.append(finding.counts_from)
            return
        if finding.changes_on is not None:
            self.again_on.append(finding.changes_on)
        self.deadlines.append(
            replace(
                deadline,
                derived_from=finding.detail,
                lasts=True,
                gaps=finding.gaps,
                severity=finding.severity or rules.severities.get(finding.code, ""),
            )
        )


def _findings(
    dossier: Dossier,
    derivation: Derivation,
    known: Mapping[DeadlineKey, StoredDeadline],
    rules: PlanRules,
    directory: Directory,
    today: date,
) -> _Found:
    agreement = dossier.agreement
    expiry = derivation.expiry
    entered_on = today
    if expiry is not None:
        before = known.get((expiry.kind, ""))
        entered_on = before.entered_on if before and before.due == expiry.due else today
    inspection = Inspection(
        dossier=dossier,
        expiry=expiry,
        deadlines=derivation.deadlines,
        stale_expiry=expiry is not None and _is_stale(expiry.due, entered_on, rules),
        expiry_entered_on=entered_on,
        rules=rules.rules,
        directory=directory,
        today=today,
        calendar=rules.terms.calendar,
        chains=rules.terms.chains,
    )
    found = _Found()
    for code, detector in _IN_ORDER:
        if code not in rules.findings:
            continue
        if detector.counts_notices and dossier.unanswered:
            still_open = [*derivation.deadlines, *found.deadlines]
            inspection = replace(inspection, unanswered=_unanswered(dossier, still_open, known))
        finding = detector.find(inspection, rules.findings[code])
        if finding is None:
            continue
        of_agreement = Deadline(
            agreement=agreement.ref,
            kind=DeadlineKind.FINDING,
            key=finding.code,
            bureau=agreement.bureau,
            due=Due.of(finding.counts_from),
            derived_from="",
            officer=agreement.officer,
            agreement_kind=agreement.kind,
            instrument=agreement.instrument,
        )
        found.add(of_agreement, finding, rules, today)
    return found


def _unanswered(
    dossier: Dossier, deadlines: Iterable[Deadline], known: Mapping[DeadlineKey, StoredDeadline]
) -> Sequence[date]:
    """The days of the notices about what is still open, and due on the day that was told.

    What was told on one day counts once: it came in one mail, or could be answered with one.
    """
    asked: set[tuple[str, str, int]] = set()
    for deadline in deadlines:
        before = known.get((deadline.kind, deadline.key or ""))
        is_same = before is not None and before.due == deadline.due
        if before is not None and is_same and deadline.status is DeadlineStatus.OPEN:
            asked.add((before.kind.value, before.key, before.epoch))
    days = {one.on for one in dossier.unanswered if (one.kind, one.key, one.epoch) in asked}
    return sorted(days)


def _is_stale(due: Due, entered_on: date, rules: PlanRules) -> bool:
    return rules.terms.stale_after.after(due.last) < entered_on


def _planned(
    deadlines: Iterable[Deadline],
    known: dict[DeadlineKey, StoredDeadline],
    dossier: Dossier | None,
    rules: PlanRules,
    today: date,
) -> Iterable[PlannedDeadline]:
    """Match deadlines with those stored, which are taken out of *known*."""
    opt_outs = dossier.opt_outs if dossier is not None else ()
    excused = {opt_out.rule: opt_out for opt_out in opt_outs}
    for deadline in deadlines:
        before = known.pop((deadline.kind, deadline.key or ""), None)
        redated = before is not None and before.due != deadline.due
        epoch = 1 if before is None else before.epoch + (1 if redated else 0)
        is_clean = before is None or redated
        entered_on = today if is_clean or before is None else before.entered_on
        told = "" if is_clean or before is None else before.told
        answered = Answered() if is_clean or before is None else before.answered
        rule = rule_for(deadline, rules.rules)
        deadline = _with_silence(deadline, rule, entered_on, excused, today, rules)
        yield PlannedDeadline(
            deadline=deadline,
            stored_id=before.id if before is not None else None,
            epoch=epoch,
            entered_on=entered_on,
            rule=rule.name if rule is not None else "",
            told=told,
            next_on=_next_on(deadline, rule, told, answered, rules),
            stop_reason=_stop_reason(deadline, redated),
            answered=_still_answered(deadline, answered, before, rule, today),
        )


def _with_silence(
    deadline: Deadline,
    rule: Rule | None,
    entered_on: date,
    excused: Mapping[str, OptOut],
    today: date,
    rules: PlanRules,
) -> Deadline:
    if deadline.status is not DeadlineStatus.OPEN or deadline.silent is not None:
        return deadline
    if not deadline.lasts and _is_stale(deadline.due, entered_on, rules):
        detail = f"more than {rules.terms.stale_after} past when it entered on {entered_on}"
        return replace(deadline, silent=SkipReason.STALE, silent_detail=detail)
    if rule is None:
        return replace(deadline, silent=SkipReason.NO_RULE, silent_detail="no rule matches it")
    opt_out = excused.get(rule.name)
    if opt_out is not None and _is_excused(deadline, opt_out, today):
        detail = f"opted out of {rule.name}: {opt_out.reason or 'no reason given'}"
        return replace(deadline, silent=SkipReason.OPTED_OUT, silent_detail=detail)
    return deadline


def _is_excused(deadline: Deadline, opt_out: OptOut, today: date) -> bool:
    """While the opt-out lasts; and for good, what was due before it ended."""
    if opt_out.until is None:
        return True
    if today <= opt_out.until.last:
        return True
    # A state that lasts is asked about again; it began before the end, as a rule.
    return not deadline.lasts and deadline.due.last <= opt_out.until.last


def _still_answered(
    deadline: Deadline,
    answered: Answered,
    before: StoredDeadline | None,
    rule: Rule | None,
    today: date,
) -> Answered:
    """What is over is neither told again nor escalated; open again, it goes on where it was."""
    if deadline.status is not DeadlineStatus.OPEN:
        return replace(answered, snoozed_until=None, escalate_on=None)
    was_over = before is not None and before.status is not DeadlineStatus.OPEN
    if was_over and before is not None and before.told and rule is not None and rule.escalate:
        return replace(answered, escalate_on=today)
    return answered


def _next_on(
    deadline: Deadline, rule: Rule | None, told: str, answered: Answered, rules: PlanRules
) -> date | None:
    """The day on which the scan must look at it: also a silent one, to record the skip."""
    if rule is None or deadline.status is not DeadlineStatus.OPEN:
        return None
    if answered.snoozed_until is not None:
        return answered.snoozed_until
    schedule = rules.schedule(rule, deadline.lead_times)
    timetable = rules.timetables.of(deadline.due, schedule)
    return timetable.first_day_after(LeadTime.parse(told) if told else None)


def _after_next_notice(
    planned: Iterable[PlannedDeadline], dossier: Dossier, today: date
) -> date | None:
    """The day after the next notice: by then it was answered, or it was not."""
    days = [one.next_on for one in planned if one.next_on and one.deadline.silent is None]
    if dossier.is_being_told:
        days.append(today)
    return max(min(days), today) + timedelta(days=1) if days else None


def _stop_reason(deadline: Deadline, redated: bool) -> SkipReason | None:
    if deadline.status is DeadlineStatus.MET:
        return SkipReason.MET
    if deadline.status is DeadlineStatus.VOID:
        return SkipReason.VOID
    if redated:
        return SkipReason.REDATED
    return deadline.silent
