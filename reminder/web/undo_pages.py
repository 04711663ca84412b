"""Undo pages: to take back an answer that counts at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.undo import Undone, undo
from reminder.errors import ResponseRefused
from reminder.mail.receipts import Receipt, Told
from reminder.responses import Action, Person, Via
from reminder.storage.undo import FactChange, load_response
from reminder.web.answer_input import sentence_of
from reminder.web.languages import answer_words
from reminder.web.settling import AboutToRecord, Form, Settling, Shown, first_upper, said_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from reminder.storage.responses import ResponseRecord
    from reminder.web.acting import Visit
    from reminder.web.site import Page, Site

UNDO = "undo"
"""What the form posts."""


class UndoPages:
    """The purpose ``undo``."""

    def show(self, site: Site, visit: Visit) -> Page:
        """What is on record, and the button that takes it back; or that it was taken back."""
        return _page(visit)

    def repeated(self, site: Site, visit: Visit) -> Page | None:
        """The page where it was taken back before, by whichever link."""
        with visit.context.database.read() as connection:
            record = load_response(connection, int(visit.grant.subject))
        is_so = record is not None and record.undone_at is not None
        return _page(visit, is_repeated=True) if is_so else None

    def take(self, site: Site, visit: Visit) -> Page:
        """Take it back."""
        if visit.form.get("action", "") != UNDO:
            return _page(visit)
        who = Person(visit.grant.recipient, Via.WEB, grant_id=visit.grant.id)
        try:
            done: Undone = undo(visit.context, int(visit.grant.subject), who)
        except ResponseRefused as refused:
            return _page(visit, refused=refused)
        return _page(visit, is_repeated=not done.is_new)


def about_to_record(visit: Visit) -> AboutToRecord:
    """What the answer that was sent will record."""
    with visit.context.database.read() as connection:
        settling = Settling(visit, connection)
        record = _record(visit, connection)
        return settling.about_to_record(settling.letter(_receipt(settling, record)))


def _record(visit: Visit, connection: Connection) -> ResponseRecord:
    record = load_response(connection, int(visit.grant.subject))
    if record is None:
        raise LookupError("the link of an answer that is not stored")
    return record


def _page(
    visit: Visit, *, is_repeated: bool = False, refused: ResponseRefused | None = None
) -> Page:
    with visit.context.database.read() as connection:
        settling = Settling(visit, connection)
        record = _record(visit, connection)
        letter = settling.letter(_receipt(settling, record))
    own, old = settling.words, said_of(letter)["old"]
    is_hand_over = record.action == Action.HANDOVER
    if record.undone_at is not None:
        line = own.undone_handover.format(old=old) if is_hand_over else own.undone_done
        before = own.undone_before.format(at=settling.at(record.undone_at)) if is_repeated else ""
        shown = Shown(own.undone, (first_upper(line),), repeated=before, urgency="void")
        return settling.page(letter, shown)
    until = visit.grant.expires_at
    explained = own.undo_handover.format(old=old) if is_hand_over else own.undo_done
    problem = settling.problem()
    if refused is not None:
        problem = sentence_of(refused, answer_words(own.language))
    form = Form(UNDO, own.undo_question, own.undo_button, (explained,))
    return settling.page(
        letter,
        Shown(
            heading=own.undo,
            status=(own.undo_until.format(until=settling.at(until)),),
            forms=(form,) if refused is None else (),
            problem=problem,
            until=until,
        ),
    )


def _receipt(settling: Settling, record: ResponseRecord) -> Receipt:
    """What the page tells, as a mail would."""
    people, by = settling.people, settling.people.someone(record.actor)
    if record.action != Action.HANDOVER:
        what = Told.DONE if record.undone_at is None else Told.REOPENED
        return Receipt(what, by, record.at, evidence=record.evidence, note=record.note)
    before = FactChange.from_json(record.undo).before or {}
    what = Told.ACCEPTED if record.undone_at is None else Told.TAKEN_BACK
    old = people.owner(before.get("officer") or "")
    return Receipt(what, by, record.at, old=old, new=people.someone(record.to))
