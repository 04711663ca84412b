"""WE_ARE_SILENT: a letter of the partner has not been answered.

Data: the activities. The oldest ``letter_in`` since the last ``letter_out``, ``meeting``,
``visit`` or ``exchange`` counts; such a contact recorded with an intended successor answers too.

Due on the day of that letter (of a partial date the last one) + ``answer_within`` [D, domain
E1]. Ended by one of those contacts, or by the end of the agreement. Asked of agreements that
are not signed yet, and of dormant ones: a letter that wakes them wants an answer most.
"""

from __future__ import annotations

from reminder.calendars import Span
from reminder.findings.activity import LETTER_IN
from reminder.findings.base import Finding, Inspection, Thresholds
from reminder.findings.letters import unanswered

CODE = "WE_ARE_SILENT"
GAPS = ("no_answer_from_us",)
THRESHOLDS: Thresholds = {"answer_within": Span(days=14)}


def we_are_silent(inspection: Inspection, thresholds: Thresholds) -> Finding | None:
    """The partner's oldest unanswered letter, once we have had long enough."""
    return unanswered(CODE, GAPS[0], LETTER_IN, inspection, thresholds)
