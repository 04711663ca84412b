"""Unsubscribing: a reader of digests asks for no more of a kind, or to have them again.

Only from summaries: what a person is responsible for is always told; there it is "not my task".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from reminder.mail.links import LONGEST_LIFE, new_link_id
from reminder.storage.grants import Grant, mark_used
from reminder.storage.link_keys import signing_kid
from reminder.storage.unsubscribed import (
    UNSUBSCRIBE,
    load_unsubscribe_grants,
    resume_digest,
    stop_digest,
)

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from jobs.context import JobContext

REUSED_FOR = LONGEST_LIFE / 2
"""A link goes into further digests as long as it still lives for the rest of that time: whoever
opens an older digest can stop them, and a weekly one makes no row each week."""


class AskedBy(StrEnum):
    """Who asked: a mail program by itself (RFC 8058), or a person on the page."""

    MAIL_PROGRAM = "mail"
    PAGE = "web"


def unsubscribe_grants(
    context: JobContext,
    connection: Connection,
    digest: str,
    recipients: Iterable[str],
    now: datetime,
) -> Mapping[str, Grant]:
    """The grant for each reader's link: the one before, or a new one that is not stored yet.

    None for anybody where no pages are served.
    """
    if not context.settings.serves_pages:
        return {}
    kid = signing_kid(connection)
    known = load_unsubscribe_grants(connection, digest, kid, now + REUSED_FOR)
    return {
        recipient: known.get(recipient) or _new(recipient, digest, kid, now)
        for recipient in recipients
    }


def stop(context: JobContext, grant: Grant, by: AskedBy) -> bool:
    """Send the grant's recipient no more digests of its kind; False where it is so already."""
    now = context.clock.now()
    with context.database.write() as connection:
        mark_used(connection, grant.id, now)
        return stop_digest(connection, grant.recipient, grant.subject, by.value, now)


def resume(context: JobContext, grant: Grant) -> bool:
    """Send them again, from the next one on; False where they were not stopped."""
    now = context.clock.now()
    with context.database.write() as connection:
        via = AskedBy.PAGE.value
        return resume_digest(connection, grant.recipient, grant.subject, via, now)


def _new(recipient: str, digest: str, kid: str, now: datetime) -> Grant:
    return Grant(
        notice_id=None,
        id=new_link_id(),
        kid=kid,
        purpose=UNSUBSCRIBE,
        deadline_id=None,
        epoch=None,
        recipient=recipient,
        expires_at=(now + LONGEST_LIFE).replace(microsecond=0),
        subject=digest,
    )
