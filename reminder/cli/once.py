"""``reminder once``: one scan and its delivery, then exit (for cron)."""

from __future__ import annotations

import click

from reminder.cli.app import App, pass_app, print_json
from reminder.home_lock import hold_home


@click.command()
@click.option("--dry-run", is_flag=True, help="Show what would be made today; write nothing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@pass_app
def once(app: App, dry_run: bool, as_json: bool) -> None:
    """Scan, deliver what is due, and exit. A daemon on this home must not run (exit 75)."""
    if dry_run:
        _show(app, as_json)
        return
    from jobs.deliver import deliver
    from jobs.scan import scan

    with hold_home(app.settings.home):
        context = app.job_context()
        scanned = scan(context)
        delivered = deliver(context)
    if as_json:
        print_json({"scan": scanned, "delivery": delivered})
        return
    click.echo(
        f"Scanned: {scanned.due} due, {scanned.notices} notices in {scanned.messages} messages, "
        f"{scanned.skips} skipped, {len(scanned.errors)} agreements with errors."
    )
    for ref, error in scanned.errors.items():
        click.echo(f"  {ref or 'follow-ups'}: {error}; put off for an hour", err=True)
    parts = ", ".join(f"{count} {state}" for state, count in delivered.counts().items() if count)
    click.echo(f"Delivered: {parts or 'nothing to send now'}.")


def _show(app: App, as_json: bool) -> None:
    from jobs.foresight import foretell
    from reminder.cli.plan import print_mails
    from reminder.clock import local_date

    context = app.job_context()
    today = local_date(context.clock.now(), app.policy.service.timezone)
    opening = context.policy.send_window.next_opening(
        context.clock.now(), app.policy.service.timezone, app.calendar
    )
    last = max(today, local_date(opening, app.policy.service.timezone))
    print_mails(foretell(context, app.policy, today, last), as_json)
