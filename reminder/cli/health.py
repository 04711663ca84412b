"""Whether all is well: the figures of the database and of this machine, and what is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from reminder.errors import PolicyError
from reminder.home_lock import holder_of

if TYPE_CHECKING:
    from reminder.cli.app import App
    from reminder.figures import SemesterReports
    from reminder.policy import Policy
    from reminder.storage.standstill import Standstill
    from reminder.storage.status import StoredStatus

LATE_AFTER = timedelta(hours=2)
"""A mail that should have left longer ago than this is worth a person's look."""
CRON_LIMIT = timedelta(hours=26)
"""Without a daemon ``once`` may run daily; a scan older than this is missing."""

ANSWERS = {
    "storm": ("far more than usual at once", "release --storm or discard --storm"),
    "uncertain": ("nobody knows whether they arrived", "resend or assume-sent"),
    "refused": ("refused by the relay", "release or discard"),
    "content": ("cannot be made into a mail", "release or discard"),
    "worker": ("ended their worker three times", "release or discard"),
}
"""Why messages are held: in words, and the commands that answer it."""


@dataclass(frozen=True)
class Health:
    """What ``status`` shows: the figures, and what is wrong in words."""

    stored: StoredStatus
    daemon: int | None
    """The daemon's process, 0 where its number is unknown, None where none runs."""
    holidays: dict[int, bool]
    now: datetime
    standstill: Standstill
    """By the clock and the disk of this machine as they are now."""
    sent_before_as: str = ""
    """The other public URL under which this database last sent; empty where it is ours."""
    half_restored: str = ""
    """The backup whose restoring began and never ended; empty where all is whole."""
    reports: SemesterReports | None = None
    """What became of the last semester's reports; None where the config has errors."""
    redirect_to: str = ""
    """Where all mail goes instead (REMINDER_REDIRECT_TO); empty where it goes to its readers."""
    problems: list[str] = field(default_factory=list)

    @property
    def oldest_due_unsent(self) -> timedelta:
        """How late the oldest unsent mail is."""
        if self.stored.oldest_due_at is None:
            return timedelta(0)
        return max(self.now - self.stored.oldest_due_at, timedelta(0))

    def noted(self, name: str) -> Mapping[str, object] | None:
        """A service value that holds an object, such as ``balance``; None without one."""
        try:
            value: object = json.loads(self.stored.service.get(name, ""))
        except ValueError:
            return None
        return value if isinstance(value, dict) else None


def read_health(app: App) -> Health:
    """The health of the home now."""
    from jobs.guards import judged, recorded_in
    from reminder.disk import low_disk
    from reminder.storage.adoption import has_sent, sender_url
    from reminder.storage.restore_mark import unfinished
    from reminder.storage.standstill import standstill_of
    from reminder.storage.status import read_status

    now = app.clock.now()
    with app.database.read() as connection:
        stored = read_status(connection, now)
        sent_as = sender_url(connection) if has_sent(connection) else ""
    reading = app.clock_reading() if app.clock_reading is not None else None
    low = low_disk(recorded_in(app.home, app.database.file))
    try:
        policy = app.policy
    except PolicyError as error:
        holidays = {}
        scan_every = timedelta(0)
        reports = None
        first = [f"the config has errors ({len(error.problems)}); see reminder check"]
    else:
        years = (now.year, now.year + 1) if now.month >= 11 else (now.year,)
        holidays = {year: policy.calendar.has_data(year) for year in years}
        scan_every = policy.scan_every
        reports = _read_reports(app, policy)
        first = []
    health = Health(
        stored,
        holder_of(app.home),
        holidays,
        now,
        judged(standstill_of(stored.service), reading, low),
        sent_before_as="" if sent_as == app.settings.public_url.rstrip("/") else sent_as,
        half_restored=unfinished(app.home),
        reports=reports,
        redirect_to=app.settings.redirect_to,
        problems=first,
    )
    health.problems.extend(find_problems(health, scan_every))
    return health


def _read_reports(app: App, policy: Policy) -> SemesterReports:
    """Of the semester whose recapitulation went out last, or would have."""
    from reminder.clock import local_date
    from reminder.digest_days import semester_period
    from reminder.figures import SemesterReports
    from reminder.storage.figures import load_report_figures

    today = local_date(app.clock.now(), policy.service.timezone)
    semester = semester_period(today, policy.report_due, policy.calendar).name
    with app.database.read() as connection:
        by_bureau = load_report_figures(connection, semester, today)
    return SemesterReports(semester, dict(sorted(by_bureau.items())))


