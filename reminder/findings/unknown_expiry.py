"""UNKNOWN_EXPIRY: the register does not say when the agreement ends."""

from __future__ import annotations

from reminder.findings.base import Finding, Inspection, Thresholds


def unknown_expiry(inspection: Inspection, _thresholds: Thresholds) -> Finding | None:
    """No ``expires_on``, and no ``term`` with a start to count from.

    It counts from the day the agreement entered the register: the gap is the register's,
    not the agreement's, which may be decades old. Ended by ``expires_on`` or ``term``.
    """
    if inspection.is_over or inspection.expiry is not None:
        return None
    agreement = inspection.dossier.agreement
    is_signed = agreement.signed_on is not None or agreement.effective_on is not None
    if inspection.dossier.steps and not is_signed:
        return None  # still on its way through the steps: there is no term to know yet
    if agreement.term is not None:
        missing = "a term but neither signed_on nor effective_on to count it from"
    else:
        missing = "neither expires_on nor term"
    return Finding("UNKNOWN_EXPIRY", agreement.entered_on, f"the register has {missing}")
