"""Retry: how many attempts there were and what bounds them -> when to try again, or give up."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

STEPS = tuple(timedelta(minutes=minutes) for minutes in (5, 10, 20, 40, 66))
"""Postfix's own delays; after the last one every 66 minutes."""
JITTER = 0.2
LONGEST = timedelta(days=5)
"""From the first attempt; relays give up after as long."""

RELAY_STEPS = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 4, 8, 16, 30))
PUT_OFF = timedelta(hours=1)
"""For a message that an error of the service itself kept from being sent."""
UNCERTAIN_FOR = timedelta(minutes=30)
"""How long a mail without a verdict rests before its one repeat: longer than any server
keeps a connection open after the dot."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Until when trying makes sense; None where nothing of the kind comes."""

    first_try_at: datetime
    next_lead_at: datetime | None = None
    """When a more urgent notice about the same takes this one's place."""
    closes_at: datetime | None = None
    """When what the mail warns of has happened, so that its words are wrong."""


@dataclass(frozen=True, slots=True)
class Retry:
    """When to try again. ``at`` is None to give up, and ``reason`` then says why."""

    at: datetime | None
    reason: str = ""


def next_retry(
    attempts: int,
    now: datetime,
    seed: str,
    limits: Limits,
    next_opening: Callable[[datetime], datetime] = lambda at: at,
) -> Retry:
    """When to try again after *attempts* that were provably not taken.

    *seed* is the message's id: its jitter is the same whoever reckons it, and different
    from that of the mails deferred in the same minute. *next_opening* moves an instant
    outside the send window into it.
    """
    step = STEPS[min(attempts, len(STEPS)) - 1]
    share = _share(seed, attempts)
    # The first step is never shortened: greylists count five minutes from the first try.
    factor = 1 + JITTER * (share if attempts <= 1 else 2 * share - 1)
    at = next_opening(now + step * factor)
    for limit, reason in (
        (limits.first_try_at + LONGEST, "not taken in 5 days of trying"),
        (limits.next_lead_at, "the next notice about it is due before another try"),
        (limits.closes_at, "the due date is over before another try"),
    ):
        if limit is not None and at >= limit:
            return Retry(None, reason)
    return Retry(at)


def next_relay_try(faults: int, now: datetime, seed: str) -> datetime:
    """When to try again after *faults* in a row that were the relay's and not this mail's.

    There is no giving up: such a fault says nothing about the message.
    """
    step = RELAY_STEPS[min(faults, len(RELAY_STEPS)) - 1]
    return now + step * (1 + JITTER * (2 * _share(seed, faults) - 1))


def _share(seed: str, number: int) -> float:
    """A number from 0 up to 1 that depends on nothing but its arguments."""
    digest = hashlib.sha256(f"{number} {seed}".encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32
