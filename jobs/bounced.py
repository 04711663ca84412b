"""Bounces: what a delivery report says -> what becomes of our message and of the address."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from jobs.replied import for_person, replied_to
from jobs.sending import REDIRECTED
from reminder.mail.bounces import delivery_for
from reminder.mail.inbound import Fate, Kind
from reminder.mail.links import message_id_domain
from reminder.mail.mailbox import TOO_LARGE
from reminder.mail.return_paths import ReturnPurpose, read_addresses, read_envelope_id
from reminder.mail.smtp_verdicts import scrubbed
from reminder.storage.dead_addresses import mark_dead
from reminder.storage.inbound import Settled, State
from reminder.storage.returned import ReturnedMessage, confirm_sent, find_returned, mark_bounced

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from jobs.context import JobContext
    from reminder.mail.inbound import Delivery, Inbound
    from reminder.mail.return_paths import Marked

VALID_FOR = timedelta(days=14)
"""After a message has left; no queue keeps a mail for longer (reliability 2.5)."""
BOUNCES = "bounces"
"""The name under which reports about our mails are counted, by what they say."""


def settle_report(context: JobContext, connection: Connection, inbound: Inbound) -> Settled | None:
    """What comes of a delivery report; None while the message is being sent at this moment.

    Only our own signature makes it count, in the address it came to or in its ENVID: anybody
    can write a report, and what it quotes of our mail proves nothing.
    """
    marked = _marked(context, inbound)
    if marked is None:
        return Settled(State.DONE, "unmatched")
    policy, settings = context.policy, context.settings
    domain = message_id_domain(policy.mail.message_id_domain, settings.mail_from)
    message = find_returned(connection, marked.message_id, domain, REDIRECTED)
    if message is None:
        return Settled(State.DONE, "unknown_message")
    if message.state in ("claimed", "sending"):
        return None  # its verdict comes first
    delivery = delivery_for(inbound.deliveries, message.recipient)
    now = context.clock.now()
    result = _result(message, delivery, now)
    if delivery is not None and result == "":
        context.tally.add(BOUNCES, delivery.fate.value)
        result = _change(connection, message, delivery, now)
    said = _said(delivery) if delivery is not None else ""
    return Settled(State.DONE, result, said, message_id=message.message_id)


def settle_headers(context: JobContext, connection: Connection, inbound: Inbound) -> Settled:
    """What comes of a mail of which only the headers are there: a person reads it elsewhere.

    A report without its text looks like any mail of a machine; where it arrived tells it apart.
    """
    about = _reported_on(context, connection, inbound)
    if inbound.kind is Kind.AUTO and not about:
        return settle_machine(inbound)
    kept = for_person(connection, TOO_LARGE, about or replied_to(context, connection, inbound))
    return replace(kept, detail="only its headers are kept")


def settle_machine(inbound: Inbound) -> Settled:
    """What comes of other mail from a machine: nothing."""
    return Settled(State.DONE, "machine", inbound.machine.value if inbound.machine else "")


def _reported_on(context: JobContext, connection: Connection, inbound: Inbound) -> str:
    """The Message-ID of our message to whose signed return address *inbound* came; empty where
    it came to none that we know."""
    marked = _marked(context, inbound)
    if marked is None:
        return ""
    policy, settings = context.policy, context.settings
    domain = message_id_domain(policy.mail.message_id_domain, settings.mail_from)
    message = find_returned(connection, marked.message_id, domain, REDIRECTED)
    return message.message_id if message is not None else ""


def _marked(context: JobContext, inbound: Inbound) -> Marked | None:
    base, key = context.policy.mail.bounce_address, context.settings.secret_key
    marked = None
    if base:
        marked = read_addresses(inbound.addressed_to, base, key, ReturnPurpose.BOUNCE)
    return marked or read_envelope_id(inbound.envelope_id, key)


def _result(message: ReturnedMessage, delivery: Delivery | None, now: datetime) -> str:
    """Why the report changes nothing, in one word; empty where it may."""
    left_at = message.left_at
    if delivery is None:
        return "says_nothing"
    if delivery.fate is Fate.DELAYED:
        return "delayed"
    if left_at is None or now > left_at + VALID_FOR:
        return "late"
    if message.state == "bounced":
        return "duplicate"
    if delivery.fate is Fate.DELIVERED and not message.is_unknown:
        return "delivered"
    if message.state != "sent" and not message.is_unknown:
        return "not_sent"
    return "redirected" if message.was_redirected else ""


def _change(
    connection: Connection, message: ReturnedMessage, delivery: Delivery, now: datetime
) -> str:
    if delivery.fate is Fate.DELIVERED:
        confirm_sent(connection, message, now)
        return "confirmed"
    said = _said(delivery)
    data = {"fate": delivery.fate.value, "status": delivery.status, "reason": said}
    mark_bounced(connection, message, f"came back: {said}", data, now)
    if delivery.fate is Fate.DEAD:
        mark_dead(connection, message.recipient, said, now, message.message_id)
    return delivery.fate.value


def _said(delivery: Delivery) -> str:
    """In one line without addresses: what kind of failure, and what the server said."""
    parts = (delivery.fate.value, delivery.status, delivery.diagnostic)
    return scrubbed(" ".join(part for part in parts if part))
