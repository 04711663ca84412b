"""Escalation: nobody acknowledged in time -> the next level is told, one at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from jobs import adoption, guards
from jobs.enqueueing import enqueue, grouping_of
from jobs.planning import directory_of, todays
from jobs.replanning import todays_by_zone
from reminder.crash_points import CrashPoint, passing
from reminder.errors import describe
from reminder.escalation import Escalation, escalates_next, next_escalation
from reminder.firing import NewNotice, NewSkip
from reminder.notices import next_in_line
from reminder.skips import SkipReason
from reminder.storage.engine import is_damage
from reminder.storage.escalations import (
    Escalated,
    load_courses,
    load_to_escalate,
    store_escalated,
    zones_to_escalate,
)
from reminder.storage.events import event_row, insert_events
from reminder.storage.notices import insert_skips
from reminder.storage.planning import clear_put_offs, clear_service, put_off, read_service

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from jobs.context import JobContext
    from jobs.grouping import Grouping
    from reminder.calendars import WorkCalendar
    from reminder.directory import Directory
    from reminder.escalation import Course
    from reminder.firing import DueDeadline
    from reminder.notices import Recipient
    from reminder.rules import Rule

BATCH = 500
"""Deadlines in one transaction."""
TEMPLATE = "escalation"
ESCALATION = "escalation"
"""The kind of the events that name whom a level of a deadline was told to."""


@dataclass
class EscalateReport:
    """What a run did, in numbers."""

    looked_at: int = 0
    told: int = 0
    """Deadlines that went up by a level."""
    notices: int = 0
    messages: int = 0
    skips: int = 0
    errors: dict[str, str] = field(default_factory=dict)
    """Agreements that raised, with the reason; they are put off for an hour."""
    refused: str = ""
    """Why nothing was looked at at all; empty where it was."""


def escalate(context: JobContext) -> EscalateReport:
    """Tell the next level of every open deadline that nobody answered in time.

    Reads only rows whose day has come. Running it twice, or two at once, changes nothing the
    second time: a deadline that was looked at has a later day.
    """
    now = context.clock.now()
    report = EscalateReport(refused=guards.refusal(context) or adoption.refusal(context))
    if report.refused:
        return report
    with context.database.read() as connection:
        zones = zones_to_escalate(connection, todays_by_zone(context, connection, now), now)
        is_restored = bool(read_service(connection, "restored_levels"))
        if not (zones or is_restored):
            return report  # nearly always: one look at an index
        directory = directory_of(connection, context.policy)
    run = _Run(context, directory, now)
    for zone in zones:
        while _batch(context, run, zone, report):
            pass  # until nothing is left to look at, or another job holds the rest
    if is_restored:
        with context.database.write() as connection:
            clear_service(connection, "restored_levels")
    context.log.info(
        "escalate_done",
        looked_at=report.looked_at,
        told=report.told,
        notices=report.notices,
        messages=report.messages,
        skips=report.skips,
        errors=len(report.errors),
    )
    return report


def due_now(context: JobContext) -> Sequence[NewNotice]:
    """The notices that a run would make now, writing nothing; at most those of one batch a zone."""
    now = context.clock.now()
    notices: list[NewNotice] = []
    with context.database.read() as connection:
        zones = zones_to_escalate(connection, todays_by_zone(context, connection, now), now)
        if zones:
            run = _Run(context, directory_of(connection, context.policy), now)
        for zone in zones:
            due = load_to_escalate(connection, zone, run.today_in(zone), now, BATCH)
            notices.extend(run.decide(connection, due).notices)
    return notices


def _batch(context: JobContext, run: _Run, zone: str, report: EscalateReport) -> bool:
    """Decide one batch of a zone's deadlines, in one transaction; whether more may be left."""
    now, today = run.now, run.today_in(zone)
    try:
        with context.database.write() as connection:
            due = load_to_escalate(connection, zone, today, now, BATCH, lock=True)
            decided = run.decide(connection, due)
            messages = run.store(connection, decided)
            passing(CrashPoint.BEFORE_ESCALATION_COMMIT)
    # Whatever a single row did to the whole batch must not stop the other rows.
    except Exception:
        context.log.exception("escalate_batch_failed", zone=zone)
        return _one_by_one(context, run, zone, report)
    passing(CrashPoint.AFTER_ESCALATION_COMMIT)
    _add(report, decided, messages)
    return len(due) == BATCH


def _one_by_one(context: JobContext, run: _Run, zone: str, report: EscalateReport) -> bool:
    """The batch again, each deadline in a transaction of its own; whether there were any."""
    now, today = run.now, run.today_in(zone)
    with context.database.read() as connection:
        due = load_to_escalate(connection, zone, today, now, BATCH)
    for row in due:
        try:
            with context.database.write() as connection:
                mine = load_to_escalate(connection, zone, today, now, 1, lock=True, ids=[row.id])
                decided = run.decide(connection, mine)
                messages = run.store(connection, decided)
        except Exception as error:
            if is_damage(error):
                raise  # no agreement's fault: a corrupt file must not look like a quiet day
            context.log.exception("escalate_failed", agreement=row.subject)
            report.errors[row.subject] = describe(error)
            with context.database.write() as connection:
                put_off(connection, row.subject, describe(error), now)
            continue
        _add(report, decided, messages)
    return bool(due)


