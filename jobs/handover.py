"""Hand-over: a matter gets another owner, who is told of it and has all his days again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.answering import Answering, Responded, answering
from jobs.facts import record_in
from jobs.planning import directory_of
from reminder.deadlines import DeadlineKind
from reminder.errors import NotFound, ResponseRefused
from reminder.near_names import near_names
from reminder.notices import OWNER_ROLE
from reminder.responses import Action, Person, Which
from reminder.skips import SkipReason
from reminder.storage.answered import change_deadlines, deadlines_of
from reminder.storage.stopping import stop_levels, stop_owners

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from jobs.context import JobContext
    from reminder.agreements import Contact
    from reminder.directory import Directory

"""The role that an agreement's own officer stands for."""


def hand_over(context: JobContext, which: Which, who: Person, to: str) -> Responded:
    """Make a contact of the directory the officer of the agreement, or of the follow-up.

    At once: whoever asks the new owner first does so before. What waits to leave for the old
    one stops, and the new one is told of the most urgent lead time reached.
    """
    with answering(context, which, who, with_facts=True) as answer:
        answer.require_open("handed over")
        directory = directory_of(answer.connection, context.policy)
        new = _contact(directory, answer.deadline.bureau, to, answer.today)
        deadline = answer.deadline
        old = deadline.officer or ""
        if old.casefold() == new.email.casefold():
            earlier = answer.last(Action.HANDOVER)
            return answer.repeated(earlier, f"{new.email} is the owner already")
        if not deadline.agreement and deadline.kind != DeadlineKind.FOLLOW_UP:
            raise ResponseRefused(
                f"{deadline.name} belongs to no agreement, so it has no owner; hand over the "
                "follow-ups that it is about."
            )
        before = _owners(answer)
        is_follow_up = deadline.kind == DeadlineKind.FOLLOW_UP
        table, key = ("follow_ups", "id") if is_follow_up else ("agreements", "ref")
        cells = {key: deadline.key if is_follow_up else deadline.agreement, "officer": new.email}
        fact = record_in(context, answer.connection, table, cells, must_exist=True, actor=who.by)
        answer.read_again()
        note = f"from {old or f'the officers of {deadline.bureau}'} to {new.email}"
        record = answer.keep(Action.HANDOVER, to=new.email, note=note)
        changed = [id_ for id_, owner in _owners(answer).items() if owner != before.get(id_)]
        lines = _take_over(answer, new.email, changed)
        failed = [f"it cannot be planned now: {error}" for error in fact.failed.values()]
        return answer.responded(record, *lines, *failed)


def _owners(answer: Answering) -> dict[int, str | None]:
    """The own officer of each open deadline of the agreement."""
    found = deadlines_of(answer.connection, answer.deadline.agreement)
    return {deadline.id: deadline.officer for deadline in found if deadline.is_open}


def _take_over(answer: Answering, new: str, changed: Sequence[int]) -> list[str]:
    """Stop what waits for the old owner, and have the new one told; what was done, in lines."""
    connection, named = answer.connection, answer.deadline
    reason = SkipReason.HANDED_OVER
    stopped = stop_owners(connection, changed, OWNER_ROLE, new, reason, answer.now)
    stop_levels(connection, [named.id], reason, answer.now)
    change_deadlines(connection, [named.id], acknowledged_until=None, level=0, escalate_on=None)
    # What was never told is told in its time, to the new owner.
    again = stopped | ({named.id} if named.told or named.snoozed_until else set())
    change_deadlines(
        connection, again, snoozed_until=answer.today, next_on=answer.today, again_for="owner"
    )
    answer.read_again()
    others = len(again - {named.id})
    lines = [f"{new} is told of it by the next scan"] if named.id in again else []
    if others:
        lines.append(f"{others} other matters that waited for the old owner are told anew as well")
    return [*lines, answer.next_notice()] if named.id not in again else lines


def _contact(directory: Directory, bureau: str, email: str, today: date) -> Contact:
    """The contact of that address, active today; NotFound names those like it."""
    known = directory.contact(bureau, email.strip(), today)
    if known is not None and known.is_active(today):
        return known
    people = {
        contact.email
        for held in directory.contacts.values()
        for contact in held
        if contact.is_active(today)
    }
    near = near_names(email, sorted(people))
    hint = f"did you mean {' or '.join(near)}?" if near else "reminder export contacts shows all."
    if known is not None:
        left = f"{known.email} has left" if known.active_to else f"{known.email} is not active yet"
        raise NotFound(f"{left}; hand it over to somebody who is there: {hint}")
    raise NotFound(
        f'The directory has no contact "{email}"; {hint} Whoever is new is imported first, '
        "with a bureau and a role."
    )
