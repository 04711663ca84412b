"""What the server can do in a phase instead of the usual reply."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Ending = Literal["stay", "drop", "reset", "silence", "half-close"]


@dataclass(frozen=True)
class Action:
    """Say something, or nothing, and then go on, hang up or fall silent."""

    ending: Ending
    pieces: tuple[bytes, ...] = ()
    """Said first, one after the other, each in a packet of its own as far as TCP allows."""
    pause: float = 0.0
    """Seconds between two pieces."""
    after: int = 1
    """In the phase ``body``: octets of it that are read first."""


def reply(text: str) -> Action:
    """Answer with that line."""
    return raw(text.encode() + b"\r\n")


def raw(*pieces: bytes) -> Action:
    """Send exactly these bytes."""
    return Action("stay", pieces)


def lines(*texts: str) -> Action:
    """Answer in several lines; each text begins with the code, as "250 ready"."""
    first = "".join(f"{text[:3]}-{text[4:]}\r\n" for text in texts[:-1])
    return raw(first.encode() + texts[-1].encode() + b"\r\n")


def octet_by_octet(text: str) -> Action:
    """Answer with that line in as many pieces as it has octets."""
    return raw(*(bytes([octet]) for octet in text.encode() + b"\r\n"))


def slowly(text: str, pause: float) -> Action:
    """The same with so many seconds after each octet."""
    return replace(octet_by_octet(text), pause=pause)


def closing(text: str) -> Action:
    """Answer with that line and hang up, as after a 421."""
    return Action("drop", (text.encode() + b"\r\n",))


def in_body(action: Action, after: int) -> Action:
    """Do that once *after* octets of the body have come, or all of it if it has fewer."""
    return replace(action, after=after)


DROP = Action("drop")
"""Close the connection."""
RESET = Action("reset")
"""Break it with a TCP reset."""
SILENCE = Action("silence")
"""Say nothing until the client goes away."""
HALF_CLOSE = Action("half-close")
"""Close our direction only, and listen on."""
GARBAGE = raw(b"\xff\xfe what is this\r\n")
TOO_LONG = raw(b"250 " + b"x" * 10_000 + b"\r\n")
"""A line longer than any reply may be."""
INJECTED = raw(b"220 2.0.0 go ahead\r\n250 2.0.0 said in the clear\r\n")
"""For ``starttls``: what somebody on the way would put in before the handshake."""
FAULTS = {"drop": DROP, "reset": RESET, "silence": SILENCE, "garbage": GARBAGE}
