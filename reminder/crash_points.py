"""Crash points: named places on both sides of every commit and of every step of SMTP.

Tests end the process at one of them, to see what becomes of the mail. In production no
killer is set, and passing a point does nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum


class CrashPoint(StrEnum):
    """The places, in the order in which one mail passes them."""

    SCAN_READ = "CP-01"
    BEFORE_SCAN_COMMIT = "CP-02"
    AFTER_SCAN_COMMIT = "CP-03"
    BEFORE_CLAIM_COMMIT = "CP-04"
    AFTER_CLAIM_COMMIT = "CP-05"
    AFTER_FREEZE_COMMIT = "CP-06"
    CONNECTED = "CP-07"
    DATA_GRANTED = "CP-08"
    """After the relay's 354."""
    MID_BODY = "CP-09"
    BEFORE_INTENT_COMMIT = "CP-10"
    AFTER_INTENT_COMMIT = "CP-11"
    DOT_SENT = "CP-13"
    REPLY_READ = "CP-14"
    JOURNAL_WRITTEN = "CP-15"
    """Written to the outcome journal, not yet synced."""
    JOURNAL_SYNCED = "CP-16"
    BEFORE_VERDICT_COMMIT = "CP-17"
    AFTER_VERDICT_COMMIT = "CP-18"
    BEFORE_SUCCESSION_COMMIT = "CP-19"
    AFTER_SUCCESSION_COMMIT = "CP-20"
    BEFORE_QUIT = "CP-21"
    BEFORE_DIGEST_COMMIT = "CP-22"
    AFTER_DIGEST_COMMIT = "CP-23"
    MID_IMPORT = "CP-25"
    MID_MIGRATION = "CP-26"
    MID_BACKUP = "CP-27"
    BEFORE_ESCALATION_COMMIT = "CP-28"
    AFTER_ESCALATION_COMMIT = "CP-29"
    BEFORE_RESPONSE_COMMIT = "CP-30"
    AFTER_RESPONSE_COMMIT = "CP-31"
    BEFORE_ARRIVED_COMMIT = "CP-32"
    """A mail that came in, before it is stored."""
    AFTER_ARRIVED_COMMIT = "CP-33"
    BEFORE_SETTLED_COMMIT = "CP-34"
    """What came of it, before that is stored."""
    AFTER_SETTLED_COMMIT = "CP-35"


Killer = Callable[[CrashPoint], None]
_killer: Killer | None = None


def set_killer(killer: Killer | None) -> None:
    """Have *killer* called at each point that is passed; None for nobody. For tests only."""
    global _killer
    _killer = killer


def passing(point: CrashPoint) -> None:
    """Say that this point is reached."""
    if _killer is not None:
        _killer(point)
