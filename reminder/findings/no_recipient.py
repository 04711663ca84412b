"""NO_RECIPIENT: a rule asks for a role that nobody at the bureau holds."""

from __future__ import annotations

from datetime import date, timedelta

from reminder.deadlines import DeadlineStatus
from reminder.findings.base import Finding, Inspection, Thresholds
from reminder.notices import recipients_for
from reminder.rules import rule_for


def no_recipient(inspection: Inspection, _thresholds: Thresholds) -> Finding | None:
    """For some open deadline, a role in ``to`` has no active contact at its bureau.

    It counts from the day after the last holder left, else from the day the agreement
    entered the register. Ended by a contact with that role.
    """
    if inspection.is_over:
        return None
    gaps: dict[tuple[str, str], None] = {}
    for deadline in inspection.deadlines:
        rule = rule_for(deadline, inspection.rules)
        if rule is None or deadline.status is not DeadlineStatus.OPEN:
            continue
        addressed = recipients_for(
            inspection.directory,
            deadline.bureau,
            deadline.officer,
            rule.to,
            (),
            inspection.today,
        )
        gaps.update({(deadline.bureau, role): None for role in addressed.missing_roles})
    if not gaps:
        return None
    since = min(_since(inspection, bureau, role) for bureau, role in gaps)
    where = ", ".join(f"{role} at {bureau or 'no bureau'}" for bureau, role in gaps)
    return Finding("NO_RECIPIENT", since, f"nobody is {where}")


def _since(inspection: Inspection, bureau: str, role: str) -> date:
    left = [
        contact.active_to
        for contact in inspection.directory.contacts.get(bureau, ())
        if contact.role == role
        and contact.active_to is not None
        and contact.active_to < inspection.today
    ]
    entered = inspection.dossier.agreement.entered_on
    return max(max(left) + timedelta(days=1), entered) if left else entered
