"""``check``: everything that can be wrong in files, and what no mail can reach, in one run."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reminder.agreements import LANGUAGES
from reminder.cli.app import App, pass_app, print_json
from reminder.clock import local_date
from reminder.errors import DatabaseError, Problem
from reminder.file_checks import database_file, find_file_problems
from reminder.resources import shipped, template_dirs
from reminder.settings import NAMES, PREFIX, Settings, read_settings

_PASSWORD = re.compile(r"(?<=:)(?!//)[^:/@]*@(?=[^@]*$)")


if TYPE_CHECKING:
    from reminder.policy import Policy
    from reminder.storage.coverage import Gap, OpenFindings
    from reminder.storage.engine import Database


@dataclass(frozen=True)
class ConfigCheck:
    """All mistakes in the files of a home, and what they say where they are right."""

    problems: list[Problem]
    settings: Settings | None
    policy: Policy | None

    @property
    def errors(self) -> list[Problem]:
        """What stands in the way; warnings do not."""
        return [problem for problem in self.problems if problem.level == "error"]


def check_config(home: Path, environ: Mapping[str, str]) -> ConfigCheck:
    """Settings, policy, templates, file modes, installation. Opens no database."""
    from reminder.mail.checks import find_template_problems
    from reminder.policy import find_problems

    reading = read_settings(home, environ)
    problems = list(reading.problems)
    folders = template_dirs(reading.templates_dir)
    policy_problems, policy = find_problems(
        reading.config_dir, shipped("config"), folders, home=home
    )
    problems += policy_problems
    problems += find_template_problems(folders, LANGUAGES)
    problems += _installation_problems()
    if reading.settings is not None:
        problems += find_file_problems(reading.settings)
        if policy is not None:
            problems += _inbox_problems(reading.settings, policy)
    return ConfigCheck(problems, reading.settings, policy)


def _inbox_problems(settings: Settings, policy: Policy) -> Iterator[Problem]:
    """Whether what comes back can be told from other mail, and acted upon."""
    from reminder.mail.return_paths import check_base

    mail, file = policy.mail, "reminder.yaml"
    if mail.bounce_address and settings.inbox_url:
        try:
            check_base(mail.bounce_address)
        except ValueError as error:
            hint = "write a shorter name that the mailbox of REMINDER_INBOX_URL gets mail for"
            yield Problem(file, None, "mail.bounce_address", f"cannot be signed: {error}", hint)
    elif settings.inbox_url:
        text = (
            "is empty, so most bounces cannot be told whose they are; write the address whose "
            "mailbox REMINDER_INBOX_URL reads, NAME+anything@ included"
        )
        yield _warning(file, text, "mail.bounce_address")
    if mail.authserv_id and not (settings.inbox_url and mail.bounce_address):
        text = (
            "has no effect without REMINDER_INBOX_URL and mail.bounce_address; set both to take "
            "answers by mail"
        )
        yield _warning(file, text, "mail.authserv_id")


def _installation_problems() -> Iterator[Problem]:
    """``jobs`` is a common name, and pip overwrites another package's without a word."""
    from importlib.metadata import packages_distributions

    names = packages_distributions()
    ours = set(names.get("reminder", ()))
    for other in sorted(set(names.get("jobs", ())) - ours):
        yield Problem(
            "installation",
            None,
            "jobs",
            f'the package "{other}" also installs a module named jobs',
            "install the service into an environment of its own",
        )


def find_register_problems(settings: Settings, policy: Policy, now: datetime) -> Iterator[Problem]:
    """What the database shows, where there is one; makes none."""
    file = database_file(settings)
    if file is not None and not file.exists():
        return
    from reminder.storage.engine import Database

    database = Database(settings.database_url)
    try:
        yield from _coverage_problems(database, policy, now)
    except DatabaseError as error:
        message, _, hint = str(error).partition("; ")
        yield Problem("database", None, "", message, hint)
    finally:
        database.close()


