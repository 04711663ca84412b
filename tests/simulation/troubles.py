"""Troubles: what a relay can do to one mail, by the phase in which it does it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from reminder.mail.wire import Reply


@dataclass(frozen=True)
class Trouble:
    """One thing that goes wrong with a mail."""

    phase: str
    reply: Reply | None = None
    """None: the relay says nothing, or hangs up."""
    lasts: timedelta = timedelta(0)
    """How long the client waits for it."""
    stores: bool = False
    """Whether the relay has taken the mail all the same."""


def _replies(phase: str, *lines: str, stores: bool = False) -> tuple[Trouble, ...]:
    return tuple(Trouble(phase, Reply(int(line[:3]), (line[4:],)), stores=stores) for line in lines)


def _hang_up(*phases: str) -> tuple[Trouble, ...]:
    return tuple(Trouble(phase) for phase in phases)


def _silence(seconds: int, *phases: str) -> tuple[Trouble, ...]:
    return tuple(Trouble(phase, lasts=timedelta(seconds=seconds)) for phase in phases)


UNREACHABLE = (
    *_hang_up("connect", "greeting", "ehlo", "auth"),
    *_silence(30, "connect"),
    *_silence(60, "greeting", "ehlo", "auth"),
    *_replies("greeting", "421 4.3.2 closing", "554 5.3.2 go away"),
    *_replies("ehlo", "421 4.3.0 closing", "502 5.5.1 what"),
    *_replies("auth", "454 4.7.0 later", "535 5.7.8 wrong"),
)
DEFERRING = (
    *_hang_up("mail", "rcpt", "data", "body"),
    *_silence(60, "mail", "rcpt"),
    *_silence(120, "data"),
    *_silence(180, "body"),
    *_replies("mail", "421 4.3.0 closing", "451 4.3.0 later", "452 4.3.1 full"),
    *_replies("rcpt", "421 4.3.0 closing", "450 4.2.1 busy", "451 4.7.1 later"),
    *_replies("data", "421 4.3.0 closing", "451 4.3.0 later"),
    *_replies("body", "421 4.3.0 closing", "451 4.3.0 later"),
)
REFUSING = (
    *_replies("mail", "552 5.3.4 too large", "550 5.7.1 not you"),
    *_replies("rcpt", "550 5.1.1 nobody", "551 not here", "550 5.7.26 not proved", "530 5.7.0 no"),
    *_replies("data", "554 5.5.1 no valid recipients", "554 no"),
    *_replies("body", "554 5.6.0 not this", "554 no"),
    *_replies("dot", "554 5.6.0 not this", "550 5.7.1 policy", "554 no", "550 5.7.515 not proved"),
)
DEFERRING_DOT = _replies("dot", "421 4.3.0 closing", "451 4.3.0 later", "452 4.3.1 full")
SILENT_DOT = tuple(
    Trouble("dot", reply, timedelta(seconds=seconds), stores)
    for stores in (False, True)
    for reply, seconds in ((None, 0), (None, 120), (Reply(354, ("what",)), 0), (Reply(199, ()), 0))
)
NOBODY = Trouble("rcpt", Reply(550, ("5.1.1 there is no such mailbox",)))
GREYLISTED = Trouble("rcpt", Reply(450, ("4.2.0 greylisted, try again",)))
DOWN = Trouble("connect", lasts=timedelta(seconds=30))
