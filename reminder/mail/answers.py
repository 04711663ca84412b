"""Answers: what a mail offers its reader, each at an address of its own below the notice's link.

The pages are in ``reminder/web``; there every answer can be given from any of these addresses.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from reminder.agreements import Decision
from reminder.deadlines import DeadlineKind
from reminder.mail.letters import NoticeFacts
from reminder.mail.words import Words


class Answer(StrEnum):
    """What comes after the link of a notice: ``<link>/seen``."""

    SEEN = "seen"
    LATER = "later"
    DONE = "done"
    NOT_MINE = "not-mine"
    DECIDE = "decide"


_TO_BE_DONE = (DeadlineKind.REPORT, DeadlineKind.STEP, DeadlineKind.FOLLOW_UP)
_IS_DECIDED = (Decision.RENEW, Decision.REVITALISE)


def main_answer(facts: NoticeFacts) -> Answer:
    """What the mail's button leads to: what would settle the matter, else that it was seen.

    Who is told further up is asked to see to it, and not to do the officer's work.
    """
    if facts.level:
        return Answer.SEEN
    if facts.deadline == DeadlineKind.EXPIRY and facts.decision not in _IS_DECIDED:
        return Answer.DECIDE
    return Answer.DONE if facts.deadline in _TO_BE_DONE else Answer.SEEN


def other_answers(facts: NoticeFacts, today: date) -> tuple[Answer, ...]:
    """The others that fit: nothing due can be put off, and what has no owner is nobody's."""
    found = [] if main_answer(facts) is Answer.SEEN else [Answer.SEEN]
    is_finding = facts.deadline == DeadlineKind.FINDING
    if facts.due.first > today and not is_finding and not facts.level:
        found.append(Answer.LATER)
    if facts.agreement is not None or facts.deadline == DeadlineKind.FOLLOW_UP:
        found.append(Answer.NOT_MINE)
    return tuple(found)


def answer_words(answer: Answer, facts: NoticeFacts, words: Words) -> str:
    """What the small link of an answer says."""
    if answer is Answer.SEEN:
        return words.answer_seen
    if answer is Answer.LATER:
        return words.answer_later
    # Whoever is told in another's stead, or further up, knows whose task it is not.
    is_for_another = bool(facts.fallback) or facts.level > 0
    return words.answer_hand_on if is_for_another else words.answer_not_ours


def answer_link(link: str, answer: Answer) -> str:
    """Where an answer is given; *link* is the notice's own."""
    return f"{link}/{answer}"
