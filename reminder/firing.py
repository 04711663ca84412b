"""Firing: due deadlines, decided one by one -> notices, skips and the next day of each.

Shared by the scan, which stores what is decided, and by the forecast, which does not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from reminder.calendars import Due
from reminder.directory import Directory
from reminder.lead_times import LeadTime
from reminder.notices import OWNER_ROLE, Recipient, recipients_for
from reminder.occurrences import Decision
from reminder.plan_rules import PlanRules
from reminder.skips import SkipReason

if TYPE_CHECKING:
    from reminder.rules import Rule


FOLLOW_UP_SUBJECT = "follow-up "
"""What stands before the id of a follow-up that belongs to no agreement."""


@dataclass(frozen=True, slots=True)
class DueDeadline:
    """An open deadline whose rule can fire today, with what deciding needs."""

    id: int
    agreement: str
    kind: str
    key: str
    bureau: str
    timezone: str
    due_on: date
    due_last_on: date
    due_text: str
    epoch: int
    rule: str
    officer: str | None
    lead_times: str
    told: str
    silent_reason: str
    status_reason: str
    snoozed_until: date | None = None
    acknowledged_until: date | None = None
    level: int = 0
    escalate_on: date | None = None
    again_for: str = ""
    """``owner`` where only the officer is told once more, after a hand-over; empty: everybody."""

    @property
    def subject(self) -> str:
        """What is put off where deciding fails: the agreement, or the follow-up of none."""
        return self.agreement or follow_up_subject(self.key)


def follow_up_subject(follow_up: str) -> str:
    """How a follow-up that belongs to no agreement is named among what was put off."""
    return f"{FOLLOW_UP_SUBJECT}{follow_up}"


@dataclass(frozen=True, slots=True)
class NewNotice:
    """A notice to be stored, inside the message ``message_id``."""

    deadline: DueDeadline
    lead_time: str
    role: str
    recipient: str
    recipient_name: str
    recipient_bureau: str
    """Empty for the service admin, who is told in the service's own zone and language."""
    copy: bool
    fallback: str
    successor_of: str
    template: str
    made_on: date
    message_id: str
    repeat_no: int = 0
    level: int = 0
    """Told by that step of the rule's ``escalate``, counted from 1; 0 for the rule's own."""
    once_more: bool = False
    """Whether it is told again though it was told before: a snooze or a hand-over is behind it."""


@dataclass(frozen=True, slots=True)
class NewSkip:
    """A decision not to send, to be stored with its reason."""

    deadline: DueDeadline
    lead_time: str
    reason: SkipReason
    on: date
    detail: str = ""
    recipient: str = ""


@dataclass(frozen=True, slots=True)
class Advance:
    """Where a deadline stands after a scan looked at it."""

    deadline_id: int
    told: str
    next_on: date | None
    snoozed_until: date | None = None
    escalate_on: date | None = None
    """The day on which to look whether somebody further up is to be told; None: on none."""
    again_for: str = ""


@dataclass
class Fired:
    """What was decided about a batch of due deadlines."""

    looked_at: int = 0
    notices: list[NewNotice] = field(default_factory=list)
    """Without a message yet: ``message_id`` is empty until they are grouped."""
    skips: list[NewSkip] = field(default_factory=list)
    advances: list[Advance] = field(default_factory=list)
    failed: dict[str, Exception] = field(default_factory=dict)
    """By subject: an agreement, or a follow-up of none."""
    subjects: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Fires:
    """What goes out about one deadline, and what therefore never does."""

    code: str
    """The lead time; empty where nothing does."""
    once_more: bool = False
    passed: tuple[NewSkip, ...] = ()


