"""``reminder plan``: the mails to come, and what another config would change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reminder.cli.app import App, pass_app, print_json, progress
from reminder.clock import local_date

if TYPE_CHECKING:
    from jobs.context import JobContext
    from jobs.foresight import MailToCome
    from reminder.policy import Policy

SHOWN_DAYS = 90


def _read_day(_ctx: click.Context, _param: click.Parameter, text: str | None) -> date | None:
    """``2026-03-01`` as a date."""
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f'"{text}" is not a day; write for example 2026-03-01') from None


@click.command()
@click.option(
    "--from",
    "first",
    callback=_read_day,
    metavar="D",
    help="First day, for example 2026-03-01.  [today]",
)
@click.option(
    "--to",
    "last",
    callback=_read_day,
    metavar="D",
    help=f"Last day.  [{SHOWN_DAYS} days from the first]",
)
@click.option("--bureau", metavar="CODE", help="Only what concerns this bureau.")
@click.option(
    "--against",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="CONFIG_DIR",
    help="Show which mails appear and vanish with the config in this directory.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@pass_app
def plan(
    app: App,
    first: date | None,
    last: date | None,
    bureau: str | None,
    against: Path | None,
    as_json: bool,
) -> None:
    """The mails to come, found with the production code; writes nothing."""
    context = app.job_context()
    start = first or local_date(context.clock.now(), app.policy.service.timezone)
    end = last or start + timedelta(days=SHOWN_DAYS)
    if end < start:
        raise click.UsageError(f"--to {end} is before --from {start}.")
    if bureau is not None:
        _check_bureau(app, bureau)
    mails = _foretell(context, app.policy, start, end, bureau)
    if against is None:
        print_mails(mails, as_json)
        return
    if against.resolve() == app.settings.config_dir.resolve():
        click.echo(
            f"{against} is the config in force, so nothing can differ; make the change in a copy "
            "of the folder and name that.",
            err=True,
        )
    other = _other_policy(app, against)
    theirs = _foretell(context, other, start, end, bureau)
    before = {mail.identity for mail in mails}
    after = {mail.identity for mail in theirs}
    appear = [mail for mail in theirs if mail.identity not in before]
    vanish = [mail for mail in mails if mail.identity not in after]
    if as_json:
        print_json({"appear": _rows(appear), "vanish": _rows(vanish)})
        return
    click.echo(f"With {against}: {len(appear)} mails appear, {len(vanish)} vanish.")
    for sign, changed in (("+", appear), ("-", vanish)):
        for mail in changed:
            click.echo(f"{sign} {_line(mail)}")


def _check_bureau(app: App, code: str) -> None:
    from reminder.storage.required import require_bureau

    with app.database.read() as connection:
        require_bureau(connection, code)


def _other_policy(app: App, config_dir: Path) -> Policy:
    from dataclasses import replace

    from reminder.cli.app import read_policy

    return read_policy(replace(app.settings, config_dir=config_dir.absolute()))


def _foretell(
    context: JobContext, policy: Policy, first: date, last: date, bureau: str | None
) -> Sequence[MailToCome]:
    from jobs.foresight import foretell

    with progress("Looking ahead") as report:
        done = 0

        def step(number: int) -> None:
            nonlocal done
            done += number
            report(done, 0)

        return foretell(context, policy, first, last, bureau, step)


def print_mails(mails: Sequence[MailToCome], as_json: bool) -> None:
    """The mails as a list, or as the JSON that scripts rely on."""
    if as_json:
        print_json(_rows(mails))
        return
    if not mails:
        click.echo("No mail in these days.")
    for mail in mails:
        click.echo(_line(mail))


def _rows(mails: Sequence[MailToCome]) -> list[dict[str, object]]:
    rows = []
    for mail in mails:
        row = asdict(mail) | {"agreement": mail.agreement or None}
        if not row["due_text"]:
            del row["due_text"]
        rows.append(row)
    return rows


def _line(mail: MailToCome) -> str:
    key = f" {mail.key}" if mail.key else ""
    due = mail.due_text or mail.due_on.isoformat()
    following = f"  next step {mail.next_step}" if mail.next_step else ""
    return (
        f"{mail.send_on}  {mail.lead_time:<6} {mail.recipient} ({mail.role})  "
        f"{mail.agreement or '-'}  {mail.deadline}{key} due {due}{following}  {mail.subject}"
    )
