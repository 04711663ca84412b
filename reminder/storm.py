"""The storm decision: how many messages one scan may make before a person must look. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from reminder.policy import Storm

DAYS = 30
"""The usual is reckoned from so many days, and not before there are so many."""
PERCENT = 95
REST = timedelta(hours=4)
"""After this long held, what is due within ``URGENT`` leaves by itself: better a mail too many
than a deadline that passes while nobody looks."""
URGENT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class PastDays:
    """What earlier scans made, by the bureaus' days."""

    first_on: date | None
    """The day of the first message of all; None where there is none yet."""
    messages: Mapping[date, int]
    """How many were made on a day; a day without any may be left out."""


@dataclass(frozen=True, slots=True)
class StormLimit:
    """The most messages that a scan may make."""

    most: int
    usual: int | None
    """Messages on a busy day; None while there is too little history to say."""


def usual_number(past: PastDays, today: date) -> int | None:
    """The 95th percentile of messages a day over the 30 days before *today*.

    By nearest rank: of 30 days the second busiest, so that one odd day, such as an earlier
    storm, does not make the next one usual. None while the first message is younger than that.
    """
    if past.first_on is None or today - past.first_on < timedelta(days=DAYS):
        return None
    days = sorted(past.messages.get(today - timedelta(days=ago), 0) for ago in range(1, DAYS + 1))
    rank = -(-PERCENT * DAYS // 100)  # rounded up
    return days[rank - 1]


def storm_limit(storm: Storm, past: PastDays, today: date) -> StormLimit:
    """A scan that makes more than ``most`` is a storm: more than both figures of the policy."""
    usual = usual_number(past, today)
    if usual is None:
        return StormLimit(storm.more_than, None)
    return StormLimit(max(storm.more_than, int(storm.times_usual * usual)), usual)
