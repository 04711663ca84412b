"""Replies: a person's mail back -> the answer that it is, or a mail for a person to read.

Only the two smallest answers can be given so, and only by whoever got the mail (reliability
3.4). What needs more is answered by the link; nothing is ever sent to whoever wrote.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from jobs.respond import acknowledge, snooze
from jobs.responsible import is_responsible
from jobs.sending import REDIRECTED
from reminder.clock import known_zone, local_date
from reminder.mail.links import message_id_domain
from reminder.mail.replies import Command, Wish, read_command
from reminder.mail.return_paths import ReturnPurpose, read_addresses
from reminder.mail.sender_check import Sender, check_sender
from reminder.responses import Linked, Person, Via
from reminder.storage.answered import load_deadline
from reminder.storage.inbound import Settled, State, count_for_person, is_settled_so
from reminder.storage.register import hold_register
from reminder.storage.returned import (
    count_notices,
    find_returned,
    links_over,
    load_open_notices,
)

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from jobs.context import JobContext
    from reminder.mail.inbound import Inbound
    from reminder.storage.returned import ReturnedMessage

MOST_FOR_PERSON = 20
"""Mails about one message of ours that wait for a person; more of them tell nobody anything."""
MOST_UNMATCHED = 500
"""The same about none: a mailbox that is flooded is itself what a person must look at."""


_NOTHING_OPEN, _REPEATED = "nothing_open", "repeated"
_CARRIED_OUT = (*Wish, _NOTHING_OPEN, _REPEATED)
"""What comes of a reply that was obeyed: the same mail is not obeyed once more."""


def settle_reply(
    context: JobContext, connection: Connection, inbound: Inbound, received_at: datetime
) -> Settled:
    """What comes of a mail that a person wrote. ResponseRefused where its answer is not taken:
    then nothing may be kept of what was begun."""
    command = read_command(inbound)
    if isinstance(command, Command):
        # Whose the matters are must not change meanwhile; held before anything else is, as
        # those who hand over do.
        hold_register(connection)
    message = _message(context, connection, inbound)
    if isinstance(message, str):
        return for_person(connection, message)
    about = message.message_id
    if isinstance(command, Command) and _is_replay(connection, inbound, about):
        return Settled(State.DONE, "seen_before", message_id=about)
    doubt = _doubt(context, connection, inbound, message)
    if doubt or not isinstance(command, Command):
        return for_person(connection, doubt or str(command), about)
    result = _carry_out(context, connection, message, command, received_at)
    if result in _CARRIED_OUT:
        return Settled(State.DONE, result, message_id=about)
    return for_person(connection, result, about)


def for_person(connection: Connection, result: str, message_id: str = "") -> Settled:
    """Keep it for a person, unless a great many about the same message wait for one already."""
    most = MOST_FOR_PERSON if message_id else MOST_UNMATCHED
    if count_for_person(connection, message_id) >= most:
        return Settled(State.DONE, "too_many", message_id=message_id)
    return Settled(State.PERSON, result, message_id=message_id)


def replied_to(context: JobContext, connection: Connection, inbound: Inbound) -> str:
    """The Message-ID of our message that *inbound* replies to; empty where it is none we know."""
    message = _message(context, connection, inbound)
    return "" if isinstance(message, str) else message.message_id


def _message(
    context: JobContext, connection: Connection, inbound: Inbound
) -> ReturnedMessage | str:
    """Our message that was replied to, or why there is none in one word."""
    policy, settings = context.policy, context.settings
    base = policy.mail.bounce_address
    marked = base and read_addresses(
        inbound.addressed_to, base, settings.secret_key, ReturnPurpose.REPLY
    )
    if not marked:
        return "unmatched"
    domain = message_id_domain(policy.mail.message_id_domain, settings.mail_from)
    found = find_returned(connection, marked.message_id, domain, REDIRECTED)
    return found or "unknown_message"


def _is_replay(connection: Connection, inbound: Inbound, about: str) -> bool:
    """Whether that very mail was obeyed before: anybody can have it delivered again, with other
    bytes above what is signed (RFC 6376 8.6)."""
    header = inbound.header_id
    return bool(header) and is_settled_so(connection, about, header, _CARRIED_OUT)


def _doubt(
    context: JobContext, connection: Connection, inbound: Inbound, message: ReturnedMessage
) -> str:
    """Why the reply may not act, in one word; empty where it may."""
    sender = check_sender(inbound, context.policy.mail.authserv_id, message.recipient)
    if sender is not Sender.GENUINE:
        return sender.value
    if message.copy:
        return "copy"  # its reader was told, and asked for nothing
    if not inbound.header_id:
        return "no_message_id"  # nothing would tell it from itself when it comes again
    return links_over(connection, message.message_id, context.clock.now())


def _carry_out(
    context: JobContext,
    connection: Connection,
    message: ReturnedMessage,
    command: Command,
    received_at: datetime,
) -> str:
    """Give the answer for each matter that is still open and the sender's; what came of it, one
    of ``_CARRIED_OUT``, or else why a person must see to it."""
    who, now = Person(message.recipient, Via.MAIL), context.clock.now()
    notices = load_open_notices(connection, message.message_id, now)
    if command.wish is Wish.SNOOZE and count_notices(connection, message.message_id) != 1:
        return "several_notices"
    if not notices:
        return _NOTHING_OPEN
    result = "not_responsible"
    for notice in notices:
        deadline = load_deadline(connection, notice.deadline_id)
        if deadline is None:
            continue
        zone = known_zone(deadline.timezone, context.policy.service.timezone)
        if not is_responsible(
            connection, context.policy, who.by, notice.role, deadline, local_date(now, zone)
        ):
            continue
        which = Linked(notice.deadline_id, notice.epoch)
        if command.wish is Wish.ACKNOWLEDGE:
            responded = acknowledge(context, which, who, along=connection)
        else:
            # From the day on which it was asked for, however long the mail lay here.
            until = local_date(received_at, zone) + timedelta(days=command.days)
            responded = snooze(context, which, who, until, along=connection)
        if responded.is_new:
            result = command.wish.value
        elif result == "not_responsible":
            result = _REPEATED
    return result
