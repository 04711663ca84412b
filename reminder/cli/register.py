"""``reminder import`` and ``reminder export``: the register in, any table out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from reminder.cli.app import App, pass_app, progress

if TYPE_CHECKING:
    from jobs.importing import ImportReport

SHOWN_WARNINGS = 20


@click.command()
@click.argument(
    "paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(path_type=Path)
)
@click.option("--dry-run", is_flag=True, help="Show what would change; write nothing.")
@click.option(
    "--yes-remove",
    type=click.IntRange(min=1),
    metavar="N",
    help="Allow an import that ends N open agreements, where that is more than 10 %.",
)
@pass_app
def import_(app: App, paths: tuple[Path, ...], dry_run: bool, yes_remove: int | None) -> None:
    """Read register files (CSV, XLSX) or folders of them: all rows or, with one mistake, none.

    A file or sheet is named after its table: bureaus, contacts, agreements, reports, steps,
    follow_ups, activities, documents, plans, checks, opt_outs, or the Indonesian name.
    """
    from jobs.importing import import_files
    from jobs.touched import plan_touched

    context = app.job_context()
    report = import_files(
        context, paths, dry_run=dry_run, confirmed_ends=yes_remove, phase=progress
    )
    _print_warnings(report)
    _print_tables(report)
    if dry_run:
        click.echo(_foretold_mails(report))
        click.echo("Dry run: nothing was changed.")
        return
    if not report.changes:
        click.echo("Nothing to change: the register has all of this already.")
        return
    with progress("Planning") as bar:
        failed = plan_touched(context, bar)
    click.echo("Imported. See what it brings with: reminder plan")
    for ref, error in failed.items():
        click.echo(f"  {ref}: cannot be planned ({error}); tried again in an hour", err=True)


def _print_warnings(report: ImportReport) -> None:
    for warning in report.warnings[:SHOWN_WARNINGS]:
        click.echo(f"warning: {warning}", err=True)
    more = len(report.warnings) - SHOWN_WARNINGS
    if more > 0:
        click.echo(f"warning: {more} more like these", err=True)


def _print_tables(report: ImportReport) -> None:
    if report.tables:
        click.echo(f"{'':12} {'added':>9} {'changed':>9} {'unchanged':>9} {'missing':>9}")
    for name, tally in report.tables.items():
        click.echo(
            f"{name:12} {tally.added:9} {tally.changed:9} {tally.unchanged:9} {tally.missing:9}"
        )
    for name, tally in report.tables.items():
        if tally.missing:
            more = tally.missing - len(tally.some_missing)
            tail = f" and {more} more" if more else ""
            click.echo(
                f"missing from the files, kept in {name}: {', '.join(tally.some_missing)}{tail}"
            )


def _foretold_mails(report: ImportReport) -> str:
    if report.scan_refused:
        return f"No scan would be made now, and no mail: {report.scan_refused}"
    count = report.mails_today or 0
    mails = "1 mail" if count == 1 else f"{count} mails"
    without = f" ({report.mails_without} without this import)" if report.mails_without else ""
    caused = f"It would cause {mails} today{without}."
    if report.mails_held:
        caused += (
            f"\nThe scan would hold all {report.mails_held} of them until you release them: they "
            "are more than the storm limit of reminder.yaml allows."
        )
    return caused


@click.command()
@click.argument("table")
@click.argument("file", type=click.Path(path_type=Path))
@pass_app
def export(app: App, table: str, file: Path) -> None:
    """Write TABLE to FILE; its ending says how: .csv, .xlsx, .json or .ics.

    Every table of the register, and deadlines, notices, messages, attempts, skips, events.
    """
    from jobs.exporting import export_table
    from reminder.register.xlsx_scan import MOST_ROWS

    with progress(f"Writing {file.name}") as bar:
        count = export_table(app.job_context(), table, file, bar)
    click.echo(f"{file}: {count} {'row' if count == 1 else 'rows'} of {table}.")
    if file.suffix.lower() == ".xlsx" and count > MOST_ROWS:
        click.echo(f"note: import reads at most {MOST_ROWS:,} rows of .xlsx; write .csv", err=True)
