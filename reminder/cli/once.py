"""``reminder once``: one scan and its delivery, then exit (for cron)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import click

from reminder.cli.app import App, pass_app, print_json
from reminder.errors import ReminderError
from reminder.home_lock import hold_home

if TYPE_CHECKING:
    from jobs.deliver import DeliverReport
    from jobs.digest import DigestReport
    from jobs.escalate import EscalateReport
    from jobs.inbox import InboxReport
    from jobs.scan import ScanReport


@click.command()
@click.option("--dry-run", is_flag=True, help="Show what would be made today; write nothing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@pass_app
def once(app: App, dry_run: bool, as_json: bool) -> None:
    """Scan, deliver what is due, and exit. A daemon on this home must not run (exit 75)."""
    if dry_run:
        _show(app, as_json)
        return
    from jobs import adoption
    from jobs.balance import balance
    from jobs.digest import digest
    from jobs.escalate import escalate
    from jobs.heartbeat import heartbeat
    from jobs.inbox import inbox
    from jobs.rounds import deliver_round
    from jobs.scan import scan
    from jobs.seal import seal
    from jobs.second_process import second_process
    from reminder.storage.status import read_waiting

    with second_process(app.settings.mail_url) as second, hold_home(app.settings.home):
        context = replace(app.job_context(), second=second)
        if reason := adoption.refusal(context):
            raise ReminderError(reason)
        balance(context)
        came_in = inbox(context)
        try:
            scanned = scan(context)
            if scanned.refused:
                raise ReminderError(scanned.refused)
            escalated = escalate(context)
            digests = digest(context)
            delivered = deliver_round(context)
            seal(context)
        finally:
            heartbeat(context)  # last, so that no mail waits for the answer
        with app.database.read() as connection:
            waiting, first_at = read_waiting(connection, context.clock.now())
    if as_json:
        later = {"messages": waiting, "next_try_at": first_at}
        made = {"inbox": came_in, "scan": scanned, "escalation": escalated, "digests": digests}
        print_json(made | {"delivery": delivered, "waiting": later})
        return
    _say_came_in(came_in)
    _say_made(scanned, escalated)
    _say_digests(digests)
    _say_sent(delivered)
    if first_at is not None:
        # A daily run before the window opens would never send anything: say so.
        click.echo(
            f"Waiting: {waiting}, the first until {_local(first_at, app)}; a run from then on "
            "sends them."
        )
    if delivered.relay_faults:
        click.echo(
            f"The mail server could not be used: {delivered.relay_text}. What waits is tried again "
            "by the next run; see reminder doctor.",
            err=True,
        )


def _say_came_in(came_in: InboxReport) -> None:
    if came_in.results:
        parts = ", ".join(f"{number} {name}" for name, number in sorted(came_in.results.items()))
        click.echo(f"Inbox: {parts}.")
    if came_in.trouble:
        click.echo(f"Inbox: {came_in.trouble}", err=True)


def _say_digests(digests: DigestReport) -> None:
    if digests.made:
        parts = ", ".join(f"{number} {name}" for name, number in digests.made.items())
        click.echo(f"Digests: {parts}.")
    if digests.failed:
        click.echo(f"Digests: {digests.failed} not made; tried again in an hour.", err=True)


def _say_made(scanned: ScanReport, escalated: EscalateReport) -> None:
    click.echo(
        f"Scanned: {scanned.due} due, {scanned.notices} notices in {scanned.messages} messages, "
        f"{scanned.skips} skipped, {len(scanned.errors)} agreements with errors."
    )
    if escalated.looked_at:
        click.echo(
            f"Escalated: {escalated.told} of {escalated.looked_at} unanswered matters, "
            f"{escalated.notices} notices in {escalated.messages} messages."
        )
    if scanned.held:
        click.echo(f"Held: {scanned.held}, far more than usual; see reminder held.", err=True)
    for ref, error in (scanned.errors | escalated.errors).items():
        click.echo(f"  {ref or 'follow-ups'}: {error}; put off for an hour", err=True)


def _say_sent(delivered: DeliverReport) -> None:
    counts = delivered.counts()
    faults = counts.pop("relay_faults")
    parts = ", ".join(f"{count} {state}" for state, count in counts.items() if count)
    nothing = "nothing" if faults else "nothing to send now"
    click.echo(f"Delivered: {parts or nothing}.")
    if delivered.refused:
        click.echo(f"Nothing more is sent: {delivered.refused}", err=True)


def _local(at: datetime, app: App) -> str:
    from reminder.clock import zone

    local = at.astimezone(zone(app.policy.service.timezone))
    return f"{local:%Y-%m-%d %H:%M} {app.policy.service.timezone}"


def _show(app: App, as_json: bool) -> None:
    from jobs.escalate import due_now
    from jobs.foresight import foretell
    from reminder.cli.plan import print_mails
    from reminder.clock import local_date

    context = app.job_context()
    today = local_date(context.clock.now(), app.policy.service.timezone)
    opening = context.policy.send_window.next_opening(
        context.clock.now(), app.policy.service.timezone, app.policy.calendar
    )
    last = max(today, local_date(opening, app.policy.service.timezone))
    print_mails(foretell(context, app.policy, today, last), as_json)
    if not as_json:
        for notice in due_now(context):
            matter = (
                f"{notice.deadline.subject} {notice.deadline.kind} {notice.deadline.key}".strip()
            )
            click.echo(
                f"Unanswered: {matter} goes to {notice.recipient} as {notice.role} "
                f"(level {notice.level})."
            )
