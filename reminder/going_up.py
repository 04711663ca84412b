"""How far an unanswered matter has gone up, and who is told next: what ``why`` says of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING

from reminder.calendars import WorkCalendar
from reminder.deadlines import DeadlineStatus
from reminder.directory import Directory
from reminder.escalation import Course, next_escalation
from reminder.notices import next_in_line
from reminder.rules import Rule

if TYPE_CHECKING:
    from reminder.storage.hand_overs import HandOver
    from reminder.storage.history import DeadlineRecord
    from reminder.storage.responses import ResponseRecord


@dataclass(frozen=True, slots=True)
class NextLevel:
    """Who is told next if nobody answers."""

    level: int
    on: date
    waits_for_mail: bool
    """Whether nobody is before the mail to those before has left; ``on`` is no promise then."""
    recipients: tuple[tuple[str, str, str], ...]
    """Address, the role asked for, and who stands in for whom (or nothing)."""


@dataclass(frozen=True, slots=True)
class GoingUp:
    """How far a deadline has gone up in the epoch that runs."""

    level: int
    """How many steps of the rule's ``escalate`` were told."""
    levels: int
    """How many it has."""
    acknowledged_until: date | None
    """The first day on which the acknowledgement no longer holds; None where none holds."""
    snoozed_until: date | None
    next: NextLevel | None
    """None where nothing was told yet, or nobody is left, or nothing is asked for."""


def going_up(
    deadline: DeadlineRecord,
    rule: Rule | None,
    course: Course,
    directory: Directory,
    calendar: WorkCalendar,
    today: date,
) -> GoingUp | None:
    """How far a stored deadline has gone up; None where it is over or no rule is about it."""
    if deadline.status != DeadlineStatus.OPEN or rule is None:
        return None
    acknowledged = deadline.acknowledged_until
    return GoingUp(
        level=deadline.level,
        levels=len(rule.escalate),
        acknowledged_until=acknowledged if acknowledged and today < acknowledged else None,
        snoozed_until=deadline.snoozed_until,
        next=_next(deadline, rule, course, directory, calendar, today),
    )


def _next(
    deadline: DeadlineRecord,
    rule: Rule,
    course: Course,
    directory: Directory,
    calendar: WorkCalendar,
    today: date,
) -> NextLevel | None:
    if deadline.silent_reason or not course.told:
        return None
    found = next_escalation(rule.escalate, deadline.level, course, calendar, today)
    if found is None:
        return None
    told = list(course.recipients)
    recipients: list[tuple[str, str, str]] = []
    for role in rule.escalate[found.level - 1].to:
        people = next_in_line(directory, deadline.bureau, deadline.officer, role, told, found.on)
        told.extend(person.email for person in people)
        recipients.extend((person.email, person.role, person.fallback) for person in people)
    return NextLevel(found.level, found.on, found.waits_for_mail, tuple(recipients))


def as_json(found: GoingUp | None) -> dict[str, object] | None:
    """For scripts."""
    if found is None:
        return None
    following = found.next
    return {
        "level": found.level,
        "levels": found.levels,
        "acknowledged_until": _day(found.acknowledged_until),
        "snoozed_until": _day(found.snoozed_until),
        "next": None
        if following is None
        else {
            "level": following.level,
            "on": _day(following.on),
            "waits_for_mail": following.waits_for_mail,
            "recipients": [
                {"recipient": email, "role": role, "fallback": fallback}
                for email, role, fallback in following.recipients
            ],
        },
    }


_INNER = ("id", "agreement", "deadline_id", "actor", "undo")


def response_json(response: ResponseRecord, offer: HandOver | None = None) -> dict[str, object]:
    """An answer for scripts; what it does not say is null. An *offer* has its own state too."""
    said = {name: value for name, value in asdict(response).items() if name not in _INNER}
    said |= {"at": response.at.isoformat(), "on": _day(response.on), "until": _day(response.until)}
    taken_back_at = response.taken_back_at
    said["undone_at"] = taken_back_at.isoformat() if taken_back_at is not None else None
    if offer is not None:
        said |= {"offer": offer.state, "accept_until": offer.until.isoformat()}
    return {"by": response.actor, **{name: value or None for name, value in said.items()}}


def _day(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None
