"""Letters that nobody has answered: what PARTNER_SILENT and WE_ARE_SILENT have in common."""

from __future__ import annotations

from reminder.deadlines import Gap
from reminder.findings.activity import unanswered_letter
from reminder.findings.base import Finding, Inspection, Thresholds, finding_of, span_of


def unanswered(
    code: str, gap: str, letter: str, inspection: Inspection, thresholds: Thresholds
) -> Finding | None:
    """The oldest letter of that type without an answer, from ``answer_within`` after its day."""
    dossier, today = inspection.dossier, inspection.today
    if inspection.is_over or not dossier.activities:
        return None
    oldest = unanswered_letter(dossier, today, letter)
    if oldest is None:
        return None
    due_on = span_of(thresholds, "answer_within").after(oldest.date.last)
    values = (
        ("letter_on", str(oldest.date)),
        ("n_days", str((due_on - oldest.date.last).days)),
    )
    return finding_of(code, [(due_on, Gap(gap, values))], today)
