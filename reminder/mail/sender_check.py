"""Whether a reply is from the person who got the mail (reliability 3.4).

The words of the mail server that we trust decide, and only DMARC of them: SPF alone says
nothing about the From field that people see. Its field must be the topmost, and that server
must remove such fields of its own name from what comes in (RFC 8601 section 5); where it
does not and adds none itself, a sender could write one.
"""

from __future__ import annotations

from enum import StrEnum

from reminder.errors import MailRefused
from reminder.mail.headers import ascii_address
from reminder.mail.inbound import Authenticated, Inbound


class Sender(StrEnum):
    """What is known of a sender; only ``GENUINE`` may act."""

    GENUINE = "genuine"
    NO_AUTHSERV_ID = "no_authserv_id"
    """The config names no mail server to believe."""
    NO_FROM = "no_from"
    SEVERAL_FROM = "several_from"
    MALFORMED_FROM = "malformed_from"
    """The From field can be read in two ways, or in none."""
    SEVERAL_MAILBOXES = "several_mailboxes"
    OTHER_SENDER = "other_sender"
    """Somebody else than the mail was for."""
    NOT_CHECKED = "not_checked"
    """The topmost Authentication-Results is not of our server, or there is none."""
    NO_DMARC = "no_dmarc"
    """Our server says nothing of DMARC, or two things."""
    DMARC_FAILED = "dmarc_failed"
    OTHER_DOMAIN = "other_domain"
    """What passed DMARC is not the domain of the recipient."""


def check_sender(inbound: Inbound, authserv_id: str, recipient: str) -> Sender:
    """Whether *inbound* is from *recipient*, as the server *authserv_id* found."""
    if not authserv_id:
        return Sender.NO_AUTHSERV_ID
    doubt = _doubt(inbound, recipient)
    return doubt or _checked(inbound.authentication, authserv_id, recipient)


def _doubt(inbound: Inbound, recipient: str) -> Sender | None:
    """What speaks against the From field by itself."""
    if inbound.from_fields != 1:
        return Sender.SEVERAL_FROM if inbound.from_fields else Sender.NO_FROM
    if len(inbound.mailboxes) != 1:
        return Sender.SEVERAL_MAILBOXES if inbound.mailboxes else Sender.MALFORMED_FROM
    written, wanted = _compared(inbound.mailboxes[0]), _compared(recipient)
    return None if written is not None and written == wanted else Sender.OTHER_SENDER


def _checked(found: tuple[Authenticated, ...], authserv_id: str, recipient: str) -> Sender:
    """What our server says. Its topmost field counts; one below may only speak against."""
    ours = authserv_id.lower()
    if not found or found[0].authserv_id != ours:
        return Sender.NOT_CHECKED
    if len(found[0].dmarc) != 1:
        return Sender.NO_DMARC
    said = [result for field in found if field.authserv_id == ours for result in field.dmarc]
    if any(result != "pass" for result, _ in said):
        return Sender.DMARC_FAILED
    wanted = _compared(recipient)
    domain = _compared(f"x@{found[0].dmarc[0][1]}")
    if wanted is None or domain is None or domain[1] != wanted[1]:
        return Sender.OTHER_DOMAIN
    return Sender.GENUINE


def _compared(address: str) -> tuple[str, str] | None:
    """The local part as it is written, the domain in A-labels and small letters."""
    try:
        local, _, domain = ascii_address(address).rpartition("@")
    except MailRefused:
        return None
    return local, domain.lower()
