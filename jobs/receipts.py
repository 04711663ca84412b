"""Receipts: the mails about an answer that counts for more than one reader, in its transaction.

Each leaves like any other mail within the send window.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from jobs.alarms import TemplateFailure, raise_template_alarms
from jobs.calendar_parts import CalendarParts
from jobs.letters import LetterMaker
from jobs.matter_letters import matter_letter
from jobs.people import People
from jobs.planning import directory_of
from jobs.readers import Addressed, home_of
from jobs.written_letters import write_letter
from reminder.clock import local_date
from reminder.mail.links import message_id_domain, message_id_for, new_link_id, placeholder_of
from reminder.mail.receipts import RECEIPT, Receipt, Told
from reminder.mail.render import Renderer
from reminder.resources import template_dirs
from reminder.storage.events import add_event
from reminder.storage.grants import Grant, insert_grants
from reminder.storage.link_keys import signing_kid
from reminder.storage.outbox import add_frozen

if TYPE_CHECKING:
    from jobs.answering import Answering
    from reminder.agreements import Decision
    from reminder.directory import Directory
    from reminder.notices import Recipient
    from reminder.storage.responses import ResponseRecord

KIND = "receipt"
"""The kind of the events that tell of such a mail."""
UNDO_LASTS = timedelta(hours=72)
"""How long an answer can be taken back (reliability 3.2)."""


@dataclass(frozen=True, slots=True)
class Link:
    """What the button of such a mail opens."""

    purpose: str
    subject: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail about an answer."""

    reader: Recipient
    receipt: Receipt
    template: str = RECEIPT
    link: Link | None = None


class Receipts:
    """The mails about one answer, and the people whom they are for."""

    def __init__(self, answer: Answering) -> None:
        self._answer = answer
        self._context = answer.context
        self._connection = answer.connection
        self._calendar = CalendarParts(answer.context.settings, answer.context.policy)
        self.directory: Directory = directory_of(answer.connection, answer.context.policy)
        self.people = People(self.directory, answer.deadline, answer.today)
        """Those of the deadline as it was when the answer came."""

    def until(self, lasts: timedelta) -> datetime:
        """The end of a time that begins when the mails about the answer may leave, at the bureau.

        Otherwise what is answered on the eve of a long holiday could not be taken back.
        """
        policy, deadline = self._context.policy, self._answer.deadline
        zone = self.directory.zone_of(deadline.bureau, policy.service.timezone)
        opens = policy.send_window.next_opening(self._answer.now, zone, policy.calendar)
        return (opens + lasts).replace(microsecond=0)

    def post(self, mails: Iterable[Mail], about: int | None) -> None:
        """Store the mails, one for each reader: the first that names them.

        *about* is the number of the hand-over or of the answer. With the instant it makes the
        Message-IDs: a database that was restored gives the same numbers again.
        """
        mine: dict[str, Mail] = {}
        for mail in mails:
            if not self.directory.is_dead(mail.reader.email):
                mine.setdefault(mail.reader.identity, mail)
        at = self._answer.now.isoformat()
        for identity, mail in mine.items():
            self._store(mail, self._message_id(mail.receipt.what, f"{about}", at, identity))

    def _store(self, mail: Mail, message_id: str) -> None:
        now, connection = self._answer.now, self._connection
        grant = self._grant(mail.reader, mail.link) if mail.link is not None else None
        addressed = self._addressed(mail, message_id, grant)
        written = write_letter(addressed, "summary", self._renderer, now)
        calendar = self._calendar.of_receipt(addressed.letter, written.content.dated_at)
        if not add_frozen(connection, written.message, written.content, now, calendar):
            return
        if grant is not None:
            insert_grants(connection, [grant], now)
        add_event(
            connection,
            now,
            KIND,
            {"of": mail.receipt.what, "deadline": self._answer.deadline.name},
            message_id=message_id,
            agreement=self._answer.deadline.agreement,
            actor=self._answer.who.by,
        )
        if written.error:
            failures = [TemplateFailure(mail.template, written.error)]
            raise_template_alarms(self._context, connection, self._renderer, failures, now)

    def _grant(self, reader: Recipient, link: Link) -> Grant:
        return Grant(
            notice_id=None,
            id=new_link_id(),
            kid=signing_kid(self._connection),
            purpose=link.purpose,
            deadline_id=self._answer.deadline.id,
            epoch=self._answer.deadline.epoch,
            recipient=reader.email,
            expires_at=link.until,
            subject=link.subject,
        )

    def _addressed(self, mail: Mail, message_id: str, grant: Grant | None) -> Addressed:
        home = home_of(mail.reader, self.directory, self._context.policy)
        letter = matter_letter(
            self._connection,
            self._maker,
            self._answer.deadline.id,
            mail.reader,
            home,
            local_date(self._answer.now, home.zone),
            mail.receipt,
            template=mail.template,
            message_id=message_id,
            link=placeholder_of(grant.id) if grant is not None else "",
        )
        return Addressed(letter, home)

    def _message_id(self, *parts: str) -> str:
        settings, mail = self._context.settings, self._context.policy.mail
        domain = message_id_domain(mail.message_id_domain, settings.mail_from)
        return message_id_for(settings.secret_key, domain, KIND, *parts)

    @cached_property
    def _renderer(self) -> Renderer:
        return Renderer(template_dirs(self._context.settings.templates_dir))

    @cached_property
    def _maker(self) -> LetterMaker:
        return LetterMaker(self._context.policy, can_answer=True)


def tell_decided(answer: Answering, record: ResponseRecord, decision: Decision) -> None:
    """The mails about a decision by a link: to who decided, and to the bureau's head.

    It has no undo: whoever decides again replaces it.
    """
    receipts = Receipts(answer)
    by = receipts.people.someone(record.actor)
    receipt = Receipt(Told.DECIDED, by, answer.now, decision=decision, note=answer.who.note)
    readers = receipts.people.around(record.actor)
    receipts.post([Mail(reader, receipt) for reader in readers], record.id)
