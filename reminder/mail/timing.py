"""When a mail asks for its one action, how urgent it is, and what happens if nothing does."""

from __future__ import annotations

from datetime import date

from reminder.calendars import Due
from reminder.mail.letters import NoticeFacts
from reminder.mail.wording import act_by, holder_of, long_day
from reminder.mail.words import Words

SOON_DAYS = 30
ACCENTS = {"late": "#B42318", "soon": "#B54708", "later": "#175CD3", "done": "#067647"}


def asked_by(facts: NoticeFacts, today: date, words: Words) -> str:
    """By when the one action is asked for: before the next reminder, where that is sooner.

    A decision on renewal on the day of expiry itself would come too late to be carried out,
    the date of a finding is the day it counts from, not one to act by, and nobody has set a
    limit for a step that stalls.
    """
    has_no_limit = facts.deadline == "finding" or facts.stalled_since is not None
    days = [facts.next_lead_on]
    if facts.level:
        days.append(facts.escalates_on)
    if facts.deadline == "expiry" and facts.decision is None:
        days.append(facts.start_by)
    sooner = min((day for day in days if day is not None and day > today), default=None)
    if sooner is not None:
        is_decision = facts.deadline == "expiry" and today < facts.due.first
        if has_no_limit or ((is_decision or facts.level) and sooner < facts.due.first):
            return act_by(Due.of(sooner), today, words)
    return words.at_once if has_no_limit else act_by(facts.due, today, words)


def urgency_of(facts: NoticeFacts, today: date) -> str:
    """``late``, ``soon`` (30 days or less, findings, and steps that stall) or ``later``."""
    if facts.deadline == "finding" or facts.stalled_since is not None:
        return "soon"
    if facts.due.last < today:
        return "late"
    return "soon" if (facts.due.first - today).days <= SOON_DAYS else "later"


def consequence_of(facts: NoticeFacts, words: Words) -> str:
    """What happens first if nothing happens, as far as it is known; one sentence."""
    following, escalates_on = facts.next_lead_on, facts.escalates_on
    # Who stands in is the superior already.
    stands_in = bool(facts.fallback) and not facts.level
    escalates = bool(facts.escalates_to) and not facts.copy and not stands_in
    is_first = following is None or escalates_on is None or escalates_on <= following
    if escalates and is_first:
        role = holder_of(facts.escalates_to, facts.escalates_at, words)
        if escalates_on is None:
            return words.escalates.format(role=role)
        return words.escalates_on.format(on=long_day(escalates_on, words.language), role=role)
    if following is not None:
        return words.next_notice.format(on=long_day(following, words.language))
    is_last = facts.deadline != "finding" and not facts.level
    return words.last_notice if is_last else ""
