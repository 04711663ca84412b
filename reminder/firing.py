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
from reminder.notices import recipients_for
from reminder.occurrences import Decision
from reminder.planner import PlanRules
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
        if rule is None:
            # The rule is gone; planning under the new policy gives another or none.
            fired.advances.append(Advance(deadline.id, deadline.told, None))
            return
        decision = self._decision(deadline, rule, today)
        told = deadline.told
        if decision.occurrence is not None:
            code = decision.occurrence.lead_time.code
            if deadline.silent_reason:
                reason = SkipReason(deadline.silent_reason)
                fired.skips.append(NewSkip(deadline, code, reason, today, deadline.status_reason))
            else:
                detail = f"{code} was reached first"
                fired.skips.extend(
                    NewSkip(deadline, lead.code, SkipReason.SUPERSEDED, today, detail)
                    for lead in decision.superseded
                )
                # With nobody to tell it stays untold, and goes out when somebody is there.
                if self._address(deadline, rule, code, today, fired):
                    told = code
        fired.advances.append(Advance(deadline.id, told, decision.next_on))

    def _decision(self, deadline: DueDeadline, rule: Rule, today: date) -> Decision:
        schedule = self._rules.schedule(rule, deadline.lead_times)
        due = Due(deadline.due_on, deadline.due_last_on, deadline.due_text)
        told = LeadTime.parse(deadline.told) if deadline.told else None
        return self._rules.timetables.of(due, schedule).decide(told, today)

    def _address(
        self, deadline: DueDeadline, rule: Rule, code: str, today: date, fired: Fired
    ) -> bool:
        """Make the notices of one occurrence; whether there was anybody to tell."""
        addressed = recipients_for(
            self._directory, deadline.bureau, deadline.officer, rule.to, rule.cc, today
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
