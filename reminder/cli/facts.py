"""``report``, ``step``, ``follow-up``, ``activity``, ``document``: one fact without a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from reminder.cli.app import App, pass_app

if TYPE_CHECKING:
    from jobs.facts import RecordedFact
    from reminder.storage.fact_writes import DeadlineState


@click.command()
@click.argument("ref")
@click.argument("period")
@click.option("--on", required=True, metavar="D", help="The day on which it was handed in.")
@click.option(
    "--evidence", required=True, metavar="T", help="The receipt or letter that proves it."
)
@pass_app
def report(app: App, ref: str, period: str, on: str, evidence: str) -> None:
    """Record that the report of agreement REF for PERIOD (2026-S1, 2026-Q3, 2026) was handed in."""
    cells = {"agreement": ref, "period": period, "submitted_on": on, "evidence": evidence}
    _require_text({"--on": on, "--evidence": evidence})
    _record(app, "reports", cells)


@click.command()
@click.argument("ref")
@click.argument("step")
@click.option("--started", metavar="D", help="The day on which the step began.")
@click.option("--done", metavar="D", help="The day on which it was done.")
@click.option("--document", metavar="T", help="The document that it led to.")
@pass_app
def step(
    app: App, ref: str, step: str, started: str | None, done: str | None, document: str | None
) -> None:
    """Record a STEP (a code of steps.yaml, such as surat_konfirmasi) of agreement REF."""
    given = {"started_on": started, "done_on": done, "document": document}
    if all(value is None for value in given.values()):
        raise click.UsageError("say what to record: --started D, --done D or --document T.")
    _record(app, "steps", {"agreement": ref, "step": step, **_given(given)})


@click.command("follow-up")
@click.argument("id_", metavar="ID")
@click.option("--done", metavar="D", help="The day on which it was done.  [today]")
@pass_app
def follow_up(app: App, id_: str, done: str | None) -> None:
    """Record that the follow-up ID is done."""
    if done is None:
        from reminder.clock import local_date

        done = str(local_date(app.clock.now(), app.policy.service.timezone))
    _record(app, "follow_ups", {"id": id_, "done_on": done}, must_exist=True)


@click.command()
@click.argument("ref")
@click.option("--on", required=True, metavar="D", help="The day.")
@click.option(
    "--type",
    "type_",
    required=True,
    metavar="T",
    help="letter_out, letter_in, meeting, visit, exchange, ceremony or other.",
)
@click.option("--summary", required=True, metavar="T", help="What happened.")
@pass_app
def activity(app: App, ref: str, on: str, type_: str, summary: str) -> None:
    """Record an activity under agreement REF."""
    cells = {"agreement": ref, "date": on, "type": type_, "summary": summary}
    _record(app, "activities", cells)


@click.command()
@click.argument("ref")
@click.argument("type_", metavar="TYPE")
@click.option("--number", metavar="T", help="Its number.")
@click.option("--date", metavar="D", help="Its date.")
@click.option("--file", metavar="P", help="Where it is kept.")
@pass_app
def document(
    app: App, ref: str, type_: str, number: str | None, date: str | None, file: str | None
) -> None:
    """Record a document (naskah, surat_konfirmasi, persetujuan_dprd, ...) of agreement REF."""
    given = _given({"number": number, "date": date, "file": file})
    _record(app, "documents", {"agreement": ref, "type": type_, **given})


def _given(options: Mapping[str, str | None]) -> dict[str, str]:
    """What was said; the rest keeps what the register holds."""
    return {name: value for name, value in options.items() if value is not None}


def _require_text(options: Mapping[str, str]) -> None:
    """A report counts only with date and evidence, so neither may be empty."""
    for name, value in options.items():
        if not value.strip():
            raise click.UsageError(f"{name} is empty; a report counts only with date and evidence.")


def _record(app: App, table: str, cells: Mapping[str, str], *, must_exist: bool = False) -> None:
    from jobs.facts import record_fact

    _print(record_fact(app.job_context(), table, cells, must_exist=must_exist))


def _print(fact: RecordedFact) -> None:
    found = fact.difference
    name = " ".join(found.row[column] or "" for column in fact.table.key)
    if not found.is_change:
        click.echo(f"{fact.table.name}: {name} says that already; nothing was changed.")
        return
    click.echo(f"Recorded in {fact.table.name}: {name}")
    for column, value in found.row.items():
        if found.is_new and value and column not in fact.table.key:
            click.echo(f"  {column}: {value}")
        elif column in found.changed:
            click.echo(
                f"  {column}: {found.changed[column][0] or '(empty)'} -> {value or '(empty)'}"
            )
    if fact.doubt:
        click.echo(f"  warning: {fact.doubt}", err=True)
    for before, after in fact.moved:
        click.echo(f"  deadline {_told(before, after)}")
    if not fact.moved and not fact.failed:
        click.echo("  no deadline changes")
    for ref, error in fact.failed.items():
        click.echo(f"  {ref or 'follow-ups'}: cannot be planned ({error})", err=True)


def _told(before: DeadlineState | None, after: DeadlineState | None) -> str:
    """One line: which deadline, and how it stands now."""
    now = after or before
    if now is None:
        return ""
    due = f"{now.name}, due {now.due_text or now.due_on}"
    if after is None:
        return f"{due}: no longer asked for"
    reason = f" ({after.status_reason})" if after.status_reason else ""
    if before is None or before.status == after.status:
        was = f", was due {before.due_text or before.due_on}" if before else ", new"
        return f"{due}{was}: {after.status}{reason}"
    return f"{due}: {before.status} -> {after.status}{reason}"
