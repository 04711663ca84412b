"""LOI_STALE: a letter of intent was signed and nobody has gone on from there.

Data: the instrument, the day of signing, the steps of the letter and of an intended successor.
An agreement that is meant to replace the letter (``replaces``) and has any step in the register,
be it planned only, is what the letter asks for.

Due on the day of signing (of a partial date the last one) + ``loi_after`` [D, domain E6], or on
the letter's own limit where that is earlier: its ``expires_on`` or ``term``, or the ``due_on`` of
its step ``rencana_kerja_sama`` (Bali-Hainan 2023: the text within one year; domain (d)). That a
plan of cooperation follows the letter is PP 28/2018 Pasal 28 ayat (5) [P]; when, it does not say.

Ended by a start of the step ``rencana_kerja_sama`` or of one that waits for it, a successor with
steps or a signature, or the word that nothing will follow: ``not_renewing``, ``terminated`` or
``dormant``.
"""

from __future__ import annotations

from reminder.agreements import AgreementStatus, Step
from reminder.calendars import PartialDate, Span
from reminder.deadlines import Gap
from reminder.findings.base import Finding, Inspection, Thresholds, finding_of, span_of
from reminder.findings.standing import (
    is_letter_of_intent,
    look_again,
    months_ago,
    next_year_of,
    started_on,
)

CODE = "LOI_STALE"
GAPS = ("loi_not_followed_up", "loi_limit_reached")
THRESHOLDS: Thresholds = {"loi_after": Span(months=12)}
PLAN = "rencana_kerja_sama"


def loi_stale(inspection: Inspection, thresholds: Thresholds) -> Finding | None:
    """A letter of intent past its limit without any follow-up."""
    dossier, today = inspection.dossier, inspection.today
    agreement = dossier.agreement
    signed = started_on(agreement)
    if signed is None or signed.first > today or not is_letter_of_intent(agreement):
        return None
    if inspection.is_over or agreement.status is not AgreementStatus.ACTIVE:
        return None
    if any(intention.steps for intention in dossier.intended) or _is_followed_up(inspection):
        return None
    days = [span_of(thresholds, "loi_after").after(signed.last)]
    limit = _limit(inspection)
    if limit is not None:
        days.append(limit.last)
    since = signed.last
    due_on = max(min(days), since)  # a limit before the signing is a slip of the pen
    values = (
        ("signed_on", str(signed)),
        ("n_months", str(months_ago(since, due_on, today))),
    )
    dated = [(due_on, Gap("loi_not_followed_up", values))]
    if limit is not None:
        dated.append((limit.last, Gap("loi_limit_reached", (("limit_on", str(limit)),))))
    finding = finding_of(CODE, dated, today)
    return look_again(finding, next_year_of(since, today)) if finding else None


def _is_followed_up(inspection: Inspection) -> bool:
    """Whether the plan of cooperation, or a step that waits for it, was begun."""
    steps = inspection.dossier.steps
    if not steps:
        return False
    chain = inspection.chains.get(inspection.dossier.agreement.kind)
    later = chain.after(PLAN) if chain is not None else frozenset[str]()
    return any(
        _is_begun(step, inspection) for step in steps if step.step == PLAN or step.step in later
    )


def _is_begun(step: Step, inspection: Inspection) -> bool:
    days = (step.started_on, step.done_on)
    return any(day is not None and day.first <= inspection.today for day in days)


def _limit(inspection: Inspection) -> PartialDate | None:
    """The letter's own limit, or that of its step; the earlier of the two, None without any."""
    agreement = inspection.dossier.agreement
    found = [step.due_on for step in inspection.dossier.steps if step.step == PLAN]
    if agreement.expires_on is not None:
        found.append(agreement.expires_on)
    elif inspection.expiry is not None:
        found.append(PartialDate.of(inspection.expiry.due.last))
    known = [day for day in found if day is not None]
    return min(known, key=lambda day: day.last, default=None)
