"""The digests: a summary of the week, of the semester, of the service's day; each made once.

What is told is frozen when it is made, inside the send window, and leaves at once. The name of
its period, its reader and its template make the Message-ID, so that two that make it at once, or
one that begins again after a crash, make one mail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property, partial
from hashlib import sha256
from itertools import islice
from typing import TYPE_CHECKING

from jobs import adoption, guards
from jobs.alarms import TemplateFailure, raise_template_alarms
from jobs.daily import DAILY, daily_letters
from jobs.readers import Addressed, Home, Unmade
from jobs.semester import SEMESTER, semester_letters
from jobs.weekly import WEEKLY, weekly_letters
from jobs.written_letters import WrittenLetter, store_letters, write_letter
from reminder.clock import known_zone, local_date, start_of_day
from reminder.crash_points import CrashPoint, passing
from reminder.digest_days import Period, day_period, is_due, semester_period, week_period
from reminder.mail.links import message_id_domain, message_id_for
from reminder.mail.render import Renderer
from reminder.notices import ADMIN_ROLE
from reminder.resources import template_dirs
from reminder.storage.digests import (
    close_until,
    is_closed,
    mark_done,
    read_state,
    was_restored_since,
    write_state,
)
from reminder.storage.planning import bureau_zones
from reminder.storage.service_day import last_line

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from jobs.context import JobContext
    from reminder.policy import Policy

    _LettersFor = Callable[[Mapping[str, str]], Iterable[Addressed | Unmade]]
    """Names of the periods by zone -> the letters of the people there."""

TOGETHER = 50
"""Messages in one transaction."""
AGAIN_AFTER = timedelta(hours=1)
"""When those are tried again that could not be made."""


@dataclass
class DigestReport:
    """What a look at the digests made, in numbers."""

    made: dict[str, int] = field(default_factory=dict)
    """Messages by the digest's name."""
    failed: int = 0
    """People whose digest could not be made; they are tried again within the hour."""
    refused: str = ""
    """Why nothing was made at all; empty where it was, or where nothing was due."""


def digest(context: JobContext, renderer: Renderer | None = None) -> DigestReport:
    """Make every digest that is due now. Nearly every tick ends with the one read of the gate.

    A *renderer* kept by the caller spares compiling the templates again.
    """
    report = DigestReport()
    if not context.policy.digests:
        return report
    now, terms = context.clock.now(), _terms(context.policy)
    with context.database.read() as connection:
        if is_closed(connection, terms, now):
            return report
    report.refused = guards.refusal(context) or adoption.refusal(context)
    if report.refused:
        return report
    digests = _Digests(context, now, report, renderer)
    digests.make()
    if context.stopping():
        return report
    until = min(digests.next_look(), now + AGAIN_AFTER) if report.failed else digests.next_look()
    with context.database.write() as connection:
        close_until(connection, terms, until)
    if report.made or report.failed:
        context.log.info("digest_done", failed=report.failed, **report.made)
    return report


def _terms(policy: Policy) -> str:
    """Names what decides when a digest is due and who gets it: another policy looks anew."""
    decides = (
        policy.version,
        sorted(policy.digests.items()),
        policy.send_window,
        sorted(policy.report_due.items()),
        policy.service,
    )
    return sha256(repr(decides).encode()).hexdigest()[:16]


