"""DORMANT_CONTACT: nobody has met or written to the partner for too long.

Data: the activities of the agreement and of an intended successor (any type but ``other`` is a
contact; ``meeting``, ``visit`` and ``exchange`` are a joint meeting or stand in for one), else
the day of signing. Of a partial date the last day counts.

Thresholds and severity, each counted from its last contact [D, domain E1; the yearly meeting
after the clauses in domain (d)]:

- ``silent_after`` without any contact: ``info``;
- ``cadence`` without a joint meeting: the severity of ``findings.yaml``;
- ``dormant_after`` without any contact: ``urgent``, and the status ``dormant`` is proposed.

Due on the day on which the gravest of these was reached, so each of them is told anew. Ended by
a recorded contact (for the second, a joint one), the status ``dormant`` or ``not_renewing``,
the end of the term, or a successor.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from reminder.agreements import Activity
from reminder.calendars import PartialDate, Span
from reminder.deadlines import Gap
from reminder.findings.activity import CONTACT, JOINT, happened, last_of
from reminder.findings.base import Finding, Inspection, Thresholds, span_of
from reminder.findings.standing import (
    in_force_since,
    look_again,
    months_ago,
    next_year_of,
    until_it_ends,
)

CODE = "DORMANT_CONTACT"
GAPS = (
    "no_contact",
    "no_contact_yet",
    "no_joint_meeting",
    "no_joint_meeting_yet",
    "propose_dormant",
)
THRESHOLDS: Thresholds = {
    "silent_after": Span(days=180),
    "cadence": Span(months=12),
    "dormant_after": Span(months=24),
}


def dormant_contact(inspection: Inspection, thresholds: Thresholds) -> Finding | None:
    """The gravest of the three that is reached, with every gap that is open by then."""
    start = in_force_since(inspection)
    if start is None:
        return None
    today = inspection.today
    activities = happened(inspection.dossier, today)
    contact = _Last.of(start, last_of(activities, CONTACT))
    meeting = _Last.of(start, last_of(activities, JOINT))
    silent_on = span_of(thresholds, "silent_after").after(contact.since)
    meet_on = span_of(thresholds, "cadence").after(meeting.since)
    dormant_on = span_of(thresholds, "dormant_after").after(contact.since)
    steps = ((silent_on, "info"), (meet_on, ""), (dormant_on, "urgent"))
    reached = [step for step in steps if step[0] <= today]
    gaps: list[Gap] = []
    if silent_on <= today or not reached:
        gaps.append(contact.gap("no_contact", silent_on, today))
    if meet_on <= today and not (gaps and meeting == contact):
        gaps.append(meeting.gap("no_joint_meeting", meet_on, today))
    if dormant_on <= today:
        gaps.append(Gap("propose_dormant"))
    counts_from, severity = reached[-1] if reached else (min(day for day, _ in steps), "")
    finding = Finding(
        CODE, counts_from, "; ".join(gap.text for gap in gaps), tuple(gaps), severity=severity
    )
    if reached:
        ahead = (day for day, _ in steps if day > today)
        years = (next_year_of(one.since, today) for one in (contact, meeting))
        finding = look_again(finding, *ahead, *years)
    return until_it_ends(finding, inspection)


@dataclass(frozen=True, slots=True)
class _Last:
    """The last contact of some kind; without an activity, the start of the agreement."""

    on: PartialDate
    activity: str = ""

    @classmethod
    def of(cls, start: PartialDate, activity: Activity | None) -> _Last:
        if activity is None or activity.date.last < start.last:
            return cls(start)
        return cls(activity.date, activity.type)

    @property
    def since(self) -> date:
        """Of a partial date the last day: nobody is blamed for a day that may not have passed."""
        return self.on.last

    def gap(self, code: str, noticed_on: date, today: date) -> Gap:
        """The gap *code*, or *code* with ``_yet`` where there never was such a contact."""
        months = ("n_months", str(months_ago(self.since, noticed_on, today)))
        if not self.activity:
            return Gap(f"{code}_yet", (("started_on", str(self.on)), months))
        contact = (("activity", self.activity), ("contact_on", str(self.on)))
        return Gap(code, (*contact, months))
