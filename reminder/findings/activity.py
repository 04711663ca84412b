"""What happened with the partner: which activities are contact, and which answer a letter."""

from __future__ import annotations

from collections.abc import Iterable, Set
from datetime import date

from reminder.agreements import Activity, Dossier

LETTER_OUT, LETTER_IN = "letter_out", "letter_in"
JOINT: Set[str] = frozenset({"meeting", "visit", "exchange"})
"""A joint meeting, or what may stand in its place (Surabaya-Kitakyushu, article 5; domain (d))."""
CEREMONIAL: Set[str] = frozenset({"ceremony", "other"})
"""Types that show nothing of the cooperation itself (domain E6)."""
CONTACT: Set[str] = JOINT | {LETTER_OUT, LETTER_IN, "ceremony"}
"""Types in which the two sides meet or write: all but ``other``, which may be ours alone."""


def happened(dossier: Dossier, today: date, *, with_intended: bool = True) -> list[Activity]:
    """The activities of an agreement up to today, and of those that are to replace it.

    The talks about a renewal are recorded with the new agreement, and are contact all the same.
    A day still to come is an intention, or a slip of the pen.
    """
    found = [*dossier.activities]
    if with_intended:
        found.extend(activity for one in dossier.intended for activity in one.activities)
    return [activity for activity in found if activity.date.first <= today]


def last_of(activities: Iterable[Activity], types: Set[str]) -> Activity | None:
    """The latest activity of those types, by the last day that its date can mean."""
    return max(
        (activity for activity in activities if activity.type in types),
        key=lambda activity: (activity.date.last, activity.date.first, activity.type),
        default=None,
    )


def unanswered_letter(dossier: Dossier, today: date, letter: str) -> Activity | None:
    """The oldest letter of that type after the last answer to it; None where all are answered.

    A letter the other way, a meeting, a visit or an exchange of documents answers all letters up
    to its day; of a partial date, up to the last day that it can mean.
    """
    answers = JOINT | {LETTER_IN if letter == LETTER_OUT else LETTER_OUT}
    answer = last_of(happened(dossier, today), answers)
    letters = [
        activity
        for activity in happened(dossier, today, with_intended=False)
        if activity.type == letter and (answer is None or activity.date.first > answer.date.last)
    ]
    return min(letters, key=lambda one: (one.date.last, one.date.first), default=None)
