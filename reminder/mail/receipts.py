"""Receipts: what a mail says about an answer and not about a deadline alone, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from reminder.agreements import Decision
from reminder.calendars import PartialDate

HAND_OVER = "hand_over"
"""The template that asks somebody to be the owner."""
RECEIPT = "receipt"
"""The template that tells what is on record now."""
RECEIPTS = (HAND_OVER, RECEIPT)


class Told(StrEnum):
    """What such a mail is about."""

    ASKED = "asked"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    DONE = "done"
    DECIDED = "decided"
    TAKEN_BACK = "taken_back"
    """A hand-over was undone: the owner is the one before."""
    REOPENED = "reopened"
    """That something is done was taken back."""


@dataclass(frozen=True, slots=True)
class Someone:
    """A person as other people may read of them: never by an address."""

    name: str
    """Empty where the register has no name."""
    role: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was answered. Fields that a kind of answer does not have are empty."""

    what: Told
    by: Someone
    """To whom the link was sent by which it was answered."""
    at: datetime
    old: Someone | None = None
    """The owner before a hand-over."""
    new: Someone | None = None
    """Who is asked to be the owner, or is it now."""
    until: datetime | None = None
    """Until when it can be accepted; of what is on record, until when it can be taken back."""
    done_on: PartialDate | None = None
    evidence: str = ""
    decision: Decision | None = None
    note: str = ""
