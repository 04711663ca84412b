"""Offer pages: to accept, or decline, being the owner of a matter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.offer_states import state_of
from jobs.offers import accept, decline
from reminder.errors import ResponseRefused
from reminder.mail.context import letter_context
from reminder.mail.receipts import Receipt, Told
from reminder.responses import Person, Via
from reminder.storage.hand_overs import HandOver, HandOverState, load_hand_over
from reminder.web.answer_input import MOST_OF_NOTE, Reading, read_text
from reminder.web.languages import answer_words
from reminder.web.settling import AboutToRecord, Form, Settling, Shown, first_upper, said_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from reminder.mail.letters import Letter
    from reminder.web.acting import Visit
    from reminder.web.site import Page, Site

ANSWERS = {"accept": HandOverState.ACCEPTED, "decline": HandOverState.DECLINED}
"""What the forms post, and as what it goes on record."""
_TOLD = {
    HandOverState.ACCEPTED.value: Told.ACCEPTED,
    HandOverState.DECLINED.value: Told.DECLINED,
    HandOverState.UNDONE.value: Told.TAKEN_BACK,
}


class OfferPages:
    """The purpose ``accept``."""

    def show(self, site: Site, visit: Visit) -> Page:
        """Who asks for what, and the two answers; or what became of it."""
        return _page(visit)

    def repeated(self, site: Site, visit: Visit) -> Page | None:
        """The page for an answer that is on record already."""
        wanted = ANSWERS.get(visit.form.get("action", ""))
        with visit.context.database.read() as connection:
            offer = load_hand_over(connection, int(visit.grant.subject))
        is_so = wanted is not None and offer is not None and offer.state == wanted
        return _page(visit, is_repeated=True) if is_so else None

    def take(self, site: Site, visit: Visit) -> Page:
        """Put the answer on record, by the same rules as any other."""
        who = Person(visit.grant.recipient, Via.WEB, grant_id=visit.grant.id)
        number = int(visit.grant.subject)
        try:
            match visit.form.get("action", ""):
                case "accept":
                    settled = accept(visit.context, number, who)
                case "decline":
                    reading = Reading()
                    note = _reason(visit, reading)
                    if reading.faults:
                        return _page(visit, problem_of_reason=reading.faults[0].text)
                    settled = decline(visit.context, number, who, note)
                case _:
                    return _page(visit)
        except ResponseRefused as refused:
            return _page(visit, refused=refused.why)
        return _page(visit, is_repeated=not settled.is_new)


def about_to_record(visit: Visit) -> AboutToRecord:
    """What the answer that was sent will record."""
    with visit.context.database.read() as connection:
        settling = Settling(visit, connection)
        offer = _offer(visit, connection)
        return settling.about_to_record(settling.letter(_receipt(settling, offer, offer.state)))


def _offer(visit: Visit, connection: Connection) -> HandOver:
    offer = load_hand_over(connection, int(visit.grant.subject))
    if offer is None:
        raise LookupError("the link of a hand-over that is not stored")
    return offer


def _page(
    visit: Visit, *, is_repeated: bool = False, problem_of_reason: str = "", refused: str = ""
) -> Page:
    """The offer as it stands. *refused* says why nobody can accept what is still offered."""
    with visit.context.database.read() as connection:
        settling = Settling(visit, connection)
        offer = _offer(visit, connection)
        state = state_of(connection, offer, settling.deadline, settling.now)
        if state == HandOverState.OFFERED and refused in settling.words.states:
            state = refused
        letter = settling.letter(_receipt(settling, offer, state))
    if state == HandOverState.OFFERED:
        return settling.page(letter, _asking(settling, offer, letter, problem_of_reason))
    return settling.page(letter, _settled(settling, offer, letter, state, is_repeated=is_repeated))


def _asking(settling: Settling, offer: HandOver, letter: Letter, problem_of_reason: str) -> Shown:
    own, said = settling.words, said_of(letter)
    you = letter_context(letter)["you"]
    offered = own.offered.format(by=said["by"], you=you, owner=said["owner"])
    explained = own.accepting.format(old=said["old"])
    return Shown(
        heading=own.offer,
        status=(first_upper(offered), own.until.format(until=settling.at(offer.until))),
        forms=(
            Form("accept", own.acceptable, own.accept, (explained,)),
            Form("decline", own.unable, own.decline, asks_why=True, is_quiet=True),
        ),
        problem=settling.problem(),
        problem_of_reason=problem_of_reason,
        until=offer.until,
    )


def _settled(
    settling: Settling, offer: HandOver, letter: Letter, state: str, *, is_repeated: bool
) -> Shown:
    own, said = settling.words, said_of(letter)
    heading, sentence = own.states[state]
    line = sentence.format(until=settling.at(offer.until), old=said["old"])
    repeated = own.repeated.format(at=settling.at(offer.changed_at)) if is_repeated else ""
    urgency = "met" if state == HandOverState.ACCEPTED else "void"
    return Shown(heading, (first_upper(line),), repeated=repeated, urgency=urgency)


def _receipt(settling: Settling, offer: HandOver, state: str) -> Receipt:
    """What the page tells, as a mail would."""
    people = settling.people
    is_answered = state in (HandOverState.ACCEPTED, HandOverState.DECLINED)
    return Receipt(
        _TOLD.get(state, Told.OFFERED),
        people.someone(offer.to if is_answered else offer.asked_by),
        offer.changed_at if is_answered else offer.asked_at,
        old=people.owner(offer.officer_before),
        new=people.someone(offer.to),
        note="" if is_answered else offer.note,
    )


def _reason(visit: Visit, reading: Reading) -> str:
    with visit.context.database.read() as connection:
        words = answer_words(Settling(visit, connection).words.language)
    return read_text(reading, "reason", visit.form, MOST_OF_NOTE, words)
