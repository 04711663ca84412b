"""``status``: whether all is well, and what waits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import click

from reminder.cli.app import App, pass_app, print_json
from reminder.cli.log import STATES
from reminder.errors import PolicyError
from reminder.home_lock import holder_of

if TYPE_CHECKING:
    from reminder.storage.status import StoredStatus

LATE_AFTER = timedelta(hours=2)
"""A mail that should have left longer ago than this is worth a person's look."""
CRON_LIMIT = timedelta(hours=26)
"""Without a daemon ``once`` may run daily; a scan older than this is missing."""


@dataclass(frozen=True)
class Health:
    """What ``status`` shows: the figures, and what is wrong in words."""

    stored: StoredStatus
    daemon: int | None
    """The daemon's process, 0 where its number is unknown, None where none runs."""
    holidays: dict[int, bool]
    now: datetime
    problems: list[str]
    redirect_to: str = ""
    """Where all mail goes instead (REMINDER_REDIRECT_TO); empty where it goes to its readers."""

    @property
    def oldest_due_unsent(self) -> timedelta:
        """How late the oldest unsent mail is."""
        if self.stored.oldest_due_at is None:
            return timedelta(0)
        return max(self.now - self.stored.oldest_due_at, timedelta(0))


def read_health(app: App) -> Health:
    """The health of the home now."""
    from reminder.storage.status import read_status

    now = app.clock.now()
    with app.database.read() as connection:
        stored = read_status(connection, now)
    try:
        policy = app.policy
    except PolicyError as error:
        health = Health(stored, holder_of(app.home), {}, now, [], app.settings.redirect_to)
        health.problems.append(f"the config has errors ({len(error.problems)}); see reminder check")
        scan_every = timedelta(0)
    else:
        years = (now.year, now.year + 1) if now.month >= 11 else (now.year,)
        holidays = {year: policy.calendar.has_data(year) for year in years}
        health = Health(stored, holder_of(app.home), holidays, now, [], app.settings.redirect_to)
        scan_every = policy.scan_every
    health.problems.extend(_problems(health, scan_every))
    return health


def _problems(health: Health, scan_every: timedelta) -> Iterator[str]:
    stored = health.stored
    limit = CRON_LIMIT
    if health.daemon is not None:
        limit = max(2 * scan_every, timedelta(minutes=15))
    if stored.last_scan_at is None:
        yield "no scan has been made yet; start the daemon with reminder run, or run reminder once"
    elif health.now - stored.last_scan_at > limit:
        yield f"the last scan was at {_instant(stored.last_scan_at)}; see the log of the daemon"
    if health.oldest_due_unsent > LATE_AFTER:
        late = _span(health.oldest_due_unsent)
        yield f"{stored.due_unsent} due and unsent, the oldest for {late}"
    if held := stored.messages.get("held", 0):
        yield f"{held} messages are held and wait for a person"
    if stored.untold:
        yield (
            f"{stored.untold} mails were refused for good, and nobody was told of their deadlines "
            "since; see reminder log --state failed, and correct the addresses in the register"
        )
    if stored.put_offs:
        yield f"{len(stored.put_offs)} agreements could not be handled, see below"


def document(health: Health) -> dict[str, object]:
    """The shape of DESIGN.md section 11, and more."""
    stored = health.stored
    return {
        "healthy": not health.problems,
        "problems": health.problems,
        "daemon_running": health.daemon is not None,
        "open_deadlines": stored.open_deadlines,
        "due_unsent": stored.due_unsent,
        "oldest_due_unsent_seconds": int(health.oldest_due_unsent.total_seconds()),
        "messages": {state: stored.messages.get(state, 0) for state in STATES},
        "last_scan_at": stored.last_scan_at,
        "held": stored.messages.get("held", 0),
        "refused_untold": stored.untold,
        "redirected": bool(health.redirect_to),
        "next_due_on": stored.next_due_on,
        "findings": stored.findings,
        "put_off": [
            {
                "agreement": one.agreement,
                "until": one.until,
                "failures": one.failures,
                "error": one.error,
            }
            for one in stored.put_offs
        ],
        "holiday_data": {str(year): known for year, known in health.holidays.items()},
    }


def as_text(health: Health) -> Iterator[str]:
    """The same for a person."""
    stored = health.stored
    yield "healthy" if not health.problems else "NOT healthy"
    for problem in health.problems:
        yield f"  - {problem}"
    yield ""
    daemon = "not running" if health.daemon is None else f"running (process {health.daemon or '?'})"
    last = stored.last_scan_at
    late = f", the oldest for {_span(health.oldest_due_unsent)}" if stored.due_unsent else ""
    yield f"daemon           {daemon}"
    yield f"last scan        {_instant(last) if last else 'never'}"
    yield f"open deadlines   {stored.open_deadlines}"
    yield f"next mail day    {_next_day(stored.next_due_on, health.now.date())}"
    yield f"due and unsent   {stored.due_unsent}{late}"
    yield f"messages         {_counts(stored.messages)}"
    if health.redirect_to:
        yield f"redirected       all mail goes to {health.redirect_to} (REMINDER_REDIRECT_TO)"
    yield f"open findings    {_counts(stored.findings)}"
    missing = [str(year) for year, known in health.holidays.items() if not known]
    known = ", ".join(str(year) for year, is_known in health.holidays.items() if is_known)
    gap = f"; MISSING for {', '.join(missing)}, add them to holidays.yaml" if missing else ""
    yield f"holiday data     {known or 'none'}{gap}"
    for one in stored.put_offs:
        yield f"put off          {one.agreement} until {_instant(one.until)}: {one.error}"


def _next_day(day: date | None, today: date) -> str:
    """A day that has passed is one that the next scan makes up for."""
    if day is None:
        return "none"
    return f"{day}" if day > today else "now, with the next scan"


def _counts(numbers: dict[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in numbers.items()) or "none"


def _instant(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"


def _span(span: timedelta) -> str:
    minutes = int(span.total_seconds()) // 60
    if minutes < 120:
        return f"{minutes} minutes"
    return f"{minutes // 60} hours" if minutes < 2880 else f"{minutes // 1440} days"


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@pass_app
def status(app: App, as_json: bool) -> None:
    """Show whether all is well, what is open and what waits."""
    health = read_health(app)
    if as_json:
        print_json(document(health))
    else:
        click.echo("\n".join(as_text(health)))
