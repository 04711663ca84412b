"""What every way of sending mail has in common: a mail goes in, an outcome comes out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Verdict(StrEnum):
    """What is known after an attempt. Only ``SENT`` means that the next server took it."""

    SENT = "sent"
    DEFERRED = "deferred"
    """Provably not taken; try again later."""
    FAILED = "failed"
    """Refused for good, for this recipient."""
    UNCERTAIN = "uncertain"
    """The final dot went out and no verdict came back."""
    HELD = "held"
    """Refused in a way that a person must look at."""
    RELAY = "relay"
    """The relay could not be used at all; says nothing about this message."""
    FENCED = "fenced"
    """``before_dot`` said no: the lease was lost or the deadline closed; nothing was sent."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one attempt: how far it came, what the server said, what it means.

    ``phase`` is one of ``connect greeting ehlo starttls auth mail rcpt data body dot``, or
    ``file`` for a Maildir. ``text`` is at most 500 characters and names no address.
    """

    verdict: Verdict
    phase: str
    code: int | None = None
    enhanced: str = ""
    text: str = ""
    relay: str = ""


@dataclass(frozen=True, slots=True)
class OutgoingMail:
    """One message as bytes with its one recipient; lines end in CRLF."""

    message_id: str
    sender: str
    """Envelope sender, a bare address."""
    recipient: str
    """Envelope recipient, a bare address."""
    data: bytes
    envelope_id: str = ""
    """What a report about this mail repeats (RFC 3461), as xtext; empty asks for none."""


@dataclass(frozen=True, slots=True)
class TransportCheck:
    """One live check of a transport, as ``doctor`` prints it."""

    name: str
    is_ok: bool
    detail: str
    """What was found; where ``is_ok`` is False, also what to do."""


BeforeDot = Callable[[], bool]
"""Called once, just before the step that cannot be taken back. False: do not take it."""


class Transport(Protocol):
    """A way to send. Not safe for use by several threads at once."""

    def send(self, mail: OutgoingMail, before_dot: BeforeDot) -> Outcome:
        """Try once. Never raises for what a server says or fails to say."""
        ...

    def close(self) -> None:
        """End an open session; its outcome changes no verdict."""
        ...
