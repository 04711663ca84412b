"""STALE: the agreement had expired long before anybody entered it."""

from __future__ import annotations

from reminder.findings.base import Finding, Inspection, Thresholds


def stale(inspection: Inspection, _thresholds: Thresholds) -> Finding | None:
    """The expiry was more than ``stale_after`` past on the day it entered the register.

    Nobody is mailed about such an expiry; this finding says that it is there. Ended by a
    new date, a replacing agreement, or ``terminated``.
    """
    if inspection.is_over or not inspection.stale_expiry or inspection.expiry is None:
        return None
    expiry = inspection.expiry.due
    return Finding(
        "STALE",
        inspection.expiry_entered_on,
        f"expired {expiry.text or expiry.last}, entered {inspection.expiry_entered_on}",
    )
