"""What every command is given: the home and, made when asked for, all that it holds."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reminder.clock import Clock, FixedClock, ShiftedClock, SystemClock, read_machine_clock
from reminder.errors import ReminderError
from reminder.mail_url import is_loopback, parse_mail_url
from reminder.resources import shipped, template_dirs
from reminder.settings import Settings, load_settings, process_environment

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

    from jobs.context import JobContext
    from reminder.clock_guard import ClockReading
    from reminder.policy import Policy
    from reminder.storage.engine import Database


class App:
    """One invocation of the program. Each property is read or opened once, when first asked for."""

    def __init__(
        self,
        home: Path,
        as_of: datetime | None = None,
        verbose: bool = False,
        yes: bool = False,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self.home = home.absolute()
        self.as_of = as_of
        self.verbose = verbose
        self.yes = yes
        self.environ = process_environment() if environ is None else environ

    @cached_property
    def settings(self) -> Settings:
        """The settings; SettingsError names every mistake."""
        settings = load_settings(self.home, self.environ)
        self.refuse_time_travel_by_mail(settings)
        return settings

    @cached_property
    def policy(self) -> Policy:
        """The admin's policy over the shipped one; PolicyError names every mistake."""
        return read_policy(self.settings)

    @cached_property
    def clock(self) -> Clock:
        """The time: with ``--as-of`` it stands still at that instant."""
        return SystemClock() if self.as_of is None else FixedClock(self.as_of)

    @cached_property
    def running_clock(self) -> Clock:
        """The time for the daemon: with ``--as-of`` it runs on from that instant."""
        return SystemClock() if self.as_of is None else ShiftedClock(self.as_of)

    @cached_property
    def database(self) -> Database:
        """The database, made on first use."""
        from reminder.storage.schema import open_database

        return open_database(self.settings.database_url)

    @cached_property
    def log(self) -> FilteringBoundLogger:
        """The log, on standard error."""
        from reminder.logs import set_up_logs

        return set_up_logs(self.settings.log_level, self.settings.log_format)

    @property
    def clock_reading(self) -> Callable[[], ClockReading] | None:
        """What the machine's clocks show; with ``--as-of`` nobody asks them."""
        return read_machine_clock if self.as_of is None else None

    def job_context(self, clock: Clock | None = None) -> JobContext:
        """What jobs are given."""
        from jobs.context import JobContext

        return JobContext(
            self.settings,
            self.policy,
            self.database,
            clock or self.clock,
            self.log,
            clock_reading=self.clock_reading,
        )

    def refuse_time_travel_by_mail(self, settings: Settings) -> None:
        """With ``--as-of`` real recipients would read mails of a day that is not today."""
        mail = parse_mail_url(settings.mail_url)
        if (
            self.as_of is not None
            and not self.yes
            and mail.scheme != "maildir"
            and not is_loopback(mail.host)
        ):
            raise ReminderError(
                f"--as-of with the relay {mail.host} would mail real recipients as if it were "
                f"{self.as_of.isoformat()}; set REMINDER_MAIL_URL=maildir:var/mail for a trial, "
                "or add --yes before the command."
            )

    def close(self) -> None:
        """Give back what was opened."""
        if "database" in self.__dict__:
            self.database.close()


pass_app = click.make_pass_decorator(App)


def read_policy(settings: Settings) -> Policy:
    """The policy that *settings* point to."""
    from reminder.policy import load_policy

    return load_policy(
        settings.config_dir,
        shipped("config"),
        template_dirs(settings.templates_dir),
        home=settings.home,
    )


def print_json(value: object) -> None:
    """One JSON document on standard output."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=_plain))


def _plain(value: object) -> object:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    if isinstance(value, Mapping):
        return dict(value)
    return str(value)


@contextmanager
def progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal's standard error, nothing in a pipe: call it with (done, total).

    A total of 0 means that it is not known.
    """
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total or None)
