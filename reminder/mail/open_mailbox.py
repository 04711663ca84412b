"""From ``REMINDER_INBOX_URL`` to the mailbox it names, and the checks that ``doctor`` runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from reminder.errors import MailboxError
from reminder.mail.mailbox import Mailbox
from reminder.mail.transport import TransportCheck
from reminder.mail_url import parse_mail_url


def open_mailbox(inbox_url: str) -> Mailbox:
    """The mailbox of that URL, ready to be read; MailboxError where it cannot be."""
    if inbox_url.startswith("maildir:"):
        from reminder.mail.mailbox_maildir import MaildirMailbox

        return MaildirMailbox(Path(parse_mail_url(inbox_url).path))
    from reminder.mail.mailbox_imap import ImapMailbox

    return ImapMailbox(inbox_url)


def verify_mailbox(inbox_url: str) -> Iterator[TransportCheck]:
    """Whether mail can be read there now; reads none."""
    try:
        mailbox = open_mailbox(inbox_url)
    except MailboxError as error:
        yield TransportCheck("inbox", False, str(error))
        return
    mailbox.close()
    yield TransportCheck("inbox", True, f"{mailbox.source} can be read")
