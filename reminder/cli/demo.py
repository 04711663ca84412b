"""``demo``: a trial home with the sample register, scanned day by day over two years."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import click

from reminder.cli.app import App, pass_app, print_json, progress
from reminder.cli.demo_home import claim_home, rebuild_home
from reminder.home_lock import hold_home

if TYPE_CHECKING:
    from sqlalchemy import Connection

DEFAULT = Path("var/demo")
FIRST, LAST = date(2024, 1, 1), date(2025, 12, 31)
STORY, STORY_LEAD_TIME = "JATENG-QLD-2019", "H-90"
"""The mail to open first: the renewal of the trip report, three months before it ended."""
SHOWN = 5

_AT_HOME = {
    "REMINDER_DATABASE_URL": "sqlite:///var/reminder.db",
    "REMINDER_MAIL_URL": "maildir:var/mail",
    "REMINDER_LOG_LEVEL": "warning",
}
"""The demonstration never leaves its home, whatever the environment or a changed .env says."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What the demonstration left behind; the field names are those of ``--json``."""

    home: str
    maildir: str
    from_: date
    to: date
    ends_at: datetime
    agreements: int
    bureaus: int
    deadlines: int
    deadlines_by_kind: Mapping[str, int]
    deadlines_by_status: Mapping[str, int]
    notices: int
    messages: Mapping[str, int]
    skips: Mapping[str, int]
    sent_by_bureau: Mapping[str, int]
    open_first: str | None
    answer_first: str | None
    """A mail whose link is still good on the last day, and that nobody has answered."""
    answer_about: str | None
    """The agreement that it is about."""

    def as_json(self) -> dict[str, object]:
        """The summary as ``--json`` prints it."""
        return {name.rstrip("_"): value for name, value in asdict(self).items()}


@click.command()
@click.argument(
    "directory", required=False, type=click.Path(path_type=Path), default=DEFAULT, metavar="[DIR]"
)
@click.option("--json", "as_json", is_flag=True, help="The summary as one JSON document.")
@pass_app
def demo(app: App, directory: Path, as_json: bool) -> None:
    """Make a trial home in DIR (default var/demo) with a sample register, and live through it.

    Every day of 2024 and 2025 is scanned, and the mails go to a Maildir. A trial home of an
    earlier run is rebuilt; any other folder that holds something is refused.
    """
    from jobs.demo import Period, live_through
    from reminder.sample.history import read_register

    home = directory.absolute()
    period = Period(FIRST, LAST)
    claim_home(home)
    with hold_home(home):
        kept = rebuild_home(home)
        trial = App(home, verbose=app.verbose, environ=_AT_HOME)
        try:
            with progress("Living through 2024 and 2025") as bar:
                live_through(trial.job_context(), read_register(), home / "register", period, bar)
            with trial.database.read() as connection:
                summary = _summary(connection, home, period.ends_at)
        finally:
            trial.close()
    for name in kept:
        click.echo(f"kept {home / name}, which was changed since the last demo", err=True)
    if as_json:
        print_json(summary.as_json())
    else:
        _print(summary, directory)


def _summary(connection: Connection, home: Path, ends_at: datetime) -> Summary:
    from reminder.storage.sent import last_to_answer
    from reminder.storage.totals import count_all

    totals = count_all(connection)
    maildir = home / "var/mail"
    about, file = last_to_answer(connection) or (None, "")
    return Summary(
        home=str(home),
        maildir=str(maildir),
        from_=FIRST,
        to=LAST,
        ends_at=ends_at,
        agreements=totals.agreements,
        bureaus=totals.bureaus,
        deadlines=sum(totals.deadlines_by_status.values()),
        deadlines_by_kind=totals.deadlines_by_kind,
        deadlines_by_status=totals.deadlines_by_status,
        notices=totals.notices,
        messages=totals.messages_by_state,
        skips=totals.skips_by_reason,
        sent_by_bureau=totals.sent_by_bureau,
        open_first=_story(connection, maildir),
        answer_first=str(maildir / file) if about else None,
        answer_about=about,
    )


def _story(connection: Connection, maildir: Path) -> str | None:
    from reminder.storage.sent import reply_for_first_sent

    file = reply_for_first_sent(connection, STORY, "expiry", STORY_LEAD_TIME)
    return str(maildir / file) if file else None


def _print(summary: Summary, directory: Path) -> None:
    of_bureaus = {code: number for code, number in summary.sent_by_bureau.items() if code}
    top = dict(list(of_bureaus.items())[:SHOWN])
    rows = [
        ("agreements", summary.agreements, f"of {summary.bureaus} bureaus"),
        ("deadlines", summary.deadlines, _listed(summary.deadlines_by_kind)),
        ("notices", summary.notices, "one for each person told"),
        ("messages", sum(summary.messages.values()), _listed(summary.messages)),
        ("skips", sum(summary.skips.values()), _listed(summary.skips)),
    ]
    click.echo(f"Lived through {summary.from_} to {summary.to}, one scan a day.\n")
    for name, number, detail in rows:
        click.echo(f"  {number:6} {name:11} {detail}")
    click.echo(f"\n  Mails by bureau: {_listed(top)}, ...")
    click.echo(f"  Maildir:         {summary.maildir}")
    if summary.open_first:
        click.echo(f"  Open first:      {summary.open_first}")
    program = f"{_program()} --home {quote(str(directory))}"
    then = f"{program} --as-of {summary.ends_at:%Y-%m-%dT%H:%M:%SZ}"
    click.echo(
        f"""
Try next (--as-of, since the demonstration ends on that day):
  {then} why {STORY}
  {then} plan
  {then} status
  {program} log"""
    )
    if summary.answer_first:
        click.echo(
            f"""
Answer a mail: start the daemon, open {summary.answer_first}
with a browser or a mail program, follow its link on this machine, and press the button:
  {then} run
  {then} why {summary.answer_about}"""
        )


def _program() -> str:
    """How this program was started, for commands to copy: it need not be on the PATH."""
    started = Path(sys.argv[0])
    return f"{quote(sys.executable)} -m reminder" if started.suffix == ".py" else quote(sys.argv[0])


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in counts.items())
