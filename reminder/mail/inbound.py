"""What one inbound mail says, as data: nothing of it is trusted, and nothing here acts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

MOST_ADDRESSES = 100
MOST_DELIVERIES = 1000
MOST_AUTHENTICATED = 20
LONGEST_ADDRESS = 320
LONGEST_SUBJECT = 300
LONGEST_LINE = 200
LONGEST_TEXT = 2000
LONGEST_DIAGNOSTIC = 300


class Kind(StrEnum):
    """What sort of mail it is."""

    BOUNCE = "bounce"
    """Delivery to at least one recipient failed."""
    DELAYED = "delayed"
    """Still being tried; changes nothing."""
    DELIVERED = "delivered"
    """Delivered, relayed or expanded, and nothing failed."""
    AUTO = "auto"
    """Other mail from a machine: it never acts and is never answered."""
    REPLY = "reply"
    """A person wrote, and there is a text."""
    OTHER = "other"
    """A person wrote, and there is no text that can be read, see ``no_text``."""


class Fate(StrEnum):
    """What became of a mail for one recipient."""

    DEAD = "dead"
    """There is no such mailbox, and that will not change. The only one that marks the address."""
    CONTENT = "content"
    """Refused for what it is or who sent it: policy, spam, size, sender."""
    FULL = "full"
    """The mailbox has no room."""
    UNREACHED = "unreached"
    """Given up for any other reason: too long tried, no route, or none that is said."""
    DELAYED = "delayed"
    DELIVERED = "delivered"

    @property
    def is_failure(self) -> bool:
        """Whether the recipient did not get the mail and will not."""
        return self not in (Fate.DELAYED, Fate.DELIVERED)


class Machine(StrEnum):
    """By what a mail from a machine is known (reliability 2.5, RFC 3834)."""

    AUTO_SUBMITTED = "auto_submitted"
    NULL_RETURN_PATH = "null_return_path"
    PRECEDENCE = "precedence"
    AUTOREPLY = "autoreply"
    SUPPRESS = "suppress"
    """X-Auto-Response-Suppress, as our own mails have it."""
    LIST = "list"
    RECEIPT = "receipt"
    """That a mail was read (RFC 8098)."""
    REPORT = "report"
    CALENDAR = "calendar"
    """A calendar program's answer."""
    DAEMON = "daemon"
    LOOP = "loop"
    """It passed more servers than any mail of a person does."""
    OWN = "own"
    """It has a Message-ID of ours, so our own mail came back, whatever else it has lost."""
    SUBJECT = "subject"
    """An absence note that says so in its subject only."""


class NoText(StrEnum):
    """Why no text can be read."""

    HTML_ONLY = "html_only"
    ATTACHMENT = "attachment"
    """What stands first is a file, a forwarded mail or Outlook's own format."""
    ENCRYPTED = "encrypted"
    FRAGMENT = "fragment"
    """One piece of a mail that was cut up (message/partial)."""
    TOO_FAR = "too_far"
    """There are only blank lines as far as is read."""
    NONE = "none"
    """There is none, or in an encoding that no mail program uses."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a bounce says of one recipient."""

    fate: Fate
    final: str = ""
    """The address that was tried last; after forwarding it is another than ours."""
    original: str = ""
    """The address that we had sent to, where the servers hand it on."""
    action: str = ""
    """As it is written; empty in a bounce that has only words."""
    status: str = ""
    """The enhanced status code, such as ``5.1.1``; empty if there is none."""
    diagnostic: str = ""
    """One safe line. It quotes addresses, so it belongs in no log."""


@dataclass(frozen=True, slots=True)
class Authenticated:
    """One field Authentication-Results (RFC 8601)."""

    authserv_id: str
    """The server that claims it, in small letters; empty where the field cannot be read."""
    dmarc: tuple[tuple[str, str], ...] = ()
    """Each result of DMARC and the domain (header.from) that it is about, in small letters."""


@dataclass(frozen=True, slots=True)
class Inbound:
    """One mail, read."""

    kind: Kind
    header_id: str = ""
    """Its Message-ID with brackets; empty where it has none, several or an odd one."""
    from_fields: int = 0
    mailboxes: tuple[str, ...] = ()
    """The addresses of all From fields; none where a field can be read in two ways."""
    sender: str = ""
    """The From field as a safe line, for people; decides nothing."""
    subject: str = ""
    """Decoded, one safe line."""
    sent_at: datetime | None = None
    """What it says itself, in UTC."""
    addressed_to: tuple[str, ...] = ()
    """Delivered-To and the like first, then To and Cc."""
    machine: Machine | None = None
    first_line: str = ""
    """The first line of the text that is not blank, as it is written; not safe to show."""
    own_text: str = ""
    """What stands before the first quotation; safe to show."""
    no_text: NoText | None = None
    deliveries: tuple[Delivery, ...] = ()
    envelope_id: str = ""
    """Original-Envelope-Id; whether it is ours its signature tells."""
    returned_id: str = ""
    """The Message-ID in what was sent back. Anybody can write it, so it proves nothing."""
    authentication: tuple[Authenticated, ...] = ()
    """As they stand, the topmost first."""


class Trouble(StrEnum):
    """Why a mail cannot be read."""

    SIZE = "size"
    HEADERS = "headers"
    PARTS = "parts"
    DEPTH = "depth"
    PARSE = "parse"
    TIME = "time"
    MEMORY = "memory"
    DIED = "died"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A mail that is put aside for a person."""

    trouble: Trouble
    detail: str = ""
    """One line for a person; never a part of the mail."""
