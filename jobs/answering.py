"""Answering: one answer about a deadline in the course of being taken, in one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from jobs.offer_states import is_standing, states_by
from reminder.clock import known_zone, local_date
from reminder.crash_points import CrashPoint, passing
from reminder.errors import ResponseRefused
from reminder.escalation import next_escalation
from reminder.responses import Action, Linked, Person, Refusal, Which, refuse_unknown
from reminder.skips import SkipReason
from reminder.storage.answered import (
    AnsweredDeadline,
    change_deadlines,
    deadlines_of,
    load_deadline,
)
from reminder.storage.escalations import load_courses, take_back_level
from reminder.storage.events import add_event
from reminder.storage.grants import find_live, mark_used
from reminder.storage.planning import lock_agreements
from reminder.storage.register import hold_register, mark_agreements
from reminder.storage.required import require_agreement
from reminder.storage.responses import (
    ResponseRecord,
    add_response,
    load_by_link,
    load_responses,
)
from reminder.storage.stopping import stop_levels
from reminder.storage.undo import mark_undone

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from jobs.context import JobContext
    from reminder.rules import Rule

RESPONSE = "response"
"""The kind of the events that an answer leaves."""


@dataclass(frozen=True, slots=True)
class Responded:
    """What was answered, and what follows."""

    deadline: AnsweredDeadline
    """As it stands now."""
    record: ResponseRecord | None
    """The answer on record; None where it was so already without one."""
    is_new: bool
    """False where the same was on record before, and nothing was changed."""
    effects: tuple[str, ...]
    """What follows, in lines for a person."""


@contextmanager
def answering(
    context: JobContext,
    which: Which,
    who: Person,
    *,
    with_facts: bool = False,
    along: Connection | None = None,
) -> Iterator[Answering]:
    """One answer as one transaction; whatever raises undoes all of it.

    *with_facts* where the register is changed as well, and others that change it must wait.
    What is held is held in the order in which planning does it, so that nobody waits in a circle.
    *along* is a transaction of the caller's that it is to be part of.
    """
    if along is not None:
        yield _begun(context, along, which, who, with_facts=with_facts)
        return
    with context.database.write() as connection:
        yield _begun(context, connection, which, who, with_facts=with_facts)
        passing(CrashPoint.BEFORE_RESPONSE_COMMIT)
    passing(CrashPoint.AFTER_RESPONSE_COMMIT)


def _begun(
    context: JobContext, connection: Connection, which: Which, who: Person, *, with_facts: bool
) -> Answering:
    if with_facts:
        hold_register(connection)
    found = _find(connection, which)
    lock_agreements(connection, [found.agreement])
    # What belongs to no agreement is planned all at once, and so is held all at once.
    lock = bool(found.agreement) or not with_facts
    deadline = load_deadline(connection, found.id, lock=lock) or found
    if isinstance(which, Linked):
        _refuse_earlier_date(which, deadline)
    if who.grant_id:
        _refuse_dead_link(connection, who.grant_id, context.clock.now())
    return Answering(context, connection, deadline, who)


def _refuse_dead_link(connection: Connection, grant_id: str, now: datetime) -> None:
    """Whoever waited for this transaction may have lost the link to what went before."""
    if find_live(connection, grant_id, now) is None:
        raise ResponseRefused(
            "That link no longer works: the matter was handed over, or the link was ended.",
            Refusal.LINK_OVER,
        )


def _find(connection: Connection, which: Which) -> AnsweredDeadline:
    if isinstance(which, Linked):
        linked = load_deadline(connection, which.deadline_id)
        if linked is None:
            raise ResponseRefused(
                "The register no longer has the deadline that this is about.", Refusal.GONE
            )
        return linked
    if which.agreement:
        require_agreement(connection, which.agreement)
    kind, key = which.key()
    found = deadlines_of(connection, which.agreement)
    for deadline in found:
        if (deadline.kind, deadline.key.casefold()) == (kind, key.casefold()):
            return deadline
    raise refuse_unknown(which, (deadline.name for deadline in found if deadline.is_open))


def _refuse_earlier_date(which: Linked, deadline: AnsweredDeadline) -> None:
    if which.epoch is not None and deadline.epoch != which.epoch:
        due = deadline.due_text or deadline.due_on.isoformat()
        raise ResponseRefused(
            f"The date has changed since that mail: {deadline.name} is due on {due} now. Answer "
            "the mail about the new date.",
            Refusal.REDATED,
            due=deadline.due_on,
        )


class Answering:
    """One answer in the course of being taken."""

    def __init__(
        self, context: JobContext, connection: Connection, deadline: AnsweredDeadline, who: Person
    ) -> None:
        self.context = context
        self.connection = connection
        self.deadline = deadline
        self.who = who
        self.now: datetime = context.clock.now()
        default = context.policy.service.timezone
        self.today: date = local_date(self.now, known_zone(deadline.timezone, default))

    @property
    def rule(self) -> Rule | None:
        """The rule that the deadline follows; None where none does."""
        rules = self.context.policy.rules
        return next((rule for rule in rules if rule.name == self.deadline.rule), None)

    def require_open(self, what: str) -> None:
        """ResponseRefused where nothing is asked for any more."""
        deadline = self.deadline
        if not deadline.is_open:
            reason = f": {deadline.status_reason}" if deadline.status_reason else ""
            raise ResponseRefused(
                f"{deadline.name} is {deadline.status}{reason}; it can no longer be {what}.",
                Refusal.CLOSED,
                status=deadline.status,
            )

    def responses(self) -> list[ResponseRecord]:
        """The answers about the due date as it stands, oldest first."""
        found = load_responses(self.connection, [self.deadline.id])
        return [one for one in found if one.epoch == self.deadline.epoch]

    def last(self, *actions: Action) -> ResponseRecord | None:
        """The last of them that says so and was not taken back."""
        found = (one for one in reversed(self.responses()) if one.action in actions)
        return next((one for one in found if one.undone_at is None), None)

    def by_link(self, action: Action) -> ResponseRecord | None:
        """That answer, where it was given before by the same link and still stands."""
        found = [one for one in self._given() if one.action == action]
        states = states_by(self.connection, found, self.deadline, self.now)
        return next((one for one in found if is_standing(one, states)), None)

    def make_room(self, action: Action) -> None:
        """Have the link give that answer anew, where none that it gave stands any more: those
        that were not taken back are marked as if they were."""
        for one in self._given():
            if one.action == action and one.undone_at is None and one.id is not None:
                mark_undone(self.connection, one.id, self.now)

    def _given(self) -> list[ResponseRecord]:
        return load_by_link(self.connection, self.who.grant_id) if self.who.grant_id else []

    def keep(
        self,
        action: Action,
        *,
        until: date | None = None,
        to: str = "",
        decision: str = "",
        note: str = "",
        evidence: str = "",
        done_on: str = "",
        undo: str = "",
        said_as: Action | None = None,
    ) -> ResponseRecord:
        """Put the answer on record, with its event. *undo* is what was there before, as JSON;
        *said_as* what the event calls it, where it counts as something else."""
        who, deadline = self.who, self.deadline
        record = ResponseRecord(
            at=self.now,
            on=self.today,
            agreement=deadline.agreement,
            deadline_id=deadline.id,
            epoch=deadline.epoch,
            action=action.value,
            actor=who.by,
            via=who.via.value,
            until=until,
            to=to,
            decision=decision,
            note=": ".join(part for part in (note, who.note) if part),
            evidence=evidence,
            grant_id=who.grant_id,
            undo=undo,
        )
        record = add_response(self.connection, record)
        if who.grant_id:
            mark_used(self.connection, who.grant_id, self.now)
        # Findings count what nobody answered: the next scan looks at them again.
        mark_agreements(self.connection, [deadline.agreement], self.today)
        said = {
            "action": (said_as or action).value,
            "deadline": deadline.kind,
            "key": deadline.key,
            "epoch": deadline.epoch,
            "via": record.via,
            "until": until.isoformat() if until is not None else "",
            "to": to,
            "decision": decision,
            "note": record.note,
            "evidence": evidence,
            "done_on": done_on,
            "grant": who.grant_id,
        }
        data = {name: value for name, value in said.items() if value != ""}
        add_event(
            self.connection,
            self.now,
            RESPONSE,
            data,
            agreement=deadline.agreement,
            actor=who.by,
        )
        return record

    def acknowledge(self, until: date) -> None:
        """Nobody further up is told before *until*: not by what waits to leave either."""
        ids = [self.deadline.id]
        stop_levels(self.connection, ids, SkipReason.ACKNOWLEDGED, self.now)
        take_back_level(self.connection, ids, self.today)
        change_deadlines(self.connection, ids, acknowledged_until=until)
        self.read_again()

    def read_again(self) -> None:
        """After a change: the deadline as it stands now."""
        held = load_deadline(self.connection, self.deadline.id, lock=True)
        self.deadline = held or self.deadline

    def responded(self, record: ResponseRecord, *effects: str) -> Responded:
        """A new answer with what follows from it."""
        self.read_again()
        return Responded(self.deadline, record, True, tuple(one for one in effects if one))

    def repeated(self, record: ResponseRecord | None, why: str) -> Responded:
        """The same was on record; nothing was changed."""
        return Responded(self.deadline, record, False, (why,))

    def standing(self) -> str:
        """How the deadline stands now."""
        deadline = self.deadline
        reason = f" ({deadline.status_reason})" if deadline.status_reason else ""
        stops = "" if deadline.is_open else "; nothing more is told about it"
        return f"{deadline.name} is {deadline.status}{reason}{stops}"

    def next_notice(self) -> str:
        """When the next reminder is due, which no acknowledgement stops."""
        if self.deadline.next_on is None:
            return "no further reminder is planned"
        return f"the next reminder is due on {max(self.deadline.next_on, self.today)}"

    def going_up(self) -> str:
        """Who is told next, and when, if nobody answers again."""
        deadline, rule = self.deadline, self.rule
        if rule is None:
            return "no rule of the policy mails it"
        if not rule.escalate:
            return "its rule tells nobody further up"
        zone = self.context.policy.service.timezone
        course = load_courses(self.connection, [deadline.id], zone)[deadline.id]
        calendar = self.context.policy.calendar
        found = next_escalation(rule.escalate, deadline.level, course, calendar, self.today)
        if found is None:
            return "everybody whom its rule names further up has been told already"
        roles = ", ".join(rule.escalate[found.level - 1].to)
        if found.waits_for_mail:
            return f"{roles} would be told next; nobody is before a mail about it has left"
        return f"{roles} is told on {found.on}, unless somebody answers again or it is done"
