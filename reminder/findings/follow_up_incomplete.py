"""FOLLOW_UP_INCOMPLETE: what a meeting agreed to do has nobody to do it, or no day to do it by.

Data: the open follow-ups, of an agreement or of a meeting about none. An owner is a named person:
the follow-up's own ``officer``, else the agreement's where the same bureau is to act. That the
bureau has an officer on duty is not enough: the trip report (III.9) asks who does what.
Threshold: ``working_days`` (3), how many working days after entry both must be recorded: HK+3.
A follow-up that an older version took in counts from the entry of its agreement.

It counts from that working day of the first incomplete one; each further one joins on its own.
Source: trip report III.8 "tidak berlanjut karena rendahnya sense of ownership", domain (e), N15.

Ended by an owner and a day, by the day on which it was done, or by the end of the agreement.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from reminder.agreements import FollowUp
from reminder.calendars import WorkCalendar
from reminder.deadlines import Gap
from reminder.findings.base import Finding, Inspection, Thresholds, finding_of, number_of

CODE = "FOLLOW_UP_INCOMPLETE"
THRESHOLDS: Thresholds = {"working_days": 3}
GAPS = (
    "follow_up_unassigned",
    "follow_up_undated",
    "follow_up_unassigned_undated",
)

_SHOWN = 300
"""Letters of a follow-up that a mail repeats: it is to be known again, not read in full."""


def follow_up_incomplete(inspection: Inspection, thresholds: Thresholds) -> Finding | None:
    """The incomplete follow-ups of one agreement."""
    dossier, today = inspection.dossier, inspection.today
    if inspection.is_over or not dossier.follow_ups:
        return None
    agreement = dossier.agreement
    number = number_of(thresholds, "working_days")
    numbers = _per_meeting(dossier.follow_ups)
    found = []
    for follow_up in dossier.follow_ups:
        is_ours = follow_up.bureau in (None, agreement.bureau)
        officer = follow_up.officer or (agreement.officer if is_ours else None)
        gap = _gap(follow_up, officer, numbers[follow_up.meeting], today)
        if gap is not None:
            entered_on = follow_up.entered_on or agreement.entered_on
            found.append((inspection.calendar.add_working_days(entered_on, number), gap))
    return finding_of(CODE, found, today)


@dataclass(frozen=True, slots=True)
class LooseFinding:
    """The finding about the follow-ups of one meeting, about no agreement, at one bureau."""

    key: str
    """The finding's code and, after a colon, what tells this meeting and bureau from others."""
    bureau: str
    finding: Finding


def loose_findings(
    follow_ups: Sequence[FollowUp],
    thresholds: Thresholds,
    calendar: WorkCalendar,
    today: date,
    known: Mapping[str, date],
) -> Iterator[LooseFinding]:
    """The same for follow-ups that belong to no agreement, by meeting and bureau.

    *known* gives the day from which a finding counts that is stored already, by its key: what an
    older version took in without a day of entry keeps it, and counts from *today* at first.
    """
    number = number_of(thresholds, "working_days")
    meetings: defaultdict[tuple[str, str], list[FollowUp]] = defaultdict(list)
    for follow_up in follow_ups:
        meetings[follow_up.bureau or "", " ".join(follow_up.meeting.split())].append(follow_up)
    for (bureau, meeting), some in sorted(meetings.items()):
        key = _key(bureau, meeting)
        found = []
        for follow_up in sorted(some, key=lambda one: one.id):
            gap = _gap(follow_up, follow_up.officer, len(some), today)
            if gap is None:
                continue
            if follow_up.entered_on is None:
                found.append((known.get(key, today), gap))
            else:
                found.append((calendar.add_working_days(follow_up.entered_on, number), gap))
        finding = finding_of(CODE, found, today)
        if finding is not None:
            yield LooseFinding(key, bureau, finding)


def _key(bureau: str, meeting: str) -> str:
    """Short, readable and always the same: a meeting's name may be longer than a key can be."""
    mark = sha256(f"{bureau}\n{meeting.casefold()}".encode()).hexdigest()[:8]
    return f"{CODE}:{bureau[:60]}-{mark}"


def _per_meeting(follow_ups: Sequence[FollowUp]) -> Mapping[str, int]:
    numbers: defaultdict[str, int] = defaultdict(int)
    for follow_up in follow_ups:
        numbers[follow_up.meeting] += 1
    return numbers


def _gap(follow_up: FollowUp, officer: str | None, number: int, today: date) -> Gap | None:
    """What an open follow-up lacks; *number* is how many its meeting agreed on."""
    if follow_up.done_on is not None and follow_up.done_on.first <= today:
        return None
    lacks = ["follow_up"]
    if not officer:
        lacks.append("unassigned")
    if follow_up.due_on is None:
        lacks.append("undated")
    if len(lacks) == 1:
        return None
    values = (
        ("item", _cut(follow_up.text) or follow_up.id),
        ("meeting", _cut(follow_up.meeting)),
        ("n_items", str(number)),
    )
    return Gap("_".join(lacks), values)


def _cut(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _SHOWN else f"{words[: _SHOWN - 1].rstrip()}…"