def _coverage_problems(database: Database, policy: Policy, now: datetime) -> Iterator[Problem]:
    from reminder.storage.coverage import read_coverage
    from reminder.storage.schema import ensure_schema, read_version

    if read_version(database) is None:
        return
    ensure_schema(database)
    today = local_date(now, policy.service.timezone)
    with database.read() as connection:
        found = read_coverage(connection, today)
    if not found.agreements:
        yield _warning("register", "has no agreements; mails come after reminder import")
    if found.without_rule.number:
        text = f"no rule for the expiry of {_named(found.without_rule)}; add one to rules.yaml"
        yield _warning("register", text)
    if found.without_contact.number:
        text = f"nobody active to write to at {_named(found.without_contact, 'bureau')}"
        yield _warning("register", f"{text}; add contacts")
    if found.same.number:
        yield _warning(
            "register",
            f"same parties, kind and instrument twice: {_named(found.same, 'case')}; close one, "
            "or write in the newer which it replaces",
        )
    for open_one in found.findings:
        if open_one.code != "NO_RULE" or not found.without_rule.number:
            yield _finding(open_one, policy)
    for one in found.put_offs:
        yield _warning(
            "register",
            f"could not be handled, {_number(one.failures, 'time')}: {one.error}; "
            "see reminder why REF",
            one.agreement,
        )


def _finding(found: OpenFindings, policy: Policy) -> Problem:
    """How grave it is, on which agreements, what was found, and what ends it."""
    rule = policy.findings.get(found.code)
    title = f": {rule.title['en']}" if rule is not None and "en" in rule.title else ""
    action = f"{rule.action['en']} " if rule is not None and "en" in rule.action else ""
    # A meeting may be about no agreement.
    what = "case" if found.code == "FOLLOW_UP_INCOMPLETE" else "agreement"
    message = f"{found.severity or 'found'}, on {_named(found.gap, what)}{title}"
    return Problem(
        "register", None, found.code, message, f"{action}See reminder why REF", "warning"
    )


def find_holiday_problems(policy: Policy, now: datetime) -> Iterator[Problem]:
    """A year without holidays counts only weekends as days off, so it must not come unseen."""
    today = local_date(now, policy.service.timezone)
    years = [today.year, today.year + 1] if today.month >= 11 else [today.year]
    for year in years:
        if not policy.calendar.has_data(year):
            text = f"has no holidays for {year}, so only weekends count; add the decreed days"
            yield _warning("holidays.yaml", text, str(year))


def _named(gap: Gap, what: str = "agreement") -> str:
    more = ", ..." if gap.number > len(gap.examples) else ""
    return f"{_number(gap.number, what)} ({', '.join(gap.examples)}{more})"


def _warning(file: str, text: str, key: str = "") -> Problem:
    message, _, hint = text.partition("; ")
    return Problem(file, None, key, message, hint, "warning")


def masked_settings(settings: Settings) -> Iterator[str]:
    """Each setting as a line, without passwords; equal secrets can be told by their hash."""
    for name in NAMES:
        value = str(getattr(settings, name.removeprefix(PREFIX).lower()))
        if name == "REMINDER_SECRET_KEY":
            value = f"*** (sha256 {hashlib.sha256(value.encode()).hexdigest()[:4]})"
        yield f"{name}={_PASSWORD.sub(r'***@', value)}"


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON list on standard output.")
@pass_app
def check(app: App, as_json: bool) -> None:
    """Check settings, policy, templates, files and the register, all in one run.

    Ends with 1 where there are errors; warnings alone end with 0.
    """
    found = check_config(app.home, app.environ)
    problems = list(found.problems)
    if found.policy is not None:
        problems += find_holiday_problems(found.policy, app.clock.now())
        if found.settings is not None:
            problems += find_register_problems(found.settings, found.policy, app.clock.now())
    errors = sum(problem.level == "error" for problem in problems)
    if as_json:
        print_json([asdict(problem) for problem in problems])
    else:
        if found.settings is not None:
            click.echo("\n".join(masked_settings(found.settings)) + "\n")
        for problem in problems:
            click.echo(f"{'warning: ' if problem.level == 'warning' else ''}{problem}")
        click.echo(f"{_number(errors, 'error')}, {_number(len(problems) - errors, 'warning')}")
    if errors:
        click.get_current_context().exit(1)


def _number(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
