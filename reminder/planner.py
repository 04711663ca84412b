"""The plan of one agreement: its deadlines against those stored before, on one day.

Pure. The scan, the import, ``plan`` and ``why`` all come through here, so that what is
foretold is what will happen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from reminder.agreements import Dossier
from reminder.deadline_matching import match_deadlines
from reminder.deadlines import Deadline, DeadlineKind
from reminder.directory import Directory
from reminder.due_dates import derive_deadlines
from reminder.finding_deadlines import COUNTING_NOTICES, find_in_agreement
from reminder.plan_rules import PlanRules
from reminder.planned_deadlines import AgreementPlan, PlannedDeadline, StoredDeadline


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
    found = find_in_agreement(dossier, derivation, known, rules, directory, today)
    deadlines = [*derivation.deadlines, *found.deadlines]
    planned = tuple(match_deadlines(deadlines, known, dossier, rules, today))
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
    if any(code in rules.findings for code in COUNTING_NOTICES):
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


def _after_next_notice(
    planned: Iterable[PlannedDeadline], dossier: Dossier, today: date
) -> date | None:
    """The day after the next notice: by then it was answered, or it was not."""
    days = [one.next_on for one in planned if one.next_on and one.deadline.silent is None]
    if dossier.is_being_told:
        days.append(today)
    return max(min(days), today) + timedelta(days=1) if days else None
