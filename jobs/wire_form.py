"""The form in which a message leaves: frozen content and headers -> bytes and envelope."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from reminder.mail.compose import MailHeaders, compose, list_id_for
from reminder.mail.headers import Mailbox, ascii_address, parse_mailbox
from reminder.mail.links import (
    LinkGrant,
    link_keys,
    link_url,
    message_id_domain,
    sign_link,
    thread_id_for,
)
from reminder.mail.transport import OutgoingMail

if TYPE_CHECKING:
    from reminder.mail.attachments import Attachment
    from reminder.policy import Policy
    from reminder.settings import Settings
    from reminder.storage.claims import Claimed, Content
    from reminder.storage.grants import Grant


class WireForm:
    """Makes outgoing mails; what all of them share is worked out once."""

    def __init__(self, settings: Settings, policy: Policy) -> None:
        self._settings = settings
        self._service = policy.service.name
        self._sender = parse_mailbox(settings.mail_from)
        self._envelope_sender = policy.mail.bounce_address or self._sender.address
        self._reply_to = parse_mailbox(policy.mail.reply_to) if policy.mail.reply_to else None
        self._redirect_to = Mailbox("", settings.redirect_to) if settings.redirect_to else None
        self._domain = message_id_domain(policy.mail.message_id_domain, settings.mail_from)
        self._list_id = list_id_for(self._service, self._domain)
        self._keys = link_keys(settings.secret_key)

    def mail(
        self,
        claimed: Claimed,
        content: Content,
        grants: Sequence[Grant],
        attachments: Sequence[Attachment] = (),
    ) -> OutgoingMail:
        """The mail, the same to the byte for every copy save the mark of a repeat.

        MailRefused where something cannot be put into a mail.
        """
        row = claimed.row
        headers = MailHeaders(
            message_id=row.message_id,
            date=content.dated_at,
            sender=self._sender,
            recipient=Mailbox(row.recipient_name, row.recipient),
            language=row.language,
            list_id=self._list_id,
            service_name=self._service,
            reply_to=self._reply_to,
            thread_id=self._thread_id(claimed),
            possible_duplicate=_mark(claimed),
            redirect_to=self._redirect_to,
        )
        links = {grant.notice_id: self._link(grant) for grant in grants}
        to = self._redirect_to or headers.recipient
        return OutgoingMail(
            message_id=row.message_id,
            sender=self._envelope_sender,
            recipient=ascii_address(to.address),
            data=compose(content, headers, links, attachments),
        )

    def _thread_id(self, claimed: Claimed) -> str:
        """The thread of the one agreement that this mail is about, if it is about one."""
        refs = {notice.agreement for notice in claimed.notices}
        if len(refs) != 1 or claimed.row.kind == "digest" or "" in refs:
            return ""
        return thread_id_for(
            self._settings.secret_key, self._domain, refs.pop(), claimed.row.recipient
        )

    def _link(self, grant: Grant) -> str:
        token = sign_link(signed_part(grant), self._keys)
        return link_url(self._settings.public_url, token)


def signed_part(grant: Grant) -> LinkGrant:
    """What of a stored grant its link is signed for."""
    return LinkGrant(
        id=grant.id,
        purpose=grant.purpose,
        deadline_id=grant.deadline_id,
        epoch=grant.epoch,
        recipient=grant.recipient,
        expires_at=grant.expires_at,
        kid=grant.kid,
    )


def _mark(claimed: Claimed) -> str:
    """What a repeat says of itself: that a first copy may have arrived, and when."""
    row = claimed.row
    if not row.possible_duplicate:
        return ""
    # Never tried, as far as the record goes: it was restored from before the first copy.
    first = f"first={row.first_try_at.isoformat()}" if row.first_try_at else "restored"
    return f"attempt={row.attempts + 1}; {first}"
