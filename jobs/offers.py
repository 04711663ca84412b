"""Offers: somebody is asked to be the owner; nothing changes before they accept.

Each step is one transaction: the row of the hand-over, the answer on record, its event, and the
mails about it. The old owner stays responsible until then: no obligation ever has no owner.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from jobs.answering import RESPONSE, Answering, answering
from jobs.handover import contact_of, give_to, require_owned, require_reached
from jobs.offer_states import offers_by, state_of
from jobs.people import People, without
from jobs.receipts import UNDO_LASTS, Link, Mail, Receipts
from jobs.undo import UNDO
from reminder.errors import NotFound, ResponseRefused
from reminder.mail.receipts import HAND_OVER, Receipt, Told
from reminder.responses import Action, Linked, Person, Refusal
from reminder.storage.answered import load_deadline
from reminder.storage.events import add_event
from reminder.storage.grants import mark_used
from reminder.storage.hand_overs import (
    HandOver,
    HandOverState,
    add_hand_over,
    change_hand_over,
    load_hand_over,
    withdraw_offers,
)

if TYPE_CHECKING:
    from jobs.context import JobContext
    from reminder.agreements import Contact
    from reminder.notices import Recipient
    from reminder.storage.answered import AnsweredDeadline
    from reminder.storage.responses import ResponseRecord

ACCEPT = "accept"
"""What the link to who is asked is for; its subject is the number of the hand-over."""
OFFER_LASTS = timedelta(days=14)
"""How long it can be accepted, from when the mail that asks may leave."""


@dataclass(frozen=True, slots=True)
class Offered:
    """Who was asked, and that it is on record."""

    deadline: AnsweredDeadline
    record: ResponseRecord
    is_new: bool
    """False where the same link asked before, which is open or accepted: nothing was done."""
    offer: HandOver
    to_name: str
    """Of who is asked; empty where the directory has no name."""
    effects: tuple[str, ...]
    """What follows, in lines for a person."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What was answered to an offer."""

    deadline: AnsweredDeadline
    offer: HandOver
    is_new: bool
    """False where the same answer was on record before."""
    effects: tuple[str, ...] = ()


def offer_hand_over(
    context: JobContext, which: Linked, who: Person, to: str, note: str = ""
) -> Offered:
    """Ask a contact of the directory to be the owner. Whoever was asked before is asked no more."""
    with context.database.read() as connection:
        known = load_deadline(connection, which.deadline_id)
    with_facts = known is not None and _is_held_with_the_register(known.agreement)
    with answering(context, which, who, with_facts=with_facts) as answer:
        earlier = answer.by_link(Action.OFFER)
        if earlier is not None:
            return _repeated(answer, earlier)
        answer.require_open("handed over")
        require_owned(answer.deadline)
        receipts = Receipts(answer)
        new = _whom(answer, receipts, to)
        deadline, connection = answer.deadline, answer.connection
        withdraw_offers(connection, deadline.agreement, deadline.kind, deadline.id, answer.now)
        offer = add_hand_over(
            connection,
            HandOver(
                deadline_id=deadline.id,
                epoch=deadline.epoch,
                agreement=deadline.agreement,
                asked_by=who.by,
                asked_at=answer.now,
                via=who.via.value,
                to=new.email,
                note=note,
                state=HandOverState.OFFERED.value,
                changed_at=answer.now,
                until=receipts.until(OFFER_LASTS),
                officer_before=deadline.officer or "",
            ),
        )
        answer.make_room(Action.OFFER)
        record = answer.keep(Action.OFFER, to=new.email, note=note)
        _ask(answer, receipts, offer)
        effects = (
            f"{new.email} is asked, and can accept until {offer.until:%Y-%m-%d %H:%M} UTC",
            "until then everything goes on as before",
        )
        return Offered(answer.deadline, record, True, offer, new.name, effects)


def accept(context: JobContext, number: int, who: Person) -> Settled:
    """Be the owner from now on, with all that follows from a hand-over."""
    with _settling(context, number, who, with_facts=True) as (answer, offer):
        if offer.state == HandOverState.ACCEPTED:
            return Settled(answer.deadline, offer, False)
        _require_open(answer, offer)
        receipts = Receipts(answer)
        _contact(receipts, answer, offer.to)
        until = receipts.until(UNDO_LASTS)
        change_hand_over(answer.connection, offer.id, HandOverState.ACCEPTED, answer.now, until)
        responded = give_to(answer, offer.to)
        number_of_answer = responded.record.id if responded.record is not None else None
        _tell_accepted(answer, receipts, offer, Link(UNDO, f"{number_of_answer}", until))
        return Settled(answer.deadline, _as_it_is(answer, offer), True, responded.effects)


def decline(context: JobContext, number: int, who: Person, note: str = "") -> Settled:
    """Not be the owner; the old one and the bureau are told, with the reason."""
    with _settling(context, number, who) as (answer, offer):
        if offer.state == HandOverState.DECLINED:
            return Settled(answer.deadline, offer, False)
        _require_open(answer, offer)
        connection, now = answer.connection, answer.now
        change_hand_over(connection, offer.id, HandOverState.DECLINED, now)
        mark_used(connection, who.grant_id, now)
        data = {
            "action": "decline",
            "deadline": answer.deadline.kind,
            "key": answer.deadline.key,
            "epoch": answer.deadline.epoch,
            "via": who.via.value,
            "note": note,
            "grant": who.grant_id,
        }
        add_event(
            connection, now, RESPONSE, data, agreement=answer.deadline.agreement, actor=who.by
        )
        receipts = Receipts(answer)
        receipt = Receipt(
            Told.DECLINED,
            receipts.people.someone(offer.to),
            now,
            old=receipts.people.owner(answer.deadline.officer or ""),
            new=receipts.people.someone(offer.to),
            note=note,
        )
        told = _others(receipts.people, offer)
        receipts.post([Mail(reader, receipt) for reader in told], offer.id)
        effects = ("everything goes on as before",)
        return Settled(answer.deadline, _as_it_is(answer, offer), True, effects)


