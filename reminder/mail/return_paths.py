"""Signed addresses for what comes back: a bounce or a reply names the mail that it is about.

``mail@biro.go.id`` becomes ``mail+b<id>.<mac>@biro.go.id`` as envelope sender and
``mail+r<id>.<mac>@biro.go.id`` for replies. ``<id>`` is the left half of our Message-ID in
small letters (mail servers may change the case of an address), ``<mac>`` its signature.
Nothing is stored for it, and how long an address counts is for the reader to judge.
"""

from __future__ import annotations

import hmac
import re
from base64 import b32encode
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from reminder.mail.links import derive_key

LONGEST_LOCAL_PART = 64
"""Octets before the ``@`` (RFC 5321 4.5.3.1.1)."""
LONGEST_BASE = LONGEST_LOCAL_PART - len("+b") - 26 - len(".") - 16
"""Octets that the configured address may have before its ``@``."""

_MARKED = r"[a-z2-7]{26}\.[a-z2-7]{16}"
_TAGGED = re.compile(rf"(?P<base>.+)\+(?P<purpose>[br])(?P<marked>{_MARKED})", re.ASCII)
_ENVELOPE_ID = re.compile(_MARKED, re.ASCII)
_OWN_ID = re.compile(r"<?(?P<id>[A-Z2-7]{26})(?:@(?P<domain>[^<>@\s]+))?>?", re.ASCII)
_BASE = re.compile(r"(?P<local>[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+)@(?P<domain>[^@\s<>]+)", re.ASCII)


class ReturnPurpose(StrEnum):
    """What an address is for; a signature made for one is worthless for another."""

    BOUNCE = "b"
    REPLY = "r"
    ENVELOPE = "e"
    """The ENVID that the relay hands on (RFC 3461)."""


@dataclass(frozen=True, slots=True)
class Marked:
    """What a genuine address or ENVID says."""

    purpose: ReturnPurpose
    message_id: str
    """The left half of our Message-ID, as we write it: 26 capital letters and digits."""


def return_address(base: str, message_id: str, secret_key: str) -> str:
    """The envelope sender of one mail; ValueError for a *base* that has no room for it."""
    return _tagged(base, ReturnPurpose.BOUNCE, message_id, secret_key)


def reply_address(base: str, message_id: str, secret_key: str) -> str:
    """The Reply-To of one mail; ValueError for a *base* that has no room for it."""
    return _tagged(base, ReturnPurpose.REPLY, message_id, secret_key)


def envelope_id(message_id: str, secret_key: str) -> str:
    """The ENVID of one mail: 43 letters, digits and a dot, so xtext as it is."""
    return _signed(_left_half(message_id), ReturnPurpose.ENVELOPE, secret_key)


def check_base(base: str) -> None:
    """ValueError, with a text for people, where no signed address can be made of *base*."""
    match = _BASE.fullmatch(base)
    if match is None:
        raise ValueError(f'"{base}" is no address of the form name@domain')
    if len(match["local"]) > LONGEST_BASE:
        raise ValueError(
            f'"{match["local"]}" has {len(match["local"])} characters before the @, and at most '
            f"{LONGEST_BASE} leave room for the mark of each mail"
        )


def read_address(address: str, base: str, secret_key: str) -> Marked | None:
    """What *address* says if we signed it, else None."""
    local, _, domain = address.lower().rpartition("@")
    own_local, _, own_domain = base.lower().rpartition("@")
    match = _TAGGED.fullmatch(local) if len(local) <= LONGEST_LOCAL_PART else None
    if match is None or (match["base"], domain) != (own_local, own_domain):
        return None
    return _verified(match["marked"], ReturnPurpose(match["purpose"]), secret_key)


def read_addresses(
    addresses: Iterable[str], base: str, secret_key: str, purpose: ReturnPurpose
) -> Marked | None:
    """The first of *addresses* that we signed for that purpose."""
    for address in addresses:
        marked = read_address(address, base, secret_key)
        if marked is not None and marked.purpose is purpose:
            return marked
    return None


def read_envelope_id(text: str, secret_key: str) -> Marked | None:
    """What an ENVID says if we signed it, else None."""
    match = _ENVELOPE_ID.fullmatch(text.strip().lower()) if len(text) <= 100 else None
    return None if match is None else _verified(match[0], ReturnPurpose.ENVELOPE, secret_key)


def is_own_id(header_id: str, domain: str) -> bool:
    """Whether a Message-ID has the form of ours: then our own mail came back.

    No proof, and none is needed: such a mail is left alone.
    """
    match = _OWN_ID.fullmatch(header_id)
    return match is not None and (match["domain"] or "").lower() == domain.lower()


def _tagged(base: str, purpose: ReturnPurpose, message_id: str, secret_key: str) -> str:
    local, _, domain = base.rpartition("@")
    if not local or not domain or len(local) > LONGEST_BASE:
        check_base(base)
    return f"{local}+{purpose}{_signed(_left_half(message_id), purpose, secret_key)}@{domain}"


def _left_half(message_id: str) -> str:
    match = _OWN_ID.fullmatch(message_id)
    if match is None:
        raise ValueError(f"{message_id} is no Message-ID of ours")
    return match["id"].lower()


def _signed(left_half: str, purpose: ReturnPurpose, secret_key: str) -> str:
    return f"{left_half}.{_mac(left_half, purpose, secret_key)}"


def _verified(marked: str, purpose: ReturnPurpose, secret_key: str) -> Marked | None:
    left_half, _, given = marked.partition(".")
    if not hmac.compare_digest(given, _mac(left_half, purpose, secret_key)):
        return None
    return Marked(purpose, left_half.upper())


def _mac(left_half: str, purpose: ReturnPurpose, secret_key: str) -> str:
    signed = f"{purpose}/{left_half}".encode()
    mac = hmac.digest(derive_key(secret_key, "return-path"), signed, "sha256")[:10]
    return b32encode(mac).decode().lower()
