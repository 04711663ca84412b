"""The calendar behind a feed's link: whose it is, and which dates are in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from itertools import islice
from typing import TYPE_CHECKING

from jobs.calendars import Entries
from jobs.feeds import BUREAU, split_subject
from jobs.planning import directory_of
from reminder.clock import local_date
from reminder.mail.calendar_file import calendar_file
from reminder.mail.calendar_words import calendar_words
from reminder.notices import recipients_for
from reminder.progress import is_stall
from reminder.storage.open_dates import OpenDate, bureaus_of_contact, read_told_dates

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from jobs.context import JobContext
    from reminder.agreements import Bureau, Contact
    from reminder.directory import Directory
    from reminder.policy import Policy
    from reminder.storage.grants import Grant

MOST_ENTRIES = 2_000
"""In one feed, the earliest first: no office has as many, and a program must be able to read it."""


@dataclass(frozen=True, slots=True)
class _Reader:
    """For whom a feed is, and what is in it."""

    name: str
    """Of the calendar."""
    language: str
    dates: Iterator[OpenDate]


def write_feed(context: JobContext, grant: Grant) -> bytes | None:
    """The calendar that a feed's link opens; None where nobody is there for whom it was made.

    The same to the byte for a whole day (UTC) as long as no date changes.
    """
    kind, name = split_subject(grant.subject)
    policy, now = context.policy, context.clock.now()
    with context.database.read() as connection:
        find = _of_bureau if kind == BUREAU else _of_contact
        reader = find(connection, policy, name, now)
        if reader is None:
            return None
        entries = Entries(context.settings, policy, reader.language)
        found = (entries.of(one) for one in reader.dates if not is_stall(one.derived_from))
        day = datetime.combine(now.astimezone(UTC).date(), time.min, UTC)
        return calendar_file(islice(found, MOST_ENTRIES), day, name=reader.name)


def _of_bureau(connection: Connection, policy: Policy, code: str, _now: datetime) -> _Reader | None:
    """The dates that are the bureau's own to see to."""
    bureau = directory_of(connection, policy, [code]).bureaus.get(code)
    if bureau is None:
        return None
    form = calendar_words(bureau.language).feed
    name = form.format(service=policy.service.name, bureau=bureau.name)
    return _Reader(name, bureau.language, read_told_dates(connection, [code]))


def _of_contact(
    connection: Connection, policy: Policy, email: str, now: datetime
) -> _Reader | None:
    """The dates that the person would be told of first, by the rules of today."""
    codes = bureaus_of_contact(connection, email)
    directory = directory_of(connection, policy, codes)
    homes = [
        directory.bureaus[code]
        for code in sorted(codes)
        if _is_active(directory.contacts.get(code, ()), email, directory.bureaus[code], now)
    ]
    if not homes:
        return None
    language = homes[0].language
    name = calendar_words(language).own_feed.format(service=policy.service.name)
    dates = read_told_dates(connection, [home.code for home in homes], email)
    told = _Told(policy, directory, email, now)
    return _Reader(name, language, (one for one in dates if told.is_told(one)))


def _is_active(people: Sequence[Contact], email: str, home: Bureau, now: datetime) -> bool:
    today = local_date(now, home.timezone)
    return any(one.email == email and one.is_active(today) for one in people)


class _Told:
    """Whether a person is among those whom a rule tells first; escalation is another matter."""

    def __init__(self, policy: Policy, directory: Directory, email: str, now: datetime) -> None:
        self._rules = {rule.name: rule for rule in policy.rules}
        self._zone = policy.service.timezone
        self._directory = directory
        self._email = email.casefold()
        self._now = now
        self._known: dict[tuple[str, str | None, str], bool] = {}

    def is_told(self, one: OpenDate) -> bool:
        """Of most dates another one with the same owner and rule was asked about before."""
        place = (one.bureau, one.officer, one.rule)
        if place not in self._known:
            self._known[place] = self._is_recipient(*place)
        return self._known[place]

    def _is_recipient(self, bureau: str, officer: str | None, name: str) -> bool:
        rule = self._rules.get(name)
        if rule is None:
            return False
        today = local_date(self._now, self._directory.zone_of(bureau, self._zone))
        told = recipients_for(self._directory, bureau, officer, rule.to, (), today)
        return any(person.identity == self._email for person in told.recipients)
