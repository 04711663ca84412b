"""The form in which a message leaves: frozen content and headers -> bytes and envelope."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from reminder.mail.compose import MailHeaders, compose, list_id_for
from reminder.mail.headers import Mailbox, ascii_address, parse_mailbox
from reminder.mail.links import (
    LinkGrant,
    feed_url,
    link_url,
    message_id_domain,
    sign_link,
    thread_id_for,
    unsubscribe_url,
)
from reminder.mail.return_paths import check_base, envelope_id, reply_address, return_address
from reminder.mail.transport import OutgoingMail
from reminder.storage.feeds import FEED
from reminder.storage.unsubscribed import UNSUBSCRIBE

if TYPE_CHECKING:
    from reminder.mail.attachments import Attachment
    from reminder.policy import Policy
    from reminder.settings import Settings
    from reminder.storage.claims import Claimed, Content
    from reminder.storage.grants import Grant

_PAGES = {FEED: feed_url, UNSUBSCRIBE: unsubscribe_url}
"""Where links lead that are for something else than a page to answer on."""


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
        self._is_inbox_read = bool(settings.inbox_url)
        self._bounces_to = signed_base(settings, policy)
        self._takes_replies = bool(self._bounces_to and policy.mail.authserv_id)

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
        links = {grant.place: self._link(grant) for grant in grants}
        headers = MailHeaders(
            message_id=row.message_id,
            date=content.dated_at,
            sender=self._sender,
            recipient=Mailbox(row.recipient_name, row.recipient),
            language=row.language,
            list_id=self._list_id,
            service_name=self._service,
            reply_to=self._reply_to_of(claimed),
            thread_id=self._thread_id(claimed),
            possible_duplicate=_mark(claimed),
            redirect_to=self._redirect_to,
            unsubscribe=next(
                (links[one.place] for one in grants if one.purpose == UNSUBSCRIBE), ""
            ),
        )
        to = self._redirect_to or headers.recipient
        data = compose(content, headers, links, attachments)
        base, key = self._bounces_to, self._settings.secret_key
        return OutgoingMail(
            message_id=row.message_id,
            sender=return_address(base, row.message_id, key) if base else self._envelope_sender,
            recipient=ascii_address(to.address),
            data=data,
            envelope_id=envelope_id(row.message_id, key) if self._is_inbox_read else "",
        )

    def _reply_to_of(self, claimed: Claimed) -> Mailbox | None:
        """The address that takes answers to this mail, where it asks for any and they are read."""
        if not (self._takes_replies and claimed.row.has_notices) or claimed.row.copy:
            return self._reply_to
        address = reply_address(self._bounces_to, claimed.row.message_id, self._settings.secret_key)
        return Mailbox("", address)

    def _thread_id(self, claimed: Claimed) -> str:
        """The thread of the one agreement that this mail is about, if it is about one."""
        refs = {notice.agreement for notice in claimed.notices}
        if len(refs) != 1 or claimed.row.kind == "digest" or "" in refs:
            return ""
        return thread_id_for(
            self._settings.secret_key, self._domain, refs.pop(), claimed.row.recipient
        )

    def _link(self, grant: Grant) -> str:
        token = sign_link(signed_part(grant), self._settings.secret_key)
        url = _PAGES.get(grant.purpose, link_url)
        return url(self._settings.public_url, token)


def signed_base(settings: Settings, policy: Policy) -> str:
    """The address that signed return addresses are made of; empty where nobody reads them.

    ``check`` reports one that has no room for the signature.
    """
    base = policy.mail.bounce_address
    if not (settings.inbox_url and base):
        return ""
    try:
        check_base(base)
    except ValueError:
        return ""
    return base


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
        subject=grant.subject,
    )


def _mark(claimed: Claimed) -> str:
    """What a repeat says of itself: that a first copy may have arrived, and when."""
    row = claimed.row
    if not row.possible_duplicate:
        return ""
    # Never tried, as far as the record goes: it was restored from before the first copy.
    first = f"first={row.first_try_at.isoformat()}" if row.first_try_at else "restored"
    return f"attempt={row.attempts + 1}; {first}"