def _whom(answer: Answering, receipts: Receipts, to: str) -> Contact:
    """The contact that is to be asked; ResponseRefused where it cannot be."""
    new = _contact(receipts, answer, to)
    address = new.email.casefold()
    if [owner.identity for owner in receipts.people.owners()] == [address]:
        raise ResponseRefused(f"{new.email} is the owner already.", Refusal.OWNER_ALREADY)
    if address == answer.who.by.casefold():
        raise ResponseRefused(
            f"{new.email} asks for another owner, and cannot be it; whoever wants to be the owner "
            "asks the service's admin (reminder handover).",
            Refusal.TO_ONESELF,
        )
    return new


def _contact(receipts: Receipts, answer: Answering, to: str) -> Contact:
    """Who is there, and can be reached; ResponseRefused for anybody else."""
    try:
        new = contact_of(receipts.directory, answer.deadline.bureau, to, answer.today)
    except NotFound as error:
        raise ResponseRefused(str(error), Refusal.NOT_TO_THEM) from error
    require_reached(receipts.directory, new)
    return new


def _tell_accepted(answer: Answering, receipts: Receipts, offer: HandOver, undo: Link) -> None:
    """The mails: to the old owner, who asked and the bureau with an undo; to the new one."""
    people = receipts.people
    receipt = Receipt(
        Told.ACCEPTED,
        people.someone(offer.to),
        answer.now,
        old=people.owner(offer.officer_before),
        new=people.someone(offer.to),
        until=undo.until,
    )
    mails = [Mail(reader, receipt, link=undo) for reader in _others(people, offer)]
    mails += [Mail(reader, receipt) for reader in people.owners(offer.to)]
    receipts.post(mails, offer.id)


def _repeated(answer: Answering, earlier: ResponseRecord) -> Offered:
    offer = offers_by(answer.connection, [earlier])[earlier.id]
    name = Receipts(answer).people.person(offer.to).name
    effects = (f"{offer.to} was asked by this link on {earlier.on}; it is {offer.state}",)
    return Offered(answer.deadline, earlier, False, offer, name, effects)


def _ask(answer: Answering, receipts: Receipts, offer: HandOver) -> None:
    """The mails: to who is asked, and to the owner, the answerer and the bureau what was done."""
    asked = Receipt(
        Told.ASKED,
        receipts.people.someone(offer.asked_by),
        answer.now,
        old=receipts.people.owner(offer.officer_before),
        new=receipts.people.someone(offer.to),
        until=offer.until,
        note=offer.note,
    )
    told = replace(asked, what=Told.OFFERED)
    link = Link(ACCEPT, str(offer.id), offer.until)
    mails = [Mail(receipts.people.person(offer.to), asked, HAND_OVER, link)]
    mails += [Mail(reader, told) for reader in _others(receipts.people, offer)]
    receipts.post(mails, offer.id)


def _others(people: People, offer: HandOver) -> list[Recipient]:
    """The owner, who asked, and the head of the bureau."""
    owners, asked_by = people.owners(offer.officer_before), people.person(offer.asked_by)
    return without([*owners, asked_by, *people.heads()], offer.to)


@contextmanager
def _settling(
    context: JobContext, number: int, who: Person, *, with_facts: bool = False
) -> Iterator[tuple[Answering, HandOver]]:
    """The answer to an offer as one transaction, in which nobody else answers it."""
    with context.database.read() as connection:
        known = load_hand_over(connection, number)
    if known is None:
        raise ResponseRefused(f"There is no hand-over {number}.", Refusal.GONE)
    # What is settled already is said also once the date has changed or the matter is closed.
    epoch = known.epoch if known.state == HandOverState.OFFERED else None
    which = Linked(known.deadline_id, epoch)
    with_facts = with_facts or _is_held_with_the_register(known.agreement)
    with answering(context, which, who, with_facts=with_facts) as answer:
        offer = load_hand_over(answer.connection, number, lock=True)
        if offer is None:
            raise ResponseRefused(f"There is no hand-over {number}.", Refusal.GONE)
        yield answer, offer


def _is_held_with_the_register(agreement: str) -> bool:
    """Whether every answer to an offer waits for the register, also one that leaves it alone.

    What belongs to no agreement has no lock of its own that comes before those of its rows, so
    that an acceptance beside another answer would hold them in another order.
    """
    return not agreement


def _require_open(answer: Answering, offer: HandOver) -> None:
    """ResponseRefused where nobody can answer it any more."""
    state = state_of(answer.connection, offer, answer.deadline, answer.now)
    if state != HandOverState.OFFERED:
        raise ResponseRefused(
            f"That {offer.to} should be the owner is no longer asked: the offer is {state}.",
            Refusal.OFFER_OVER,
            state=state,
        )


def _as_it_is(answer: Answering, offer: HandOver) -> HandOver:
    return load_hand_over(answer.connection, offer.id) or offer
