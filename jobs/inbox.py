"""The inbox: mails that come back -> stored, then read, then what they bring about. Each once.

Fetch and store each, commit, and only then mark it in the mailbox. Read each in a process with
limits, without a transaction. Then everything that it changes in one transaction, together
with the note that it did.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sqlalchemy.exc import OperationalError

from jobs import adoption, guards
from jobs.bounced import settle_headers, settle_machine, settle_report
from jobs.replied import for_person, replied_to, settle_reply
from reminder.clock import steady_seconds
from reminder.crash_points import CrashPoint, passing
from reminder.errors import (
    DatabaseError,
    MailboxError,
    ReaderUnavailable,
    ResponseRefused,
    describe,
)
from reminder.mail.inbound import Inbound, Kind, Machine, Unreadable
from reminder.mail.links import message_id_domain
from reminder.mail.mailbox import COUNTING, TOO_LARGE
from reminder.mail.open_mailbox import open_mailbox
from reminder.mail.return_paths import is_own_id
from reminder.mail.safe_reading import SafeReader
from reminder.storage.inbound import (
    KEPT_FOR,
    Settled,
    State,
    StoredMail,
    add_arrived,
    count_failure,
    drop_old,
    has_other_counting,
    hold,
    ids_to_read,
    is_known_elsewhere,
    last_key,
    load_stored,
    settle,
)
from reminder.storage.planning import clear_service, read_service, write_service

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from jobs.context import JobContext
    from reminder.mail.mailbox import Mailbox

MOST_MAILS = 200
"""In one run; what is left waits a minute."""
MOST_OCTETS = 64 * 2**20
"""Fetched in one run."""
MOST_ATTEMPTS = 3
LONGEST_RUN = 300.0
"""Seconds that fetching, and then reading, may go on; mails can be made to take long."""
DROPPED_TOGETHER = 200
INBOX = "inbox"
"""The name under which inbound mails are counted, by what came of them; and of the service's
value that holds why the mailbox cannot be read."""
SWEPT = "inbox_swept_on"
_REPORTS = (Kind.BOUNCE, Kind.DELAYED, Kind.DELIVERED)


@dataclass
class InboxReport:
    """What came in and what came of it, in numbers."""

    stored: int = 0
    results: dict[str, int] = field(default_factory=dict)
    """Mails by what came of them, in one word."""
    trouble: str = ""
    """Why not all could be fetched; empty where it could."""
    refused: str = ""
    """Why nothing was done at all."""


def inbox(
    context: JobContext,
    mailbox: Mailbox | None = None,
    reader: SafeReader | None = None,
    most: int = MOST_MAILS,
) -> InboxReport:
    """Fetch what has arrived and deal with it, at most so many mails of each.

    Nothing happens where no inbox is configured.

    Safe to run twice, at once and after a crash: a mail is stored under a unique key, and what
    it brings about commits with its own row.
    """
    report = InboxReport()
    if not context.settings.inbox_url:
        return report
    report.refused = guards.refusal(context) or adoption.refusal(context)
    if report.refused:
        return report
    _fetch(context, report, mailbox, most)
    _note_trouble(context, report.trouble)
    _settle_all(context, report, reader, most)
    _forget_old(context)
    if report.stored or report.results:
        context.log.info("inbox_done", stored=report.stored, **report.results)
    return report


def _fetch(context: JobContext, report: InboxReport, given: Mailbox | None, most: int) -> None:
    mailbox, began = given, steady_seconds()
    try:
        mailbox = given or open_mailbox(context.settings.inbox_url)
        with context.database.read() as connection:
            last = last_key(connection, mailbox.source)
        octets = 0
        for mail in mailbox.arrived(last, most):
            octets += len(mail.raw or b"")
            with context.database.write() as connection:
                is_new = add_arrived(
                    connection, mailbox.source, mail.key, mail.raw, context.clock.now(),
                    mail.trouble,
                )  # fmt: skip
                passing(CrashPoint.BEFORE_ARRIVED_COMMIT)
            passing(CrashPoint.AFTER_ARRIVED_COMMIT)
            report.stored += is_new
            mailbox.mark([mail.mark])
            is_long = steady_seconds() - began > LONGEST_RUN
            if is_long or octets > MOST_OCTETS or context.stopping():
                break
        report.trouble = "; ".join(mailbox.troubles()[:3])
    except MailboxError as error:
        report.trouble = str(error)
    finally:
        if mailbox is not None and given is None:
            mailbox.close()


def _note_trouble(context: JobContext, trouble: str) -> None:
    """Have the admins' digest and the log tell of a mailbox that cannot be read, once."""
    with context.database.read() as connection:
        known = read_service(connection, INBOX).get(INBOX, "")
    if trouble == (json.loads(known)["trouble"] if known else ""):
        return
    with context.database.write() as connection:
        if trouble:
            since = context.clock.now().isoformat()
            write_service(connection, inbox=json.dumps({"trouble": trouble, "since": since}))
        else:
            clear_service(connection, INBOX)
    if trouble:
        context.log.error("inbox_unusable", reason=trouble)
    else:
        context.log.info("inbox_usable_again")


