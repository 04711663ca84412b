"""Findings as deadlines: what the detectors find in an agreement, to be planned like the rest.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from reminder.agreements import Dossier
from reminder.calendars import Due
from reminder.deadlines import Deadline, DeadlineKind, DeadlineStatus
from reminder.directory import Directory
from reminder.due_dates import Derivation
from reminder.findings import DETECTORS, Finding, Inspection
from reminder.plan_rules import PlanRules
from reminder.planned_deadlines import DeadlineKey, StoredDeadline

_IN_ORDER = sorted(DETECTORS.items(), key=lambda item: item[1].counts_notices)
"""Those that count notices come last: whether one was answered hangs on what the others find."""
COUNTING_NOTICES = [code for code, detector in _IN_ORDER if detector.counts_notices]


@dataclass
class Found:
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


def find_in_agreement(
    dossier: Dossier,
    derivation: Derivation,
    known: Mapping[DeadlineKey, StoredDeadline],
    rules: PlanRules,
    directory: Directory,
    today: date,
) -> Found:
    """What the detectors that are switched on find in an agreement, as of *today*."""
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
        stale_expiry=expiry is not None and rules.is_stale(expiry.due, entered_on),
        expiry_entered_on=entered_on,
        rules=rules.rules,
        directory=directory,
        today=today,
        calendar=rules.terms.calendar,
        chains=rules.terms.chains,
    )
    found = Found()
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
