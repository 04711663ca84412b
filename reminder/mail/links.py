"""Links and Message-IDs: signed, derived from the secret key, never stored.

The database keeps the id of a link and what it is about; the signature is made again
whenever the mail is composed. So a stolen database or backup opens no page, and a
repeated mail is the same to the byte.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email.utils import parseaddr
from functools import lru_cache

from reminder.link_keys import FIRST_KEY

PLACEHOLDER_SCHEME = "reminder-link:"
PLACEHOLDER = re.compile(rf"{PLACEHOLDER_SCHEME}(\d{{1,19}}(?!\d)|@[A-Za-z0-9_-]{{22}})", re.ASCII)
"""Names the link of a notice by its number, and any other by ``@`` and the id of its grant."""

LONGEST_TOKEN = 200
LOCAL_DOMAIN = "reminder.localhost"
"""Where no sender is set; ``.localhost`` is nobody's (RFC 6761)."""

AFTER_DUE = timedelta(days=30)
LONGEST_LIFE = timedelta(days=180)
SHORTEST_LIFE = timedelta(days=14)

_VERSION = b"act/v1"
_TOKEN = re.compile(r"([A-Za-z0-9]{1,4})\.([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{22})", re.ASCII)


@dataclass(frozen=True, slots=True)
class LinkGrant:
    """What one link allows, as the database keeps it."""

    id: str
    """16 random bytes in base64url; single use is keyed on it, never on the token's text."""
    purpose: str
    deadline_id: int | None
    epoch: int | None
    recipient: str
    expires_at: datetime
    kid: str = FIRST_KEY
    subject: str = ""
    """What it is about where that is no notice."""


@lru_cache(maxsize=16)
def derive_key(secret_key: str, purpose: str) -> bytes:
    """A key for one purpose, so that a signature made for one is worthless for another."""
    return hmac.digest(secret_key.encode(), f"reminder/v1/{purpose}".encode(), "sha256")


def link_key(secret_key: str, kid: str) -> bytes:
    """The key of that id. Which ids there are, and which open nothing any more, is stored."""
    return derive_key(secret_key, "link" if kid == FIRST_KEY else f"link/{kid}")


def new_link_id() -> str:
    """A fresh id for a grant."""
    return _encode(secrets.token_bytes(16))


def link_expiry(due_on: date, sent_at: datetime) -> datetime:
    """Until when a link works: 30 days past the due date, at most 180 days in all.

    At least 14 days after sending: a notice of something long overdue would otherwise
    carry a link that is dead on arrival, and it is the one that most needs an answer.
    """
    after_due = datetime.combine(due_on, time.max, UTC) + AFTER_DUE
    expires = max(sent_at + SHORTEST_LIFE, min(after_due, sent_at + LONGEST_LIFE))
    return expires.replace(microsecond=0)


def sign_link(grant: LinkGrant, secret_key: str) -> str:
    """The token ``<kid>.<id>.<mac>`` of a grant."""
    key = link_key(secret_key, grant.kid)
    return f"{grant.kid}.{grant.id}.{_encode(_mac(grant, key))}"


def split_token(token: str) -> tuple[str, str] | None:
    """The key id and the grant's id that *token* names; None for anything malformed."""
    match = _TOKEN.fullmatch(token) if len(token) <= LONGEST_TOKEN else None
    if match is None or _decode(match[2]) is None or _decode(match[3]) is None:
        return None
    return match[1], match[2]


def verify_link(token: str, grant: LinkGrant, secret_key: str) -> bool:
    """Whether *token* was signed for exactly this grant.

    Says nothing about its expiry, nor whether its key still opens anything.
    """
    match = _TOKEN.fullmatch(token) if len(token) <= LONGEST_TOKEN else None
    if match is None or (match[1], match[2]) != (grant.kid, grant.id):
        return False
    given = _decode(match[3])
    mac = _mac(grant, link_key(secret_key, grant.kid))
    return given is not None and hmac.compare_digest(given, mac)


def link_url(public_url: str, token: str) -> str:
    """The page of a token, always below the configured public URL and no other."""
    return f"{public_url.rstrip('/')}/a/{token}"


def feed_url(public_url: str, token: str) -> str:
    """The calendar of a token, to subscribe to."""
    return f"{public_url.rstrip('/')}/calendar/{token}.ics"


def unsubscribe_url(public_url: str, token: str) -> str:
    """The page of a token that stops digests; mail programs send to it by themselves."""
    return f"{public_url.rstrip('/')}/unsubscribe/{token}"


def placeholder(notice_id: int) -> str:
    """What stands for a notice's link in stored content, until ``compose`` puts it in."""
    return f"{PLACEHOLDER_SCHEME}{notice_id}"


def placeholder_of(grant_id: str) -> str:
    """The same for the link of a grant that belongs to no notice."""
    return f"{PLACEHOLDER_SCHEME}@{grant_id}"


def message_id_for(secret_key: str, domain: str, *parts: str) -> str:
    """A Message-ID that is always the same for the same parts, and names nobody."""
    mac = hmac.digest(derive_key(secret_key, "message-id"), _joined(*parts), "sha256")
    return f"<{base64.b32encode(mac).decode()[:26]}@{domain}>"


def thread_id_for(secret_key: str, domain: str, agreement: str, recipient: str) -> str:
    """The Message-ID under which all mails of one agreement to one recipient form a thread.

    No mail has it; mail programs group those that refer to it.
    """
    return message_id_for(secret_key, domain, "thread", agreement, recipient.casefold())


def message_id_domain(configured: str, mail_from: str) -> str:
    """The domain of Message-IDs and List-Id: the policy's, else that of the sender."""
    domain = configured or parseaddr(mail_from)[1].rpartition("@")[2] or LOCAL_DOMAIN
    if not domain.isascii():
        import idna

        domain = idna.encode(domain, uts46=True).decode()
    return domain.lower()


def _mac(grant: LinkGrant, key: bytes) -> bytes:
    expires = str(int(grant.expires_at.timestamp()))
    parts = [
        grant.purpose, grant.id, str(grant.deadline_id), str(grant.epoch), grant.recipient, expires
    ]  # fmt: skip
    if grant.subject:
        parts.append(grant.subject)
    return hmac.digest(key, _VERSION + _joined(*parts), "sha256")[:16]


def _joined(*parts: str) -> bytes:
    # Lengths keep ("a", "bc") and ("ab", "c") apart.
    encoded = [part.encode("utf-8", "surrogatepass") for part in parts]
    return b"".join(len(part).to_bytes(4, "big") + part for part in encoded)


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _decode(text: str) -> bytes | None:
    """Strict: of the four texts that decode to the same bytes only ours is accepted."""
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (ValueError, binascii.Error):
        return None
    return raw if _encode(raw) == text else None