def _settle_all(
    context: JobContext, report: InboxReport, given: SafeReader | None, most: int
) -> None:
    with context.database.read() as connection:
        ids = ids_to_read(connection, most)
    if not ids:
        return
    reader, began = given or SafeReader(), steady_seconds()
    try:
        settling = _Settling(context, reader)
        for id_ in ids:
            if context.stopping() or steady_seconds() - began > LONGEST_RUN:
                return
            result = settling.one(id_)
            if result:
                report.results[result] = report.results.get(result, 0) + 1
                context.tally.add(INBOX, result)
    except ReaderUnavailable as error:
        # Says nothing about the mails: they are read once the machine has room again.
        context.log.error("inbox_reader_unavailable", reason=str(error))
    finally:
        if given is None:
            reader.close()


class _Settling:
    """One run over the mails that are stored and not settled."""

    def __init__(self, context: JobContext, reader: SafeReader) -> None:
        self._context = context
        self._reader = reader
        self._was_recounted: dict[str, bool] = {}
        """By source, whether its mailbox was counted otherwise before."""

    def one(self, id_: int) -> str:
        """Deal with one mail; what came of it in one word, empty where nothing did yet."""
        with self._context.database.read() as connection:
            mail = load_stored(connection, id_)
        if mail is None:
            return ""
        try:
            return self._settle(mail, self._reader.read(mail.raw))
        except (ReaderUnavailable, OperationalError, DatabaseError):
            raise  # the machine's trouble, and not the mail's
        except Exception as error:  # one mail never stops the others (reliability I-8)
            self._context.log.exception("inbound_failed", inbound=id_)
            now = self._context.clock.now()
            with self._context.database.write() as connection:
                is_over = count_failure(connection, id_, _safe(error), MOST_ATTEMPTS, now)
            return "failed" if is_over else ""

    def _settle(self, mail: StoredMail, read: Inbound | Unreadable) -> str:
        try:
            return self._commit(mail, read)
        except ResponseRefused as refused:
            return self._commit(mail, read, refused)

    def _commit(
        self, mail: StoredMail, read: Inbound | Unreadable, refused: ResponseRefused | None = None
    ) -> str:
        with self._context.database.write() as connection:
            if not hold(connection, mail.id):
                return ""
            settled = self._decide(connection, mail, read, refused)
            if settled is None:
                return ""
            settle(connection, mail.id, _described(settled, read), self._context.clock.now())
            passing(CrashPoint.BEFORE_SETTLED_COMMIT)
        passing(CrashPoint.AFTER_SETTLED_COMMIT)
        return settled.result

    def _decide(
        self,
        connection: Connection,
        mail: StoredMail,
        read: Inbound | Unreadable,
        refused: ResponseRefused | None,
    ) -> Settled | None:
        if isinstance(read, Unreadable):
            return Settled(State.QUARANTINED, read.trouble.value, read.detail)
        if self._is_seen(connection, mail, read):
            return Settled(State.DONE, "seen_before")
        if read.kind in _REPORTS:
            return settle_report(self._context, connection, read)
        if self._is_own(read):
            return settle_machine(replace(read, machine=Machine.OWN))
        if mail.detail == TOO_LARGE:
            return settle_headers(self._context, connection, read)
        if read.kind is Kind.AUTO:
            return settle_machine(read)
        if refused is None:
            return settle_reply(self._context, connection, read, mail.received_at)
        return self._refused(connection, read, refused)

    def _refused(self, connection: Connection, read: Inbound, refused: ResponseRefused) -> Settled:
        """The answer is not taken: a person tells whoever gave it."""
        message = replied_to(self._context, connection, read)
        kept = for_person(connection, refused.why or "refused", message)
        return replace(kept, detail=str(refused))

    def _is_own(self, read: Inbound) -> bool:
        """Whether our own mail came back (reliability 2.5)."""
        policy, settings = self._context.policy, self._context.settings
        domain = message_id_domain(policy.mail.message_id_domain, settings.mail_from)
        return is_own_id(read.header_id, domain)

    def _is_seen(self, connection: Connection, mail: StoredMail, read: Inbound) -> bool:
        place, counting, _number = mail.source.partition(COUNTING)
        if not (counting and read.header_id):
            return False
        place += COUNTING
        if mail.source not in self._was_recounted:
            was = has_other_counting(connection, mail.source, place)
            self._was_recounted[mail.source] = was
        if not self._was_recounted[mail.source]:
            return False
        return is_known_elsewhere(connection, mail, place, read.header_id)


def _described(settled: Settled, read: Inbound | Unreadable) -> Settled:
    """With what a person sees of the mail in a list."""
    if isinstance(read, Unreadable):
        return settled
    return replace(
        settled,
        kind=read.kind.value,
        sender=read.sender,
        subject=read.subject,
        header_id=read.header_id,
    )


def _safe(error: Exception) -> str:
    """An error in letters that every database can keep: it may quote the mail."""
    return ascii(describe(error))[1:-1]


def _forget_old(context: JobContext) -> None:
    """Once a day: the text of mails goes when it is old, what came of them stays."""
    now = context.clock.now()
    today = now.date().isoformat()
    with context.database.read() as connection:
        if read_service(connection, SWEPT).get(SWEPT) == today:
            return
    with context.database.write() as connection:
        dropped = drop_old(connection, now - KEPT_FOR, DROPPED_TOGETHER)
        if dropped < DROPPED_TOGETHER:
            write_service(connection, **{SWEPT: today})
