"""``doctor``: live checks of everything the service needs, against the real things."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import click

from reminder.cli.app import App, pass_app, print_json
from reminder.clock import SystemClock, read_machine_clock
from reminder.errors import ReminderError
from reminder.home_lock import holder_of

CLOCK_SLACK = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Result:
    """One check: what was looked at, whether it is right, and what was seen."""

    check: str
    ok: bool
    text: str


def examine(app: App) -> Iterator[Result]:
    """Every check, each on its own: a failed one does not hide the next."""
    yield from _guarded("settings", _settings, app)
    if "settings" not in app.__dict__:
        return  # nothing else can be found without them
    for name, look in (
        ("policy", _policy),
        ("files", _files),
        ("disk", _disk),
        ("home lock", _lock),
        ("database", _database),
        ("clock", _clock),
        ("mail", _mail),
        ("inbox", _inbox),
    ):
        yield from _guarded(name, look, app)


def _guarded(name: str, look: Callable[[App], Iterator[Result]], app: App) -> Iterator[Result]:
    try:
        yield from look(app)
    except (ReminderError, OSError) as error:
        for line in str(error).splitlines():
            yield Result(name, False, line)


def _settings(app: App) -> Iterator[Result]:
    yield Result("settings", True, f"home {app.settings.home}")


def _policy(app: App) -> Iterator[Result]:
    policy = app.policy
    yield Result("policy", True, f"{len(policy.rules)} rules, version {policy.version[:12]}")


def _files(app: App) -> Iterator[Result]:
    from reminder.file_checks import find_file_problems

    problems = find_file_problems(app.settings)
    for problem in problems:
        yield Result("files", problem.level != "error", str(problem))
    if not problems:
        yield Result("files", True, "nobody else can read them")


def _disk(app: App) -> Iterator[Result]:
    from jobs.guards import recorded_in
    from reminder.disk import FLOOR, existing, free_bytes
    from reminder.file_checks import database_file

    folders = recorded_in(app.home, database_file(app.settings))
    for folder in sorted({existing(folder) for folder in folders}):
        free, floor = free_bytes(folder), FLOOR // 2**20
        yield Result("disk", free >= FLOOR, f"{free // 2**20} MiB free on {folder}, need {floor}")


def _clock(app: App) -> Iterator[Result]:
    from jobs.guards import judged
    from reminder.clock_guard import WRITTEN_AT
    from reminder.storage.planning import read_service
    from reminder.storage.standstill import load_standstill

    reading = read_machine_clock()
    now = reading.wall
    yield Result("clock", now >= WRITTEN_AT, f"{now:%Y-%m-%d %H:%M:%S} UTC")
    with app.database.read() as connection:
        stored = load_standstill(connection)
        last = read_service(connection, "last_scan_at").get("last_scan_at")
    if trouble := judged(stored, reading, "").clock_trouble:
        yield Result("clock", False, trouble)
    elif stored.good is not None:
        yield Result("clock", True, f"agrees with {stored.good.wall:%Y-%m-%d %H:%M:%S} UTC before")
    if last is not None and datetime.fromisoformat(last) - now > CLOCK_SLACK:
        text = f"shows a time before the last scan ({last}); one of the two was wrong"
        yield Result("clock", False, text)


def _lock(app: App) -> Iterator[Result]:
    pid = holder_of(app.home)
    yield Result("home lock", True, "no daemon runs" if pid is None else f"held by process {pid}")


def _database(app: App) -> Iterator[Result]:
    from sqlalchemy import text
    from sqlalchemy.exc import DBAPIError

    from reminder.storage.planning import write_service
    from reminder.storage.schema import read_version, shown

    database = app.database
    yield Result("database", True, f"{shown(database)}, schema {read_version(database)}")
    try:
        with database.write() as connection:
            write_service(connection, doctor_wrote_at=SystemClock().now().isoformat())
        yield Result("database", True, "can be written")
        if not database.is_sqlite:
            return
        with database.read() as connection:
            seen = {
                name: str(connection.execute(text(f"PRAGMA {name}")).scalar())
                for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            }
            sound = connection.execute(text("PRAGMA quick_check(1)")).scalar()
    except DBAPIError as error:
        reason = " ".join(str(error.orig).split())
        yield Result("database", False, f"cannot be written: {reason}")
        return
    wanted = {"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"}
    right = all(seen[name] == value for name, value in wanted.items())
    right = right and int(seen["busy_timeout"]) >= 15000
    yield Result("database", right, ", ".join(f"{name}={value}" for name, value in seen.items()))
    yield Result("database", sound == "ok", f"quick_check: {sound}")


def _mail(app: App) -> Iterator[Result]:
    from reminder.mail.open_transport import verify_transport

    for seen in verify_transport(app.settings.mail_url):
        yield Result(f"mail: {seen.name}", seen.is_ok, seen.detail)


def _inbox(app: App) -> Iterator[Result]:
    from reminder.mail.open_mailbox import verify_mailbox

    if app.settings.inbox_url:
        for seen in verify_mailbox(app.settings.inbox_url):
            yield Result(seen.name, seen.is_ok, seen.detail)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON list.")
@pass_app
def doctor(app: App, as_json: bool) -> None:
    """Check settings, database, mail, inbox, disk, clock and files as they are now.

    Ends with 1 where one of them is not right. Sends no mail; see send-test for that.
    """
    results = []
    for result in examine(app):
        results.append(result)
        if not as_json:
            click.echo(f"{'ok  ' if result.ok else 'FAIL'}  {result.check:16} {result.text}")
    if as_json:
        print_json([asdict(result) for result in results])
    if not all(result.ok for result in results):
        click.get_current_context().exit(1)
