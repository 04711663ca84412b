"""Escalation: nobody acknowledged in time -> which level is told, and on which day. Pure.

Levels are the steps of a rule's ``escalate``, counted from 1. Working days are counted from
the day on which the first notice of the epoch was sent, that day itself never; the days of an
acknowledgement or a snooze do not count, and counting goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from reminder.calendars import WorkCalendar
from reminder.rules import EscalationStep, Rule
from reminder.skips import SkipReason

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Pause:
    """Days of the bureau that do not count: from ``first`` until the day before ``until``."""

    first: date
    until: date
    reason: SkipReason
    """``ACKNOWLEDGED`` or ``SNOOZED``."""

    def covers(self, day: date) -> bool:
        """Whether that day is one of them."""
        return self.first <= day < self.until


@dataclass(frozen=True, slots=True)
class Answer:
    """What an answer does to the counting."""

    action: str
    """``acknowledge``, ``snooze``, ``decide``, ``handover`` or ``done``."""
    on: date
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """A notice of the epoch that asks its recipient for something; copies are none."""

    recipient: str
    level: int
    """0 for the rule's own recipients and who was told in their stead."""
    made_on: date
    sent_on: date | None
    """The bureau's day on which it left; None where it did not, or came back."""
    is_waiting: bool
    """Whether it may still leave."""


@dataclass(frozen=True, slots=True)
class Course:
    """What was told about a deadline in its epoch, since its owner last changed, and answered."""

    told: tuple[Told, ...] = ()
    pauses: tuple[Pause, ...] = ()
    is_handed_over: bool = False
    """Whether it began anew with another owner: who was told before is told once more."""

    @property
    def recipients(self) -> tuple[str, ...]:
        """Everybody who was told, whether or not the mail arrived."""
        return tuple(one.recipient for one in self.told)


@dataclass(frozen=True, slots=True)
class Escalation:
    """The level that comes next."""

    level: int
    on: date
    """A working day, today or later: that on which it is told if nobody answers; while a mail
    has not left yet, that on which to look again."""
    waits_for_mail: bool = False
    """Whether nobody can be told yet, since those before have not got their mail."""
    held_back: SkipReason | None = None
    """Why it is not told today, where its day has come; None where it is told or lies ahead."""

    def is_due(self, today: date) -> bool:
        """Whether it is told today."""
        return not self.waits_for_mail and self.on <= today


def pauses_of(answers: Iterable[Answer]) -> tuple[Pause, ...]:
    """The days that do not count, by the answers of one epoch in the order they came.

    A later snooze takes the place of the one before. After a hand-over the new owner's days
    count from the beginning, whatever the old one answered.
    """
    found: list[Pause] = []
    for answer in answers:
        if answer.action == "handover":
            found.clear()
        elif answer.until is not None and answer.action == "snooze":
            found = [_cut(pause, answer.on) for pause in found]
            found.append(Pause(answer.on, answer.until, SkipReason.SNOOZED))
        elif answer.until is not None:
            found.append(Pause(answer.on, answer.until, SkipReason.ACKNOWLEDGED))
    return tuple(pause for pause in found if pause.first < pause.until)


def _cut(pause: Pause, on: date) -> Pause:
    """A snooze ends with the next one."""
    if pause.reason is not SkipReason.SNOOZED:
        return pause
    return replace(pause, until=min(pause.until, on))


def next_escalation(
    steps: Sequence[EscalationStep],
    level: int,
    course: Course,
    calendar: WorkCalendar,
    today: date,
) -> Escalation | None:
    """What comes after *level* was told; None where that is the last one.

    One level at a time: after a downtime the lowest that was not told comes first and the
    next one a working day later at the earliest, so that nobody's superior hears of it before
    he could act. Nobody is told on a day off, nor before the mail to the one before has left.
    """
    if level >= len(steps):
        return None
    since = first_sent(course)
    if since is None and level:
        # The mail to the first one came back after the level above had been told.
        since = min((one.sent_on for one in course.told if one.sent_on), default=None)
    last = _last_level(course, level)
    if since is None or last.waits:
        again = calendar.add_working_days(today, 1)
        return Escalation(level + 1, again, waits_for_mail=True)
    earliest = calendar.add_working_days(last.on, 1) if last.on is not None else since
    after = steps[level].after

    def day(pauses: Sequence[Pause]) -> date:
        return max(nth_working_day(since, after, pauses, calendar), earliest)

    on = max(day(course.pauses), today)
    while calendar.is_day_off(on) or _pause_on(on, course.pauses):
        on += _DAY
    pause = _pause_on(today, course.pauses)
    is_held = pause is not None and day(()) <= today
    return Escalation(level + 1, on, held_back=pause.reason if pause and is_held else None)


@dataclass(frozen=True, slots=True)
class _Last:
    """How the level told last stands."""

    on: date | None
    """The day on which its first mail left; None at level 0, or where there was nobody to tell."""
    waits: bool


def _last_level(course: Course, level: int) -> _Last:
    if level == 0:
        return _Last(None, waits=False)
    mine = [one for one in course.told if one.level == level]
    sent = [one.sent_on for one in mine if one.sent_on is not None]
    if sent:
        return _Last(min(sent), waits=False)
    if any(one.is_waiting for one in mine):
        return _Last(None, waits=True)
    # None of its mails arrived and none will: the matter goes on upwards all the same.
    return _Last(max((one.made_on for one in mine), default=None), waits=False)


def first_sent(course: Course) -> date | None:
    """The day on which the first of the rule's own notices left; None where none has."""
    return min((one.sent_on for one in course.told if one.sent_on and not one.level), default=None)


def nth_working_day(
    since: date, number: int, pauses: Sequence[Pause], calendar: WorkCalendar
) -> date:
    """The *number*-th working day after *since*, those of *pauses* left out."""
    day, left = since, number
    while left:
        day += _DAY
        if not calendar.is_day_off(day) and _pause_on(day, pauses) is None:
            left -= 1
    return day


def _pause_on(day: date, pauses: Sequence[Pause]) -> Pause | None:
    return next((pause for pause in pauses if pause.covers(day)), None)


@dataclass(frozen=True, slots=True)
class EscalatesNext:
    """Who is told next where nobody answers, as a mail says it."""

    role: str
    on: date


def escalates_next(
    rule: Rule, level: int, course: Course, calendar: WorkCalendar, today: date
) -> EscalatesNext | None:
    """Who is told after *level*, and when, by a mail that leaves *today*; None: nobody is.

    Where nothing of *course* has left yet, that very mail is the first notice.
    """
    if level >= len(rule.escalate):
        return None
    now_sent = [Told("", level, today, today, is_waiting=False)]
    if first_sent(course) is None:
        now_sent.append(Told("", 0, today, today, is_waiting=False))
    as_sent = replace(course, told=(*course.told, *now_sent))
    found = next_escalation(rule.escalate, level, as_sent, calendar, today)
    return EscalatesNext(rule.escalate[level].to[0], found.on) if found is not None else None
