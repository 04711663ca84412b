"""``reminder log``: what was sent, tried and skipped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import click

from reminder.cli.app import App, pass_app, print_json
from reminder.cli.main import read_instant

if TYPE_CHECKING:
    from reminder.storage.log import LogFilter

STATES = (
    "pending claimed sending sent deferred uncertain held failed bounced suppressed superseded"
).split()
FOLLOW_EVERY = 2.0
"""Seconds between two looks with ``--follow``."""


@click.command()
@click.option("--agreement", metavar="REF", help="Only mails about this agreement.")
@click.option("--recipient", metavar="EMAIL", help="Only mails to this address.")
@click.option("--state", type=click.Choice(STATES), help="Only mails in this state.")
@click.option(
    "--since", callback=read_instant, metavar="INSTANT", help="Only mails made from then on."
)
@click.option(
    "--until", callback=read_instant, metavar="INSTANT", help="Only mails made before then."
)
@click.option("--limit", type=click.IntRange(1), help="Only the latest so many.")
@click.option("--skips", is_flag=True, help="What was decided not to be sent, and why.")
@click.option("--follow", is_flag=True, help="Go on with new ones as they come; end with Ctrl-C.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@pass_app
def log(
    app: App,
    agreement: str | None,
    recipient: str | None,
    state: str | None,
    since: datetime | None,
    until: datetime | None,
    limit: int | None,
    skips: bool,
    follow: bool,
    as_json: bool,
) -> None:
    """Messages with their notices and attempts, oldest first."""
    from reminder.storage.log import LogFilter, load_log, load_skips
    from reminder.storage.required import require_agreement

    if follow and (as_json or skips):
        raise click.UsageError("--follow goes with neither --json nor --skips.")
    wanted = LogFilter(agreement, recipient, state, since, until, limit)
    if skips:
        with app.database.read() as connection:
            rows = load_skips(connection, wanted)
            if agreement is not None and not rows:
                require_agreement(connection, agreement)
        _print(rows, as_json, _skip_line, "Nothing was skipped.")
        return
    with app.database.read() as connection:
        rows = load_log(connection, wanted)
        if agreement is not None and not rows:
            # "No message yet" about a mistyped agreement would be a false comfort.
            require_agreement(connection, agreement)
    _print(rows, as_json, _message_lines, "" if follow else "No message yet.")
    if follow:
        _follow(app, wanted, rows)


def _print(
    rows: Sequence[dict[str, object]],
    as_json: bool,
    line: Callable[[dict[str, object]], str],
    empty: str,
) -> None:
    if as_json:
        print_json(rows)
        return
    for row in rows:
        click.echo(line(row))
    if not rows and empty:
        click.echo(empty)


def _follow(app: App, wanted: LogFilter, rows: Sequence[dict[str, object]]) -> None:
    from time import sleep

    from reminder.storage.log import load_log, position_of

    after = position_of(rows[-1]) if rows else None
    while True:
        sleep(FOLLOW_EVERY)
        with app.database.read() as connection:
            new = load_log(connection, wanted, after)
        for row in new:
            click.echo(_message_lines(row))
        if new:
            after = position_of(new[-1])


def _message_lines(row: dict[str, object]) -> str:
    when = row["sent_at"] or row["created_at"]
    stamp = f"{when:%Y-%m-%d %H:%M}" if isinstance(when, datetime) else "-"
    repeat = " (possible duplicate)" if row["possible_duplicate"] else ""
    reason = f" ({row['reason']})" if row["reason"] else ""
    subject = row["subject"] or "(not rendered yet)"
    lines = [f"{stamp} UTC  {row['state']}{reason}{repeat}  {row['recipient']}  {subject}"]
    notices = row["notices"]
    for notice in notices if isinstance(notices, list) else ():
        key = f" {notice['key']}" if notice["key"] else ""
        stopped = f", stopped: {notice['stop_reason']}" if notice["stop_reason"] else ""
        lines.append(
            f"    {notice['lead_time']} {notice['agreement'] or '-'} {notice['deadline']}{key} "
            f"due {notice.get('due_text') or notice['due_on']} to {notice['role']}{stopped}"
        )
    attempts = row["attempts"]
    for attempt in attempts if isinstance(attempts, list) else ():
        reply = " ".join(
            str(part) for part in (attempt["code"], attempt["enhanced"], attempt["text"]) if part
        )
        lines.append(
            f"    tried {attempt['started_at']:%Y-%m-%d %H:%M:%S} UTC, {attempt['phase']}: "
            f"{attempt['verdict']}" + (f" ({reply})" if reply else "")
        )
    return "\n".join(lines)


def _skip_line(row: dict[str, object]) -> str:
    key = f" {row['key']}" if row["key"] else ""
    whom = f" to {row['recipient']}" if row["recipient"] else ""
    return (
        f"{row['on']}  {row['reason']}  {row['lead_time']} {row['agreement'] or '-'} "
        f"{row['deadline']}{key}{whom}: {row['detail']}"
    )
