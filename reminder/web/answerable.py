"""Answerable: one matter as the reader of a link may answer it now, and what speaks against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from jobs.offer_states import is_standing, states_by
from jobs.planning import directory_of
from jobs.responsible import is_responsible
from reminder.clock import known_zone, local_date
from reminder.deadlines import DeadlineKind, DeadlineStatus
from reminder.errors import ResponseRefused
from reminder.responses import Action, Refusal, Via, check_snooze, refuse_done
from reminder.skips import SkipReason
from reminder.storage.answered import load_deadline
from reminder.storage.linked_notices import load_linked_notice
from reminder.storage.people import load_people
from reminder.storage.responses import load_by_link, load_responses

if TYPE_CHECKING:
    from jobs.context import JobContext
    from reminder.agreements import Contact
    from reminder.storage.answered import AnsweredDeadline
    from reminder.storage.grants import Grant
    from reminder.storage.linked_notices import LinkedNotice
    from reminder.storage.responses import ResponseRecord

ACTIONS: Mapping[str, Action] = {
    "ack": Action.ACKNOWLEDGE,
    "snooze": Action.SNOOZE,
    "done": Action.DONE,
    "handover": Action.OFFER,
    "decide": Action.DECIDE,
}
"""What forms post, and as what it goes on record; in the order in which pages offer it."""
POSTED: Mapping[str, str] = {action.value: name for name, action in ACTIONS.items()}


@dataclass(frozen=True, slots=True)
class Answerable:
    """What the register holds about a link's matter, with everything an answer depends on."""

    grant: Grant
    notice: LinkedNotice
    deadline: AnsweredDeadline
    given: tuple[ResponseRecord, ...]
    """What this link answered, oldest first."""
    offers: Mapping[int | None, str]
    """How what it offered stands, by the number of the answer, see ``offer_states.state_of``."""
    responses: tuple[ResponseRecord, ...]
    """What anybody answered about the due date as it stands."""
    reader: tuple[Contact, ...]
    """The entries of the directory with the address that the link was sent to."""
    colleagues: tuple[Contact, ...]
    """The bureau's active contacts whom mail reaches."""
    is_responsible: bool
    """Whether the reader may still answer (reliability R-ACT-02)."""
    today: date

    @property
    def closed(self) -> str:
        """Why nothing at all can be answered, in one word; empty where something can."""
        if self.notice.row.copy:
            return "copy"
        if self.notice.status is not DeadlineStatus.OPEN:
            return "closed"
        if self.grant.epoch != self.deadline.epoch:
            return "redated"
        return "" if self.is_responsible else "not_responsible"

    @property
    def is_acknowledged(self) -> bool:
        """Whether nobody further up is told for now, whoever said that it was seen."""
        until = self.deadline.acknowledged_until
        return until is not None and self.today < until

    @property
    def last_acknowledged(self) -> date | None:
        """The last day of that."""
        until = self.deadline.acknowledged_until
        return until - timedelta(days=1) if until is not None and self.is_acknowledged else None

    @property
    def is_snoozed(self) -> bool:
        """Whether nothing is told for now."""
        until = self.deadline.snoozed_until
        return until is not None and self.today < until

    def answered(self, action: Action) -> ResponseRecord | None:
        """That answer, where this link gave it and it still stands."""
        standing = (one for one in self.given if is_standing(one, self.offers))
        return next((one for one in standing if one.action == action), None)


def load_answerable(context: JobContext, grant: Grant) -> Answerable:
    """Read all that in one go. LookupError where the register no longer has the matter."""
    if grant.notice_id is None or grant.deadline_id is None:
        raise LookupError("a grant for answers without a notice")
    with context.database.read() as connection:
        notice = load_linked_notice(connection, grant.notice_id)
        deadline = load_deadline(connection, grant.deadline_id)
        if deadline is None:
            raise LookupError(f"deadline {grant.deadline_id} of a grant is not there")
        given = load_by_link(connection, grant.id)
        offers = states_by(connection, given, deadline, context.clock.now())
        responses = load_responses(connection, [deadline.id])
        reader = load_people(connection, grant.recipient)
        directory = directory_of(connection, context.policy, [deadline.bureau])
        zone = known_zone(deadline.timezone, context.policy.service.timezone)
        today = local_date(context.clock.now(), zone)
        may_answer = is_responsible(
            connection, context.policy, grant.recipient, notice.row.role, deadline, today
        )
    held = directory.contacts.get(deadline.bureau, ())
    return Answerable(
        grant=grant,
        notice=notice,
        deadline=deadline,
        given=tuple(given),
        offers=offers,
        responses=tuple(one for one in responses if one.epoch == deadline.epoch),
        reader=tuple(reader),
        colleagues=tuple(
            contact
            for contact in held
            if contact.is_active(today) and not directory.is_dead(contact.email)
        ),
        is_responsible=may_answer,
        today=today,
    )


def refusals(context: JobContext, matter: Answerable) -> dict[str, ResponseRefused]:
    """The answers that such a matter does not take now, each with why; for any reader."""
    deadline = matter.deadline
    found: dict[str, ResponseRefused] = {}
    if (late := _refuse_snooze(matter)) is not None:
        found["snooze"] = late
    not_done = refuse_done(deadline.kind, deadline.key, deadline.agreement, context.policy.findings)
    if not_done is not None:
        found["done"] = not_done
    if not deadline.agreement and deadline.kind != DeadlineKind.FOLLOW_UP:
        found["handover"] = ResponseRefused("It has no owner.", Refusal.NOT_HANDED_OVER)
    if deadline.kind != DeadlineKind.EXPIRY:
        found["decide"] = ResponseRefused("It asks for no decision.", Refusal.NO_DECISION)
    return found


def earlier_snoozes(matter: Answerable) -> int:
    """How often it was put off already for the due date as it stands."""
    return sum(one.action == Action.SNOOZE for one in matter.responses)


def _refuse_snooze(matter: Answerable) -> ResponseRefused | None:
    """Why not even tomorrow could be named."""
    deadline = matter.deadline
    if deadline.silent_reason == SkipReason.STALE:
        return ResponseRefused("Nobody is told of it.", Refusal.SILENT)
    tomorrow = matter.today + timedelta(days=1)
    try:
        check_snooze(tomorrow, matter.today, deadline.due_on, earlier_snoozes(matter), Via.WEB)
    except ResponseRefused as refused:
        return refused
    return None
