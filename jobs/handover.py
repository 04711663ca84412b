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
from reminder.responses import Action, Person, Refusal, Via, Which
from reminder.skips import SkipReason
from reminder.storage.answered import AnsweredDeadline, change_deadlines, deadlines_of
from reminder.storage.grants import revoke_role_links
from reminder.storage.hand_overs import withdraw_offers
from reminder.storage.stopping import stop_levels, stop_owners
from reminder.storage.undo import FactChange

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from jobs.context import JobContext
    from reminder.agreements import Contact
    from reminder.directory import Directory


def hand_over(context: JobContext, which: Which, who: Person, to: str) -> Responded:
    """Make a contact of the directory the officer of the agreement, or of the follow-up.

    At once: whoever asks the new owner first does so before. What waits to leave for the old
    one stops, and the new one is told of the most urgent lead time reached.
    """
    with answering(context, which, who, with_facts=True) as answer:
        answer.require_open("handed over")
        directory = directory_of(answer.connection, context.policy)
        new = contact_of(directory, answer.deadline.bureau, to, answer.today)
        if (answer.deadline.officer or "").casefold() == new.email.casefold():
            earlier = answer.last(Action.HANDOVER)
            return answer.repeated(earlier, f"{new.email} is the owner already")
        require_owned(answer.deadline)
        require_reached(directory, new)
        return give_to(answer, new.email)


def give_to(answer: Answering, new: str, said_as: Action = Action.HANDOVER) -> Responded:
    """Make that address the owner, with all that follows; empty for the officers of the bureau.

    Who was asked to be the owner, and has not answered, is asked no more.
    """
    context, connection, deadline = answer.context, answer.connection, answer.deadline
    before = _owners(answer)
    table, key = _kept_in(deadline)
    old = deadline.officer or ""
    cells = {**key, "officer": new}
    fact = record_in(context, connection, table, cells, must_exist=True, actor=answer.who.by)
    answer.read_again()
    officers = f"the officers of {deadline.bureau or 'no bureau'}"
    note = f"from {old or officers} to {new or officers}"
    change = FactChange(table, tuple(key.values()), {"officer": old}, {"officer": new})
    # At the shell an admin hands it back instead.
    undo = change.as_json() if answer.who.via is not Via.SHELL else ""
    record = answer.keep(Action.HANDOVER, to=new, note=note, undo=undo, said_as=said_as)
    withdrawn = withdraw_offers(
        connection, deadline.agreement, deadline.kind, deadline.id, answer.now
    )
    changed = [id_ for id_, owner in _owners(answer).items() if owner != before.get(id_)]
    revoke_role_links(connection, changed, OWNER_ROLE, new, answer.now)
    lines = _take_over(answer, new, changed)
    if withdrawn:
        lines.append("somebody was asked to be the owner, and is asked no more")
    failed = [f"it cannot be planned now: {error}" for error in fact.failed.values()]
    return answer.responded(record, *lines, *failed)


def require_owned(deadline: AnsweredDeadline) -> None:
    """ResponseRefused where a matter has no owner of its own to be changed."""
    if not deadline.agreement and deadline.kind != DeadlineKind.FOLLOW_UP:
        raise ResponseRefused(
            f"{deadline.name} belongs to no agreement, so it has no owner; hand over the "
            "follow-ups that it is about.",
            Refusal.NOT_HANDED_OVER,
        )


def require_reached(directory: Directory, new: Contact) -> None:
    """ResponseRefused where no mail would tell the new owner of anything."""
    if directory.is_dead(new.email):
        raise ResponseRefused(
            f"Mail to {new.email} comes back, so nobody there can be asked or told; correct the "
            "address in the register, or name somebody else.",
            Refusal.NOT_TO_THEM,
        )


def _kept_in(deadline: AnsweredDeadline) -> tuple[str, dict[str, str]]:
    """The table and the key of the row that names the owner."""
    if deadline.kind == DeadlineKind.FOLLOW_UP:
        return "follow_ups", {"id": deadline.key}
    return "agreements", {"ref": deadline.agreement}


def _owners(answer: Answering) -> dict[int, str | None]:
    """The own officer of each open deadline of the agreement."""
    found = deadlines_of(answer.connection, answer.deadline.agreement)
    return {deadline.id: deadline.officer for deadline in found if deadline.is_open}


def _take_over(answer: Answering, new: str, changed: Sequence[int]) -> list[str]:
    """Stop what waits for the old owner, and have the new one told; what was done, in lines.

    A matter that is closed meanwhile is told to nobody.
    """
    connection, named = answer.connection, answer.deadline
    reason = SkipReason.HANDED_OVER
    again = stop_owners(connection, changed, OWNER_ROLE, new, reason, answer.now)
    if named.is_open:
        stop_levels(connection, [named.id], reason, answer.now)
        change_deadlines(connection, [named.id], acknowledged_until=None, level=0, escalate_on=None)
        # What was never told is told in its time, to the new owner.
        again |= {named.id} if named.told or named.snoozed_until else set()
    change_deadlines(
        connection, again, snoozed_until=answer.today, next_on=answer.today, again_for="owner"
    )
    answer.read_again()
    others = len(again - {named.id})
    whom = new or "each of them"
    lines = [f"{whom} is told of it by the next scan"] if named.id in again else []
    if others:
        lines.append(f"{others} other matters that waited for the old owner are told anew as well")
    return [*lines, answer.next_notice()] if named.id not in again else lines


def contact_of(directory: Directory, bureau: str, email: str, today: date) -> Contact:
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
