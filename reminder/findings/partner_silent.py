"""PARTNER_SILENT: the partner has not answered a letter.

Data: the activities. The oldest ``letter_out`` since the last ``letter_in``, ``meeting``,
``visit`` or ``exchange`` counts; such a contact recorded with an intended successor answers too.

Due on the day of that letter (of a partial date the last one) + ``answer_within`` [D, domain
E1]. Ended by one of those contacts, the status ``dormant``, or the end of the agreement. Asked
of agreements that are not signed yet, too: the first letters come before the signature.
"""

from __future__ import annotations

from reminder.agreements import AgreementStatus
from reminder.calendars import Span
from reminder.findings.activity import LETTER_OUT
from reminder.findings.base import Finding, Inspection, Thresholds
from reminder.findings.letters import unanswered

CODE = "PARTNER_SILENT"
GAPS = ("no_answer_from_partner",)
THRESHOLDS: Thresholds = {"answer_within": Span(days=45)}


def partner_silent(inspection: Inspection, thresholds: Thresholds) -> Finding | None:
    """Our oldest unanswered letter, once the partner has had long enough."""
    if inspection.dossier.agreement.status is AgreementStatus.DORMANT:
        return None  # that the partner does not answer is what the status says
    return unanswered(CODE, GAPS[0], LETTER_OUT, inspection, thresholds)
