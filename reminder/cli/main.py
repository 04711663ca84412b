"""The program itself: its options, its errors and its exit codes."""

from __future__ import annotations

import importlib
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from reminder import __version__
from reminder.cli import COMMANDS
from reminder.cli.app import App
from reminder.errors import ReminderError, describe

_INSTANT = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:?\d\d)", re.ASCII
)


def read_instant(_ctx: click.Context, _param: click.Parameter, text: str | None) -> datetime | None:
    """ISO 8601 with an offset; a time without one would mean another instant elsewhere."""
    if text is None:
        return None
    try:
        if _INSTANT.fullmatch(text) is None:
            raise ValueError
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(
            f'"{text}" is not an instant with its offset; '
            "write for example 2026-03-02T08:00:00+07:00"
        ) from None
    if not 1901 <= instant.year <= 2198:
        raise click.BadParameter(f"the year {instant.year} is outside 1901 to 2198")
    return instant.astimezone(UTC)


class Program(click.Group):
    """Imports a command's module when it runs, and turns errors into exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name][0].split(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        command.name = cmd_name  # a function cannot be called "import"
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except KeyboardInterrupt:
            ctx.exit(130)
        except ReminderError as error:
            _explain(error, ctx)
            ctx.exit(error.exit_code)
        except Exception as error:
            _explain_surprise(error, ctx)
            ctx.exit(1)


def _explain(error: ReminderError, ctx: click.Context) -> None:
    _traceback_if_wanted(error, ctx)
    click.echo(str(error), err=True)
    cause = error.__cause__
    while cause is not None:
        click.echo(f"  because: {describe(cause)}", err=True)
        cause = cause.__cause__


_DATABASE_TROUBLE = ("OperationalError", "DatabaseError")
"""Classes of SQLAlchemy: a database that is away or full, and one that is damaged."""


def _explain_surprise(error: Exception, ctx: click.Context) -> None:
    wanted = _traceback_if_wanted(error, ctx)
    cause = getattr(error, "orig", None)  # of SQLAlchemy, which is not imported for this
    if isinstance(cause, Exception) and type(error).__name__ in _DATABASE_TROUBLE:
        text = " ".join(str(cause).split())[:300]
        click.echo(f"The database could not do it: {text}. See reminder doctor.", err=True)
        return
    hint = "" if wanted else "; run again as reminder -v ... for the traceback"
    click.echo(f"This should not happen: {describe(error)}{hint}", err=True)


def _traceback_if_wanted(error: BaseException, ctx: click.Context) -> bool:
    if not (isinstance(ctx.obj, App) and ctx.obj.verbose):
        return False
    import traceback

    traceback.print_exception(error, file=sys.stderr)
    return True


@click.command(
    "reminder",
    cls=Program,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--home",
    type=click.Path(path_type=Path),
    envvar="REMINDER_HOME",
    default=".",
    help="The home of the service.  [default: $REMINDER_HOME, else the working directory]",
)
@click.option(
    "--as-of",
    callback=read_instant,
    metavar="INSTANT",
    help="Act as if it were then, for example 2026-03-02T08:00:00+07:00.",
)
@click.option("--yes", is_flag=True, help="Allow --as-of with a real mail relay.")
@click.option("-v", "--verbose", is_flag=True, help="Show the traceback of an error.")
@click.version_option(__version__, prog_name="reminder", message="%(prog)s %(version)s")
@click.pass_context
def program(
    ctx: click.Context, home: Path, as_of: datetime | None, yes: bool, verbose: bool
) -> None:
    """Reminders for cooperation agreements: what is due, who is told, what was sent."""
    ctx.obj = App(home, as_of, verbose, yes)
    ctx.call_on_close(ctx.obj.close)