def _add(report: EscalateReport, decided: _Decided, messages: int) -> None:
    report.looked_at += decided.looked_at
    report.told += decided.told
    report.notices += len(decided.notices)
    report.messages += messages
    report.skips += len(decided.skips)
    report.errors.update({ref: describe(error) for ref, error in decided.failed.items()})


@dataclass
class _Decided:
    """What was decided about a batch of deadlines."""

    looked_at: int = 0
    told: int = 0
    notices: list[NewNotice] = field(default_factory=list)
    skips: list[NewSkip] = field(default_factory=list)
    rows: list[Escalated] = field(default_factory=list)
    events: list[dict[str, object]] = field(default_factory=list)
    failed: dict[str, Exception] = field(default_factory=dict)
    subjects: set[str] = field(default_factory=set)


class _Run:
    """The policy, the contacts and the instant of one run, applied to deadlines."""

    def __init__(self, context: JobContext, directory: Directory, now: datetime) -> None:
        self._context = context
        self._directory = directory
        self._rules: Mapping[str, Rule] = {rule.name: rule for rule in context.policy.rules}
        self._calendar: WorkCalendar = context.policy.calendar
        self.now = now
        self.today_in: Callable[[str], date] = todays(now)

    @cached_property
    def grouping(self) -> Grouping:
        """How the notices share messages."""
        return grouping_of(self._context, self._directory, self.now)

    def decide(self, connection: Connection, due: Sequence[DueDeadline]) -> _Decided:
        """Decide each deadline; one that raises is named in ``failed`` and stops no other."""
        decided = _Decided()
        zone = self._context.policy.service.timezone
        courses = load_courses(connection, [deadline.id for deadline in due], zone)
        for deadline in due:
            decided.looked_at += 1
            try:
                self._decide(deadline, courses[deadline.id], decided)
            # One bad record never stops the others (reliability I-8).
            except Exception as error:
                self._context.log.exception("escalate_failed", agreement=deadline.subject)
                decided.failed[deadline.subject] = error
            else:
                decided.subjects.add(deadline.subject)
        return decided

    def _decide(self, deadline: DueDeadline, course: Course, decided: _Decided) -> None:
        today = self.today_in(deadline.timezone)
        rule = self._rules.get(deadline.rule)
        found: Escalation | None = None
        # What is silent or follows no rule begins again with its next notice, if it has one.
        if rule is not None and not deadline.silent_reason:
            found = next_escalation(rule.escalate, deadline.level, course, self._calendar, today)
        level = deadline.level
        if rule is not None and found is not None and found.is_due(today):
            self._tell(deadline, rule, course, today, decided)
            level += 1
            following = escalates_next(rule, level, course, self._calendar, today)
            look_on = following.on if following is not None else None
        else:
            look_on = found.on if found is not None else None
            if found is not None and found.held_back is not None:
                detail = f"level {found.level} is told from {found.on} on, if nobody answers"
                decided.skips.append(self._skip(deadline, found.held_back, detail, today))
        decided.rows.append(Escalated(deadline.id, level, look_on))

    def _tell(
        self, deadline: DueDeadline, rule: Rule, course: Course, today: date, decided: _Decided
    ) -> None:
        """Make the notices of the next level, each for somebody who was not told yet."""
        level = deadline.level + 1
        told = list(course.recipients)
        notices: list[NewNotice] = []
        for role in rule.escalate[level - 1].to:
            people = next_in_line(
                self._directory, deadline.bureau, deadline.officer, role, told, today
            )
            if not people:
                detail = f"level {level}: nobody is left to be told for {role}"
                decided.skips.append(self._skip(deadline, SkipReason.NO_SUPERIOR, detail, today))
            told.extend(person.email for person in people)
            notices.extend(
                _notice(deadline, person, level, today, once_more=course.is_handed_over)
                for person in people
            )
        decided.notices.extend(notices)
        decided.told += bool(notices)
        data = {
            "deadline": deadline.kind,
            "key": deadline.key,
            "epoch": deadline.epoch,
            "level": level,
            "told": [[notice.role, notice.recipient] for notice in notices],
        }
        decided.events.append(event_row(self.now, ESCALATION, data, agreement=deadline.agreement))

    @staticmethod
    def _skip(deadline: DueDeadline, reason: SkipReason, detail: str, today: date) -> NewSkip:
        return NewSkip(deadline, deadline.told, reason, today, detail)

    def store(self, connection: Connection, decided: _Decided) -> int:
        """Write one batch of decisions; how many messages are new."""
        grouped = enqueue(connection, decided.notices, self.grouping, self.now)
        insert_skips(connection, decided.skips, self.now)
        store_escalated(connection, decided.rows)
        insert_events(connection, decided.events)
        for subject, error in decided.failed.items():
            put_off(connection, subject, describe(error), self.now)
        # What was put off is only looked at again once its hour is over: this went well.
        clear_put_offs(connection, sorted(decided.subjects - decided.failed.keys()))
        return len(grouped.messages)


def _notice(
    deadline: DueDeadline, person: Recipient, level: int, today: date, *, once_more: bool
) -> NewNotice:
    return NewNotice(
        deadline=deadline,
        lead_time=deadline.told,
        role=person.role,
        recipient=person.email,
        recipient_name=person.name,
        recipient_bureau=person.bureau,
        copy=False,
        fallback=person.fallback,
        successor_of="",
        template=TEMPLATE,
        made_on=today,
        message_id="",
        level=level,
        once_more=once_more,
    )
