"""Whether a deadline is open, met or void, and why.

Pure: what the register says was done decides, and the end of the agreement itself.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from reminder.agreements import AgreementStatus, Decision, Dossier, Report
from reminder.calendars import PartialDate
from reminder.deadlines import Deadline, DeadlineKind, DeadlineStatus

_DECIDED_BY_END = (DeadlineKind.EXPIRY, DeadlineKind.NOTICE_BY)
"""What is settled once the bureau has decided to let an agreement end."""


def done_status(
    column: str, said: str, on: PartialDate | None, today: date
) -> tuple[DeadlineStatus, str]:
    """Whether what was due is done. A day still to come is an intention, or a slip of the pen."""
    if on is None:
        return DeadlineStatus.OPEN, ""
    if on.first > today:
        return DeadlineStatus.OPEN, f"{column} {on} lies ahead, so it does not count before then"
    return DeadlineStatus.MET, f"{said} {on}"


def report_status(report: Report | None, today: date) -> tuple[DeadlineStatus, str]:
    """Whether a report was submitted; without evidence it is still asked for."""
    if report is None:
        return DeadlineStatus.OPEN, ""
    said = "report submitted on"
    status, reason = done_status("submitted_on", said, report.submitted_on, today)
    if status is DeadlineStatus.MET and not report.evidence:
        return DeadlineStatus.OPEN, f"{reason}, but no evidence of it is recorded"
    return status, reason


def closed_by_agreement(deadline: Deadline, dossier: Dossier) -> Deadline:
    """What the end of the agreement itself does to its deadlines."""
    status = dossier.agreement.status
    if deadline.status is DeadlineStatus.MET:
        return deadline
    if dossier.replaced_by is not None or status is AgreementStatus.REPLACED:
        by = f"replaced by {dossier.replaced_by}" if dossier.replaced_by else "replaced"
        met = deadline.kind is DeadlineKind.EXPIRY
        return replace(
            deadline,
            status=DeadlineStatus.MET if met else DeadlineStatus.VOID,
            status_reason=f"the agreement was {by}",
        )
    if status is AgreementStatus.TERMINATED:
        return replace(
            deadline, status=DeadlineStatus.VOID, status_reason="the agreement was terminated"
        )
    decided = dossier.decided
    if (
        deadline.kind in _DECIDED_BY_END
        and status is AgreementStatus.NOT_RENEWING
        and decided is not None
        and decided.decision is Decision.END
    ):
        return replace(
            deadline,
            status=DeadlineStatus.MET,
            status_reason=f"decided to let it end on {decided.on} by {decided.by}",
        )
    return deadline