def find_problems(health: Health, scan_every: timedelta) -> Iterator[str]:
    """What is wrong and what to do, what keeps everything from being sent before the rest."""
    yield from _of_the_machine(health)
    yield from _of_the_work(health, scan_every)
    yield from _of_messages(health)


def _of_the_machine(health: Health) -> Iterator[str]:
    standstill = health.standstill
    yield from (text for text in (standstill.clock_trouble, standstill.disk_trouble) if text)
    if health.half_restored:
        yield (
            f"the restoring of {health.half_restored} was begun and did not end, so nothing is "
            "sent; run reminder db restore --yes FILE"
        )
    if health.sent_before_as:
        yield (
            f"this database last sent as {health.sent_before_as}, which is not "
            "REMINDER_PUBLIC_URL, so it sends nothing; if it takes over from there, run reminder "
            "db adopt"
        )
    for closed in health.stored.closed_relays:
        again = "soon" if closed.next_try_at is None else f"at {shown(closed.next_try_at)}"
        yield (
            f"the relay {closed.relay} cannot be used since {shown(closed.since)}: {closed.text}; "
            f"next try {again}, see reminder doctor"
        )


def _of_the_work(health: Health, scan_every: timedelta) -> Iterator[str]:
    stored = health.stored
    limit = CRON_LIMIT
    if health.daemon is not None:
        limit = max(2 * scan_every, timedelta(minutes=15))
    if stored.last_scan_at is None:
        yield "no scan has been made yet; start the daemon with reminder run, or run reminder once"
    elif health.now - stored.last_scan_at > limit:
        yield f"the last scan was at {shown(stored.last_scan_at)}; see the log of the daemon"
    balance = health.noted("balance")
    if balance is not None and balance.get("missing"):
        yield (
            f"the balance of {balance.get('on')} is out: {balance['missing']} notices were due and "
            "neither sent, skipped, waiting, held nor failed; they are made again, and the admin "
            "was told which"
        )
    if stored.put_offs:
        yield f"{len(stored.put_offs)} agreements could not be handled, see below"


def _of_messages(health: Health) -> Iterator[str]:
    stored = health.stored
    if health.oldest_due_unsent > LATE_AFTER:
        late = span(health.oldest_due_unsent)
        yield f"{stored.due_unsent} due and unsent, the oldest for {late}"
    storm = health.noted("storm")
    if storm is not None:
        usual = storm.get("usual")
        yield (
            f"a storm of mails is held since {storm.get('at')}: {storm.get('messages')} messages"
            + (f", {usual} are usual" if usual is not None else "")
            + f" ({storm.get('cause')}); look at reminder held"
        )
    if held := stored.messages.get("held", 0):
        yield (
            f"{held} messages are held and wait for a person: {_reasons(stored.held_for)}; "
            "reminder held lists them"
        )
    if uncertain := stored.messages.get("uncertain", 0):
        again = stored.next_repeat_at
        when = "" if again is None else f", from {shown(again)} on"
        yield (
            f"{uncertain} messages may have arrived, nobody knows; each is sent once more, "
            f"marked{when}, or held, as its rule says; if you know, run reminder assume-sent"
        )
    if stored.untold:
        yield (
            f"{stored.untold} mails were refused for good, and nobody was told of their deadlines "
            "since; see reminder log --state failed, and correct the addresses in the register"
        )


def _reasons(held_for: Mapping[str, int]) -> str:
    parts = []
    for reason, number in held_for.items():
        words, answers = ANSWERS.get(reason, ("see their reasons", "release or discard"))
        parts.append(f"{number} {words} ({answers})")
    return ", ".join(parts)


def shown(instant: datetime) -> str:
    """An instant for a person."""
    return f"{instant:%Y-%m-%d %H:%M} UTC"


def span(length: timedelta) -> str:
    """A length of time for a person."""
    minutes = int(length.total_seconds()) // 60
    if minutes < 120:
        return f"{minutes} minutes"
    return f"{minutes // 60} hours" if minutes < 2880 else f"{minutes // 1440} days"
