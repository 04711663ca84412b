"""Sessions: what an opened link becomes, so that no address, history or form shows its token.

Nothing is stored. A session is the id of the grant and the instant of its opening, signed; the
nonce of a form and the cookie are the same, each signed for its own purpose only.
"""

from __future__ import annotations

import base64
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from reminder.mail.links import derive_key

LASTS = timedelta(minutes=30)
"""How long a page can be shown and answered after the link was opened (reliability R-ACT-07)."""
SHORTEST = timedelta(milliseconds=1500)
"""Sooner after a form was shown no person presses its button (ASVS 2.4.2)."""

_MARK = re.compile(r"([A-Za-z0-9_-]{22})\.([0-9a-z]{1,12})\.([A-Za-z0-9_-]{22})", re.ASCII)
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


class Use(StrEnum):
    """What a mark is good for; one made for one use is worthless for another."""

    SESSION = "session"
    FORM = "form"
    CONFIRM = "confirm"
    """The button of the second page that those without cookies are asked to press."""
    COOKIE = "cookie"


class Age(StrEnum):
    """How a mark stands."""

    FORGED = "forged"
    TOO_YOUNG = "too_young"
    GOOD = "good"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Mark:
    """A genuine mark."""

    grant_id: str
    made_at: datetime


def make_mark(secret_key: str, use: Use, grant_id: str, now: datetime) -> str:
    """``<grant id>.<milliseconds, base 36>.<mac>``"""
    made = _in_base_36(int(now.timestamp() * 1000))
    return f"{grant_id}.{made}.{_mac(secret_key, use, grant_id, made)}"


def read_mark(secret_key: str, use: Use, text: str) -> Mark | None:
    """What a mark says; None where we did not make it for that use."""
    found = _MARK.fullmatch(text) if len(text) <= 80 else None
    if found is None:
        return None
    grant_id, made, mac = found.groups()
    if not hmac.compare_digest(mac, _mac(secret_key, use, grant_id, made)):
        return None
    return Mark(grant_id, datetime.fromtimestamp(int(made, 36) / 1000, UTC))


def age_of(secret_key: str, use: Use, text: str, grant_id: str, now: datetime) -> Age:
    """How a mark that was given for the pages of that grant stands."""
    mark = read_mark(secret_key, use, text)
    if mark is None or mark.grant_id != grant_id:
        return Age.FORGED
    age = now - mark.made_at
    if age > LASTS:
        return Age.OVER
    return Age.TOO_YOUNG if age < SHORTEST else Age.GOOD


def _mac(secret_key: str, use: Use, grant_id: str, made: str) -> str:
    key = derive_key(secret_key, f"web/{use}")
    mac = hmac.digest(key, f"{grant_id}.{made}".encode(), "sha256")[:16]
    return base64.urlsafe_b64encode(mac).decode().rstrip("=")


def _in_base_36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"
