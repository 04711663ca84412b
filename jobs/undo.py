"""Undo: an answer that counts at once is taken back, within 72 hours and only as a whole.

One transaction each. What somebody else has changed since stays as they left it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jobs.answering import Answering, answering
from jobs.facts import plan_now
from jobs.handover import give_to
from jobs.receipts import UNDO_LASTS, Link, Mail, Receipts
from jobs.register_writes import RegisterWriter
from jobs.wire_form import signed_part
from reminder.calendars import PartialDate
from reminder.errors import ResponseRefused
from reminder.mail.links import link_url, sign_link
from reminder.mail.receipts import Receipt, Told
from reminder.register.differences import Difference, difference
from reminder.register.tables import TABLES
from reminder.responses import Action, Linked, Person, Refusal, Via
from reminder.storage import register as stored
from reminder.storage.hand_overs import (
    HandOverState,
    change_hand_over,
    is_followed,
    load_hand_overs,
)
from reminder.storage.undo import FactChange, find_grant_about, load_response, mark_undone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobs.context import JobContext
    from reminder.storage.answered import AnsweredDeadline
    from reminder.storage.responses import ResponseRecord

UNDO = "undo"
"""What the link that takes an answer back is for; its subject is the number of the answer."""


@dataclass(frozen=True, slots=True)
class Undone:
    """An answer that is taken back."""

    deadline: AnsweredDeadline
    """As it stands now."""
    record: ResponseRecord
    is_new: bool
    """False where it was taken back before, and nothing was changed."""
    effects: tuple[str, ...] = ()


def undo(context: JobContext, number: int, who: Person) -> Undone:
    """Take back the answer of that number: a hand-over, or that something is done."""
    with context.database.read() as connection:
        known = load_response(connection, number)
    if known is None:
        raise ResponseRefused(f"There is no answer {number}.", Refusal.GONE)
    which = Linked(known.deadline_id, None)
    with answering(context, which, who, with_facts=True) as answer:
        record = load_response(answer.connection, number, lock=True) or known
        if record.undone_at is not None:
            return Undone(answer.deadline, record, False)
        if not record.undo:
            raise ResponseRefused(
                f"That kind of answer ({record.action}) cannot be taken back.", Refusal.NO_UNDO
            )
        mark_undone(answer.connection, number, answer.now)
        taken_back = _take_owner_back if record.action == Action.HANDOVER else _reopen
        effects = taken_back(answer, record)
        answer.read_again()
        after = load_response(answer.connection, number) or record
        return Undone(answer.deadline, after, True, effects)


def undo_link(context: JobContext, record: ResponseRecord | None, recipient: str) -> str:
    """The page on which that person can take the answer back; empty where there is none."""
    if record is None or record.id is None or record.undone_at is not None or not record.undo:
        return ""
    now = context.clock.now()
    with context.database.read() as connection:
        grant = find_grant_about(connection, UNDO, str(record.id), recipient, now)
    if grant is None:
        return ""
    token = sign_link(signed_part(grant), context.settings.secret_key)
    return link_url(context.settings.public_url, token)


def undo_data(who: Person, found: Difference, table: str) -> str:
    """What ``responses.undo`` keeps of a fact that an answer recorded; empty where it changed
    nothing, and at the shell, where an admin records what is right instead."""
    if who.via is Via.SHELL or not found.is_change:
        return ""
    spec = TABLES[table]
    key = tuple(found.row[name] or "" for name in spec.key)
    if found.is_new:
        after = {name: found.row[name] for name in found.row if name not in spec.key}
        return FactChange(table, key, None, after).as_json()
    before = {name: old for name, (old, _new) in found.changed.items()}
    now_is = {name: new for name, (_old, new) in found.changed.items()}
    return FactChange(table, key, before, now_is).as_json()


def tell_done(answer: Answering, record: ResponseRecord, on: PartialDate) -> None:
    """The mails about what was called done by a link: to who did, and to the bureau's head.

    Where the head did, to the officer.
    """
    receipts = Receipts(answer)
    until = receipts.until(UNDO_LASTS)
    receipt = Receipt(
        Told.DONE,
        receipts.people.someone(record.actor),
        answer.now,
        until=until,
        done_on=on,
        evidence=record.evidence,
        note=answer.who.note,
    )
    link = Link(UNDO, str(record.id), until) if record.undo else None
    readers = receipts.people.around(record.actor)
    receipts.post([Mail(reader, receipt, link=link) for reader in readers], record.id)


def _take_owner_back(answer: Answering, record: ResponseRecord) -> tuple[str, ...]:
    change = FactChange.from_json(record.undo)
    new, old = change.after["officer"] or "", (change.before or {}).get("officer") or ""
    deadline, connection = answer.deadline, answer.connection
    # By the register itself: what is derived from it may be older, and of a closed finding it is.
    found = stored.stored_rows(connection, change.table, [change.key]).get(change.key)
    if found is None or (found["officer"] or "").casefold() != new.casefold():
        raise _changed_since(answer)
    # The same person can be the owner again for another reason.
    if is_followed(connection, deadline.agreement, deadline.kind, deadline.id, record.id or 0):
        raise _changed_since(answer)
    receipts = Receipts(answer)
    responded = give_to(answer, old, said_as=Action.UNDO)
    asked_by = record.actor
    for one in load_hand_overs(answer.connection, [record.deadline_id]):
        if (one.state, one.changed_at) == (HandOverState.ACCEPTED, record.at):
            change_hand_over(answer.connection, one.id, HandOverState.UNDONE, answer.now)
            asked_by = one.asked_by
    receipt = Receipt(
        Told.TAKEN_BACK,
        receipts.people.someone(answer.who.by),
        answer.now,
        old=receipts.people.owner(old),
        new=receipts.people.someone(new),
    )
    others = [receipts.people.person(email) for email in (new, asked_by, answer.who.by)]
    readers = [*receipts.people.owners(old), *others, *receipts.people.heads()]
    receipts.post([Mail(reader, receipt) for reader in readers], record.id)
    return responded.effects


def _reopen(answer: Answering, record: ResponseRecord) -> tuple[str, ...]:
    change = FactChange.from_json(record.undo)
    failed = _restore(answer, change)
    answer.read_again()
    answer.keep(Action.UNDO, note=f"{record.action} of {record.on}")
    receipts = Receipts(answer)
    receipt = Receipt(Told.REOPENED, receipts.people.someone(answer.who.by), answer.now)
    readers = [receipts.people.person(answer.who.by), *receipts.people.around(record.actor)]
    receipts.post([Mail(reader, receipt) for reader in readers], record.id)
    said = [f"it cannot be planned now: {error}" for error in failed.values()]
    return (answer.standing(), *said)


def _restore(answer: Answering, change: FactChange) -> Mapping[str, str]:
    """Put the row of the register back as it was; agreements that cannot be planned."""
    connection, table = answer.connection, TABLES[change.table]
    found = stored.stored_rows(connection, table.name, [change.key]).get(change.key)
    if found is None or any(found[name] != value for name, value in change.after.items()):
        raise _changed_since(answer)
    zone = answer.context.policy.service.timezone
    writer = RegisterWriter(connection, answer.now, zone, answer.who.by)
    if change.before is None:
        writer.remove(table, found)
    else:
        writer.store(table, [difference(table, dict(change.before), found)])
    writer.finish()
    return plan_now(answer.context, connection, [answer.deadline.agreement])


def _changed_since(answer: Answering) -> ResponseRefused:
    return ResponseRefused(
        f"What the register says of {answer.deadline.name} was changed since by somebody else; "
        "it stays as it is. See reminder why.",
        Refusal.CHANGED_SINCE,
    )
