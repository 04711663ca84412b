"""NO_RECIPIENT: a rule asks for a role that nobody at the bureau holds, or that no mail reaches."""

from __future__ import annotations

from datetime import date, timedelta

from reminder.agreements import Unreached
from reminder.deadlines import DeadlineStatus
from reminder.findings.base import Finding, Inspection, Thresholds
from reminder.notices import recipients_for
from reminder.rules import rule_for


def no_recipient(inspection: Inspection, _thresholds: Thresholds) -> Finding | None:
    """For some open deadline, a role in ``to`` has no active contact at its bureau; or the last
    mail to somebody who holds a role failed for good; or the address is dead.

    It counts from the day after the last holder left, else from the day the agreement
    entered the register; for an address that failed or is dead from that day. Ended by a
    contact with that role; by a mail to that address that is taken, ``reminder addresses
    --alive``, or the end of that contact.
    """
    if inspection.is_over:
        return None
    gaps: dict[tuple[str, str], None] = {}
    dead: dict[str, str] = {}
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
        dead.update({one.email: one.role for one in addressed.passed_over})
    failed = [
        one
        for one in inspection.dossier.unreached
        if _is_in_charge(inspection, one) and not inspection.directory.is_dead(one.email)
    ]
    since = [_since(inspection, bureau, role) for bureau, role in gaps]
    since.extend(one.on for one in failed)
    since.extend(inspection.directory.dead[email.casefold()] for email in dead)
    if not since:
        return None
    said = []
    if gaps:
        where = ", ".join(f"{role} at {bureau or 'no bureau'}" for bureau, role in gaps)
        said.append(f"nobody is {where}")
    said.extend(f"the mail of {one.on} to {one.role} {one.email} failed" for one in failed)
    said.extend(f"mail to {role} {email} comes back for good" for email, role in dead.items())
    return Finding("NO_RECIPIENT", min(since), "; ".join(said))


def _is_in_charge(inspection: Inspection, unreached: Unreached) -> bool:
    """Whether the next notice would go to that address again."""
    agreement, today = inspection.dossier.agreement, inspection.today
    known = inspection.directory.contact(agreement.bureau, unreached.email, today)
    if known is not None:
        return known.is_active(today)
    own = agreement.officer or ""
    return own.casefold() == unreached.email.casefold()


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
