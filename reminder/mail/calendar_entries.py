"""Deadlines as entries of a calendar: one each, the same UID for ever, in one language.

The same for mails, for calendars to subscribe to and for exports, so that an entry that comes
by two ways is known as one. No entry has a link or a person in it: calendars are shared.
"""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

from reminder.agreements import Agreement, AgreementStatus
from reminder.calendars import Due
from reminder.deadlines import DeadlineKind
from reminder.mail.calendar_file import CalendarEvent
from reminder.mail.calendar_words import calendar_words
from reminder.mail.languages import words_for
from reminder.mail.links import derive_key
from reminder.mail.plain_text import clean, shorten
from reminder.mail.wording import agreement_name, due_words, parties, period_words

SEVERAL_DAYS = timedelta(days=31)
"""A due date known to a month is shown over it; one known only to the year on its first day."""
LONGEST_NAME = 160
"""Characters of a title or a topic in the one line that a calendar shows."""


@dataclass(frozen=True, slots=True)
class CalendarDate:
    """A deadline with what its entry says of it."""

    agreement: str
    """The ref; empty for a follow-up that belongs to no agreement."""
    kind: str
    key: str
    due: Due
    epoch: int
    about: Agreement | None
    """The agreement, as far as it is known; None where it belongs to none."""
    topic: str = ""
    """What the key stands for: the step's title, the follow-up's text, the finding's name."""
    derived_from: str = ""
    """Where the date is from, for the admin; empty where that is nobody's business."""


def entry_of(one: CalendarDate, language: str, service_name: str, secret_key: str) -> CalendarEvent:
    """The entry of a deadline."""
    language = words_for(language).language
    first, last = one.due.first, one.due.last
    return CalendarEvent(
        uid=entry_uid(secret_key, one.agreement, one.kind, one.key),
        first=first,
        last=last if last - first <= SEVERAL_DAYS else first,
        sequence=one.epoch,
        summary=_summary(one, language),
        description=tuple(_description(one, language, service_name)),
    )


def entry_uid(secret_key: str, agreement: str, kind: str, key: str) -> str:
    """The same for ever for one deadline; and what it is about cannot be read from it."""
    name = json.dumps([agreement, kind, key]).encode()
    return hmac.digest(derive_key(secret_key, "calendar"), name, "sha256").hex()[:32]


def _summary(one: CalendarDate, language: str) -> str:
    about, kind, topic = one.about, one.kind, one.topic or one.key
    if kind == DeadlineKind.EXPIRY and about is not None and _renews(about):
        kind = "renewed"
    if kind == DeadlineKind.REPORT:
        topic = period_words(one.key, words_for(language))[0]
    title = agreement_name(about) if about is not None else one.agreement
    form = calendar_words(language).summaries[kind]
    return form.format(title=_short(title), topic=_short(topic)).strip(" :")


def _description(one: CalendarDate, language: str, service_name: str) -> list[str]:
    own = calendar_words(language)
    lines = [own.due.format(due_words(one.due, language).day)]
    if one.about is not None:
        lines.insert(0, agreement_name(one.about) + parties(one.about, words_for(language)))
        lines.append(own.ref.format(clean(one.agreement, 200)))
    lines.append(_source(language, service_name))
    if one.derived_from:
        lines.append(one.derived_from)
    return lines


def _renews(agreement: Agreement) -> bool:
    return agreement.auto_renew is not None and agreement.status is not AgreementStatus.NOT_RENEWING


def _short(text: str) -> str:
    return shorten(clean(text), LONGEST_NAME)


@lru_cache(maxsize=16)
def _source(language: str, service_name: str) -> str:
    return calendar_words(language).source.format(clean(service_name, 120))
