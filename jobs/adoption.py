"""Adoption: a database that sent under another public URL, or is half restored, must not send."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reminder.storage.adoption import has_sent, send_as, sender_url
from reminder.storage.restore_mark import unfinished

if TYPE_CHECKING:
    from jobs.context import JobContext


def refusal(context: JobContext) -> str:
    """Why this database must not send here, and what to do; "" where it may.

    Costs one read. A database that never sent takes the present URL for its own.
    """
    if backup := unfinished(context.settings.home):
        return (
            f"the restoring of {backup} was begun and did not end, so the database may send what "
            "was sent before; run: reminder db restore --yes FILE"
        )
    here = context.settings.public_url.rstrip("/")  # a slash there makes no other place
    with context.database.read() as connection:
        before = sender_url(connection)
        if before == here:
            return ""
        is_elsewhere = bool(before) and has_sent(connection)
    if is_elsewhere:
        return (
            f"this database last sent mails as {before}, and REMINDER_PUBLIC_URL is {here}: the "
            "service there may be sending them still. If this is a copy for a trial, set "
            "REMINDER_MAIL_URL=maildir:var/mail and REMINDER_REDIRECT_TO to your own address "
            "first. Then, or if this service takes over from that one, run: reminder db adopt"
        )
    with context.database.write() as connection:
        send_as(connection, here)
    return ""
