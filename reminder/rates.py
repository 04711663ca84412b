"""Rates: mails already handed over and a limit -> when the next ones may go. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta


def free_slots(
    handed: Sequence[datetime], wanted: int, count: int, per: timedelta, now: datetime
) -> list[datetime]:
    """For each of *wanted* mails, in order, the instant from which on it keeps the limit.

    The limit: at most *count* in any time as long as *per*. *handed* are the instants at
    which mails went out before, those under way included; *now* is the answer for what may
    go at once.
    """
    taken = sorted(instant for instant in handed if now - instant < per)
    slots: list[datetime] = []
    for _ in range(wanted):
        # The mail that is `count` places before it must be a whole period ago.
        before = taken[-count] + per if len(taken) >= count else now
        slots.append(max(before, now))
        taken.append(slots[-1])
    return slots
