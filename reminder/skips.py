"""Skips: the named reasons for which somebody is not told."""

from __future__ import annotations

from enum import StrEnum


class SkipReason(StrEnum):
    """Why a notice is not made, or not sent after it was made."""

    SUPERSEDED = "superseded"
    """A more urgent lead time was reached first."""
    STALE = "stale"
    """The deadline was long past on the day it entered the register."""
    WAITING = "waiting"
    """A step that must come first is not done."""
    OPTED_OUT = "opted_out"
    """The register excuses this agreement from the rule."""
    NO_RULE = "no_rule"
    """No rule of the policy matches the deadline."""
    NO_RECIPIENT = "no_recipient"
    """Nobody to tell, not even a service admin."""
    SAME_RECIPIENT = "same_recipient"
    """The person is told already, in another role."""
    REDATED = "redated"
    """The due date changed while the mail was waiting."""
    DISCARDED = "discarded"
    """A person decided that the mail is not to be sent."""
    SNOOZED = "snoozed"
    """Somebody asked to be told again on a later day."""
    ACKNOWLEDGED = "acknowledged"
    """Somebody said that the matter is seen, so nobody further up is told for a while."""
    HANDED_OVER = "handed_over"
    """Somebody else took the matter over while the mail was waiting."""
    NO_SUPERIOR = "no_superior"
    """Nobody further up is left to be told."""
    MET = "met"
    VOID = "void"