class _Digests:
    """One look at everything that may be due."""

    def __init__(
        self, context: JobContext, now: datetime, report: DigestReport, renderer: Renderer | None
    ) -> None:
        self._context = context
        self._policy = context.policy
        self._now = now
        self._report = report
        self._given_renderer = renderer
        default = context.policy.service.timezone
        with context.database.read() as connection:
            self._state = read_state(connection)
            zones = bureau_zones(connection, default)
        self._zones = sorted({known_zone(zone, default) for zone in zones})
        domain = message_id_domain(
            context.policy.mail.message_id_domain, context.settings.mail_from
        )
        self._message_id = partial(message_id_for, context.settings.secret_key, domain, "digest")

    def make(self) -> None:
        """The admins' first: whatever becomes of the others must not keep it back."""
        if self._policy.digests.get(ADMIN_ROLE) == DAILY:
            self._make_daily()
        if roles := self._roles(WEEKLY):
            weekly = partial(weekly_letters, self._context, roles, message_id=self._message_id)
            self._make(WEEKLY, self._week, weekly)
        if roles := self._roles(SEMESTER):
            semester = partial(semester_letters, self._context, roles, message_id=self._message_id)
            self._make(SEMESTER, self._semester, semester)

    def next_look(self) -> datetime:
        """The first instant at which anything more can be due: a window that opens."""
        return min(self._opening_after(zone) for zone in self._zones)

    def _roles(self, rhythm: str) -> list[str]:
        return [role for role, own in self._policy.digests.items() if own == rhythm]

    def _week(self, today: date) -> Period:
        return week_period(today, self._policy.calendar)

    def _semester(self, today: date) -> Period:
        return semester_period(today, self._policy.report_due, self._policy.calendar)

    def _make(self, rhythm: str, period_on: Callable[[date], Period], letters: _LettersFor) -> None:
        """The digests of one rhythm, in the zones where its period has begun."""
        due: dict[str, Period] = {}
        finished: dict[str, str] = {}
        for zone in self._zones:
            if self._opening(self._now, zone) > self._now:
                continue
            today = local_date(self._now, zone)
            period, done = period_on(today), self._state.last(rhythm, zone)
            if is_due(period, done, today):
                due[zone] = period
            elif done is None:
                finished[zone] = period.name
        if due:
            names = {zone: period.name for zone, period in due.items()}
            opened_at = min(start_of_day(one.opens_on, zone) for zone, one in due.items())
            if self._store_all(rhythm, letters(names), opened_at):
                finished |= names
        if finished:
            with self._context.database.write() as connection:
                mark_done(connection, rhythm, finished)

    def _store_all(
        self, rhythm: str, letters: Iterable[Addressed | Unmade], opened_at: datetime
    ) -> bool:
        """Store them, some in each transaction; whether all were made."""
        rest, is_whole = iter(letters), True
        while some := list(islice(rest, TOGETHER)):
            if self._context.stopping():
                return False
            made = [one for one in some if isinstance(one, Addressed)]
            is_whole = is_whole and len(made) == len(some)
            self._report.failed += len(some) - len(made)
            written = [write_letter(one, "summary", self._renderer, self._now) for one in made]
            with self._context.database.write() as connection:
                self._store(connection, rhythm, written, opened_at)
                passing(CrashPoint.BEFORE_DIGEST_COMMIT)
            passing(CrashPoint.AFTER_DIGEST_COMMIT)
        return is_whole

    def _make_daily(self) -> None:
        zone = self._policy.service.timezone
        today = local_date(self._now, zone)
        period = day_period(today)
        is_open = self._opening(self._now, zone) == self._now
        if not (is_open and is_due(period, self._state.daily, today)):
            return
        with self._context.database.read() as connection:
            seen = last_line(connection)
            letters = daily_letters(
                self._context, connection, self._state, period.name, self._message_id, seen
            )
        home = Home("", "", zone, self._policy.service.language)
        written = [
            write_letter(Addressed(letter, home, seen), "admin", self._renderer, self._now)
            for letter in letters
        ]
        with self._context.database.write() as connection:
            state = read_state(connection, lock=True)
            if state.number != self._state.number:
                return  # another was quicker, and has told what this one would have told
            self._store(connection, DAILY, written, start_of_day(today, zone))
            number, name = state.number + 1, period.name
            after = replace(state, number=number, daily=name, daily_at=self._now, seen=seen)
            write_state(connection, after)
            passing(CrashPoint.BEFORE_DIGEST_COMMIT)
        passing(CrashPoint.AFTER_DIGEST_COMMIT)

    def _store(
        self,
        connection: Connection,
        rhythm: str,
        written: Sequence[WrittenLetter],
        opened_at: datetime,
    ) -> None:
        # A restored database does not know what was sent since its backup.
        is_restored = was_restored_since(connection, opened_at)
        added = store_letters(connection, written, self._now, possible_duplicate=is_restored)
        if not added:
            return
        self._report.made[rhythm] = self._report.made.get(rhythm, 0) + len(added)
        failures = [TemplateFailure(rhythm, one.error) for one in added if one.error]
        raise_template_alarms(self._context, connection, self._renderer, failures, self._now)

    @cached_property
    def _renderer(self) -> Renderer:
        dirs = template_dirs(self._context.settings.templates_dir)
        return self._given_renderer or Renderer(dirs)

    def _opening_after(self, zone: str) -> datetime:
        opening = self._opening(self._now, zone)
        if opening > self._now:
            return opening
        tomorrow = local_date(self._now, zone) + timedelta(days=1)
        return self._opening(start_of_day(tomorrow, zone), zone)

    def _opening(self, at: datetime, zone: str) -> datetime:
        return self._policy.send_window.next_opening(at, zone, self._policy.calendar)
