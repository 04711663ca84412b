"""The forecast: the mails to come, by the production rules over time, writing nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from reminder.agreements import Dossier, FollowUp
from reminder.calendars import Due, WorkCalendar
from reminder.clock import local_date, start_of_day
from reminder.deadlines import Deadline, DeadlineKind, Gap
from reminder.directory import Directory
from reminder.firing import DueDeadline, Firing, NewNotice
from reminder.loose_follow_ups import plan_unattached
from reminder.plan_rules import PlanRules
from reminder.planned_deadlines import AgreementPlan, Answered, PlannedDeadline, StoredDeadline
from reminder.planner import plan_agreement

if TYPE_CHECKING:
    from reminder.policy import SendWindow


@dataclass(frozen=True, slots=True)
class ForetoldNotice:
    """A notice to come: the day on which it would leave, and for whom."""

    send_on: date
    """The first day of the send window on or after the day of the lead time."""
    notice: NewNotice
    derived_from: str
    """How the due date was derived."""
    next_on: date | None
    """The day of the notice after this one, if nothing happens."""
    dossier: Dossier | None
    """None for a follow-up that belongs to no agreement."""
    follow_up: FollowUp | None = None
    gaps: tuple[Gap, ...] = ()
    """What a finding consists of."""
    severity: str = ""


@dataclass(frozen=True, slots=True)
class _Told:
    """A notice that a scan would make on a day."""

    on: date
    notice: NewNotice
    deadline: Deadline
    next_on: date | None


@dataclass(frozen=True)
class Forecaster:
    """The policy and the contacts as they are at ``now``, run forward over the days."""

    rules: PlanRules
    directory: Directory
    send_window: SendWindow
    calendar: WorkCalendar
    default_zone: str
    now: datetime

    def of_agreement(
        self, dossier: Dossier, stored: Sequence[StoredDeadline], last: date
    ) -> Iterator[ForetoldNotice]:
        """The notices about one agreement from today until *last*, nearest first."""
        zone = self._zone(dossier.agreement.bureau)
        follow_ups = {follow_up.id: follow_up for follow_up in dossier.follow_ups}
        # Nothing leaves in a forecast: to wait for it would mean to plan every day anew.
        still = replace(dossier, is_being_told=False)

        def plan(before: Sequence[StoredDeadline], today: date) -> AgreementPlan:
            return plan_agreement(still, before, self.rules, self.directory, today)

        for told in self._run(plan, stored, zone, last):
            deadline = told.notice.deadline
            is_follow_up = deadline.kind == DeadlineKind.FOLLOW_UP.value
            send_on = self._leaves_on(told, zone)
            if send_on is None:
                continue
            yield ForetoldNotice(
                send_on,
                told.notice,
                told.deadline.derived_from,
                told.next_on,
                dossier,
                follow_ups.get(deadline.key) if is_follow_up else None,
                told.deadline.gaps,
                told.deadline.severity,
            )

    def of_unattached(
        self, follow_ups: Sequence[FollowUp], stored: Sequence[StoredDeadline], last: date
    ) -> Iterator[ForetoldNotice]:
        """The notices about follow-ups that belong to no agreement."""
        by_id = {follow_up.id: follow_up for follow_up in follow_ups}

        def plan(before: Sequence[StoredDeadline], today: date) -> AgreementPlan:
            return plan_unattached(follow_ups, before, self.rules, today)

        for told in self._run(plan, stored, self.default_zone, last):
            send_on = self._leaves_on(told, self._zone(told.notice.deadline.bureau))
            if send_on is None:
                continue
            yield ForetoldNotice(
                send_on,
                told.notice,
                told.deadline.derived_from,
                told.next_on,
                None,
                by_id.get(told.notice.deadline.key),
                told.deadline.gaps,
                told.deadline.severity,
            )

    def sample(self, dossier: Dossier, rule: str) -> ForetoldNotice | None:
        """A notice that *rule* gives about the agreement, whether or not it will be sent.

        The next lead time, or the last one where all are past; None where the rule matches
        no deadline of the agreement.
        """
        zone = self._zone(dossier.agreement.bureau)
        today = local_date(self.now, zone)
        plan = plan_agreement(dossier, (), self.rules, self.directory, today)
        mine = [planned for planned in plan.planned if planned.rule == rule]
        mine.sort(
            key=lambda planned: (planned.deadline.due.last < today, planned.deadline.due.first)
        )
        for number, planned in enumerate(mine):
            due = replace(_as_due(planned, number, zone), silent_reason="", told="")
            day = self._next_or_last_day(due, rule, today)
            fired = Firing(self.rules, self.directory, _always(day)).decide([due])
            if fired.failed:
                raise next(iter(fired.failed.values()))
            if fired.notices:
                by_id = {follow_up.id: follow_up for follow_up in dossier.follow_ups}
                return ForetoldNotice(
                    day,
                    fired.notices[0],
                    planned.deadline.derived_from,
                    fired.advances[0].next_on,
                    dossier,
                    by_id.get(due.key),
                    planned.deadline.gaps,
                    planned.deadline.severity,
                )
        return None

    def _next_or_last_day(self, due: DueDeadline, rule: str, today: date) -> date:
        found = next(known for known in self.rules.rules if known.name == rule)
        span = Due(due.due_on, due.due_last_on)
        leads = self.rules.schedule(found, due.lead_times).of(span, self.calendar)
        days = sorted(lead.day(span, self.calendar) for lead in leads)
        return next((day for day in days if day >= today), days[-1])

    def _run(
        self,
        plan: Callable[[Sequence[StoredDeadline], date], AgreementPlan],
        stored: Sequence[StoredDeadline],
        zone: str,
        last: date,
    ) -> Iterator[_Told]:
        """Scan day by day, skipping the days on which nothing can happen."""
        today = local_date(self.now, zone)
        before = list(stored)
        while today <= last:
            planned_now = plan(before, today)
            firing = Firing(self.rules, self.directory, _always(today))
            after: list[StoredDeadline] = []
            next_days = [planned_now.replan_on] if planned_now.replan_on else []
            for number, planned in enumerate(planned_now.planned):
                told, next_on, answered = planned.told, planned.next_on, planned.answered
                if next_on is not None and next_on <= today:
                    fired = firing.decide([_as_due(planned, number, zone)])
                    if fired.failed:
                        raise next(iter(fired.failed.values()))
                    advance = fired.advances[0]
                    told, next_on = advance.told, advance.next_on
                    answered = replace(answered, snoozed_until=advance.snoozed_until)
                    for notice in fired.notices:
                        yield _Told(today, notice, planned.deadline, next_on)
                if next_on is not None:
                    next_days.append(next_on)
                after.append(_as_stored(planned, number, told, answered))
            # Deadlines that are gone keep their history, in case the facts give them again.
            after.extend(planned_now.gone)
            before = after
            ahead = [day for day in next_days if day > today]
            if not ahead:
                return
            today = min(ahead)

    def _leaves_on(self, told: _Told, zone: str) -> date | None:
        """The day on which a notice leaves; None where it never does.

        The deadline's day begins in its own *zone*, the mail waits for the reader's window:
        who stands in may sit in another zone than the bureau that is responsible.
        """
        at = max(self.now, start_of_day(told.on, zone))
        theirs = self._zone(told.notice.recipient_bureau)
        opens_at = self.send_window.next_opening(at, theirs, self.calendar)
        if is_overtaken(opens_at, told.next_on, zone):
            return None
        return local_date(opens_at, theirs)

    def _zone(self, bureau: str) -> str:
        return self.directory.zone_of(bureau, self.default_zone)


def is_overtaken(leaves_at: datetime, next_on: date | None, zone: str) -> bool:
    """Whether the deadline's next notice takes the place of one that leaves at *leaves_at*.

    Made after the window closed on Friday, it waits for Monday, when the next may be due.
    """
    return next_on is not None and start_of_day(next_on, zone) <= leaves_at


def _always(day: date) -> Callable[[str], date]:
    return lambda _zone: day


def _as_due(planned: PlannedDeadline, number: int, zone: str) -> DueDeadline:
    deadline = planned.deadline
    return DueDeadline(
        id=planned.stored_id or -number - 1,
        agreement=deadline.agreement,
        kind=deadline.kind.value,
        key=deadline.key or "",
        bureau=deadline.bureau,
        timezone=zone,
        due_on=deadline.due.first,
        due_last_on=deadline.due.last,
        due_text=deadline.due.text,
        epoch=planned.epoch,
        rule=planned.rule,
        officer=deadline.officer,
        lead_times=deadline.lead_times,
        told=planned.told,
        silent_reason=deadline.silent.value if deadline.silent else "",
        status_reason=deadline.status_reason or deadline.silent_detail,
        snoozed_until=planned.answered.snoozed_until,
        acknowledged_until=planned.answered.acknowledged_until,
        level=planned.answered.level,
        escalate_on=planned.answered.escalate_on,
    )


def _as_stored(
    planned: PlannedDeadline, number: int, told: str, answered: Answered
) -> StoredDeadline:
    return StoredDeadline(
        id=planned.stored_id or -number - 1,
        kind=planned.deadline.kind,
        key=planned.deadline.key or "",
        due=planned.deadline.due,
        epoch=planned.epoch,
        status=planned.deadline.status,
        told=told,
        entered_on=planned.entered_on,
        answered=answered,
    )