class Firing:
    """The policy, the contacts and the instant of one scan, applied to due deadlines."""

    def __init__(
        self,
        rules: PlanRules,
        directory: Directory,
        today_in: Callable[[str], date],
    ) -> None:
        """*today_in* gives the date in a zone: at the instant of the scan, or foretold."""
        self._rules = rules
        self._by_name: Mapping[str, Rule] = {rule.name: rule for rule in rules.rules}
        self._directory = directory
        self._today_in = today_in

    def decide(self, due: Sequence[DueDeadline]) -> Fired:
        """Decide each deadline; one that raises is named in ``failed`` and stops no other."""
        fired = Fired()
        for deadline in due:
            fired.looked_at += 1
            try:
                self._decide(deadline, fired)
            # One bad record never stops the others (reliability I-8).
            except Exception as error:
                fired.failed[deadline.subject] = error
            else:
                fired.subjects.add(deadline.subject)
        return fired

    def _decide(self, deadline: DueDeadline, fired: Fired) -> None:
        today = self._today_in(deadline.timezone)
        rule = self._by_name.get(deadline.rule)
        snoozed, escalate_on = deadline.snoozed_until, deadline.escalate_on
        if rule is None or (snoozed is not None and today < snoozed):
            # The rule is gone; planning under the new policy gives another or none.
            next_on = snoozed if rule is not None else None
            fired.advances.append(
                Advance(
                    deadline.id, deadline.told, next_on, snoozed, escalate_on, deadline.again_for
                )
            )
            return
        decision = self._decision(deadline, rule, today)
        told = deadline.told
        fires = self._fires(deadline, decision, today)
        if fires.code and deadline.silent_reason:
            if not fires.once_more:
                reason = SkipReason(deadline.silent_reason)
                detail = deadline.status_reason
                fired.skips.append(NewSkip(deadline, fires.code, reason, today, detail))
        elif fires.code:
            fired.skips.extend(fires.passed)
            # With nobody to tell it stays untold, and goes out when somebody is there.
            if self._address(deadline, rule, fires, today, fired):
                told = fires.code
                escalate_on = escalate_on or self._first_look(deadline, rule, today)
        fired.advances.append(Advance(deadline.id, told, decision.next_on, escalate_on=escalate_on))

    def _fires(self, deadline: DueDeadline, decision: Decision, today: date) -> _Fires:
        """What goes out. After a snooze the most urgent lead time does, once more if need be."""
        until = deadline.snoozed_until
        found = decision.occurrence
        if found is None:
            return _Fires(deadline.told if until is not None else "", once_more=True)
        code = found.lead_time.code
        reason, detail = SkipReason.SUPERSEDED, f"{code} was reached first"
        if until is not None:
            reason, detail = SkipReason.SNOOZED, f"nothing was to be told before {until}"
        return _Fires(
            code,
            passed=tuple(
                NewSkip(deadline, lead.code, reason, today, detail) for lead in decision.superseded
            ),
        )

    def _first_look(self, deadline: DueDeadline, rule: Rule, today: date) -> date | None:
        """The first day on which the next level can be told; None where none is left."""
        if deadline.level >= len(rule.escalate):
            return None
        after = rule.escalate[deadline.level].after
        return self._rules.terms.calendar.add_working_days(today, after)

    def _decision(self, deadline: DueDeadline, rule: Rule, today: date) -> Decision:
        schedule = self._rules.schedule(rule, deadline.lead_times)
        due = Due(deadline.due_on, deadline.due_last_on, deadline.due_text)
        told = LeadTime.parse(deadline.told) if deadline.told else None
        return self._rules.timetables.of(due, schedule).decide(told, today)

    def _address(
        self, deadline: DueDeadline, rule: Rule, fires: _Fires, today: date, fired: Fired
    ) -> bool:
        """Make the notices of one occurrence; whether there was anybody to tell.

        Whoever was told because nobody answered goes on being told, unless somebody has.
        """
        code = fires.code
        until = deadline.acknowledged_until
        is_answered = until is not None and today < until
        levels = () if is_answered else tuple(step.to for step in rule.escalate[: deadline.level])
        addressed = recipients_for(
            self._directory, deadline.bureau, deadline.officer, rule.to, rule.cc, today, levels
        )
        for recipient in addressed.recipients:
            fired.notices.append(
                NewNotice(
                    deadline=deadline,
                    lead_time=code,
                    role=recipient.role,
                    recipient=recipient.email,
                    recipient_name=recipient.name,
                    recipient_bureau=recipient.bureau,
                    copy=recipient.copy,
                    fallback=recipient.fallback,
                    successor_of=recipient.successor_of,
                    template=rule.template,
                    made_on=today,
                    message_id="",
                    level=recipient.level,
                    once_more=fires.once_more and _is_told_again(deadline, recipient),
                )
            )
        fired.skips.extend(
            NewSkip(
                deadline,
                code,
                SkipReason.SAME_RECIPIENT,
                today,
                f"told already in another role than {recipient.role}",
                recipient.email,
            )
            for recipient in addressed.same_person
        )
        if not addressed.recipients:
            roles = ", ".join(addressed.missing_roles or rule.to)
            detail = f"nobody holds {roles}, and no service admin is set"
            fired.skips.append(NewSkip(deadline, code, SkipReason.NO_RECIPIENT, today, detail))
        return bool(addressed.recipients)


def _is_told_again(deadline: DueDeadline, recipient: Recipient) -> bool:
    """After a hand-over the others have the notice, and need it no second time."""
    if not deadline.again_for:
        return True
    return recipient.role == OWNER_ROLE and not recipient.copy
