"""NO_RULE: no rule of the policy says when the expiry is told."""

from __future__ import annotations

from reminder.findings.base import Finding, Inspection, Thresholds
from reminder.rules import rule_for


def no_rule(inspection: Inspection, _thresholds: Thresholds) -> Finding | None:
    """An agreement in force whose expiry no rule matches. Ended by a rule that does."""
    if inspection.is_over or inspection.expiry is None:
        return None
    if rule_for(inspection.expiry, inspection.rules) is not None:
        return None
    agreement = inspection.dossier.agreement
    what = " ".join(part for part in (agreement.kind, agreement.instrument) if part)
    return Finding(
        "NO_RULE",
        agreement.entered_on,
        f"no expiry rule matches {what} of bureau {agreement.bureau}",
    )
