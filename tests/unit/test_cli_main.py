"""The program's own options, and how errors become exit codes."""

from __future__ import annotations

import importlib.util
from datetime import UTC, datetime
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from reminder.cli import COMMANDS
from reminder.cli.app import App, pass_app, print_json, progress
from reminder.cli.main import Program, program
from reminder.clock import FixedClock, ShiftedClock
from reminder.errors import HomeBusy, NotFound, ReminderError


class OneCommand(Program):
    """The program with a single command in place of its own."""

    def __init__(self, command: click.Command) -> None:
        super().__init__(params=program.params, callback=program.callback, name="reminder")
        self.command_to_run = command

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return self.command_to_run


def run_raising(error: BaseException, *options: str) -> tuple[int, str]:
    @click.command()
    def fail() -> None:
        try:
            raise LookupError("no such row")
        except LookupError as cause:
            raise error from cause

    result = CliRunner().invoke(OneCommand(fail), [*options, "fail"])
    return result.exit_code, result.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_where_the_map_says(name: str) -> None:
    module, attribute = COMMANDS[name][0].split(":")
    assert importlib.util.find_spec(module) is not None
    assert isinstance(getattr(importlib.import_module(module), attribute), click.Command)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_help_page(name: str) -> None:
    result = CliRunner().invoke(program, [name, "--help"])
    assert result.exit_code == 0, result.output
    assert f"reminder {name}" in result.output


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        pytest.param(
            NotFound("no agreement A/1; see reminder plan"),
            1,
            "no agreement A/1",
            id="1 where the service refused",
        ),
        pytest.param(HomeBusy("held"), 75, "held", id="75 for a busy home"),
        pytest.param(KeyboardInterrupt(), 130, "", id="130 for Ctrl-C"),
        pytest.param(ZeroDivisionError("x"), 1, "This should not happen: ZeroDivision", id="a bug"),
    ],
)
def test_error_becomes_an_exit_code(error: BaseException, code: int, words: str) -> None:
    seen, text = run_raising(error)
    assert (seen, "Traceback" in text) == (code, False)
    assert words in text


def test_cause_of_an_error_is_told() -> None:
    assert "  because: LookupError: no such row" in run_raising(ReminderError("not done"))[1]


@pytest.mark.parametrize("error", [ReminderError("not done"), ZeroDivisionError("x")], ids=str)
def test_traceback_is_shown_with_v_only(error: Exception) -> None:
    assert "Traceback" not in run_raising(error)[1]
    assert "Traceback" in run_raising(error, "-v")[1]


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["nonsense"], id="no such command"),
        pytest.param(["status", "--nonsense"], id="no such option"),
        pytest.param(["send-test"], id="argument missing"),
        pytest.param(["send-test", "a@x.id,b@x.id"], id="X-26 two addresses"),
        pytest.param(["--as-of", "2026-03-02", "status"], id="a day is no instant"),
        pytest.param(["--as-of", "2026-03-02T08:00", "status"], id="no offset"),
        pytest.param(["--as-of", "20260302T080000Z", "status"], id="another ISO form"),
        pytest.param(["--as-of", "2026-02-30T08:00Z", "status"], id="no such day"),
        pytest.param(["--as-of", "0001-01-01T00:00Z", "status"], id="too early to reckon with"),
        pytest.param(["--as-of", "9999-12-31T00:00Z", "status"], id="too late to reckon with"),
    ],
)
def test_wrong_usage_ends_with_2(arguments: list[str]) -> None:
    result = CliRunner().invoke(program, arguments)
    assert result.exit_code == 2
    assert "Error: " in result.stderr


@pytest.mark.parametrize("offset", ["+09:00", "+0900"])
def test_as_of_sets_the_clock(tmp_path: Path, offset: str) -> None:
    @click.command()
    @pass_app
    def show(app: App) -> None:
        print_json([app.home, app.as_of])

    arguments = ["--home", str(tmp_path), "--as-of", f"2026-03-02T00:30:00{offset}", "show"]
    result = CliRunner().invoke(OneCommand(show), arguments)
    assert result.exit_code == 0
    assert "2026-03-01T15:30:00+00:00" in result.stdout


def test_clock_stands_still_in_a_command_and_runs_on_in_the_daemon(tmp_path: Path) -> None:
    instant = datetime(2026, 3, 1, 15, 30, tzinfo=UTC)
    app = App(tmp_path, instant)
    assert app.clock == FixedClock(instant)
    assert isinstance(app.running_clock, ShiftedClock)
    assert app.running_clock.now() >= instant


KEY = "0123456789abcdefghijklmnopqrstuvwxyz"


@pytest.mark.parametrize(
    ("mail_url", "yes", "is_refused"),
    [
        pytest.param("smtp://relay.example.go.id", False, True, id="a real relay"),
        pytest.param("smtp://relay.example.go.id", True, False, id="a real relay with --yes"),
        pytest.param("smtp://127.0.0.1:2525", False, False, id="this machine"),
        pytest.param("maildir:var/mail", False, False, id="a Maildir"),
    ],
)
def test_other_times_are_refused_with_a_real_relay(
    tmp_path: Path, mail_url: str, yes: bool, is_refused: bool
) -> None:
    environ = {
        "REMINDER_SECRET_KEY": KEY,
        "REMINDER_MAIL_URL": mail_url,
        "REMINDER_MAIL_FROM": "biro@example.go.id",
    }
    app = App(tmp_path, datetime(2026, 3, 1, tzinfo=UTC), yes=yes, environ=environ)
    if is_refused:
        with pytest.raises(ReminderError, match="add --yes"):
            app.settings  # noqa: B018 - reading it is the act
    else:
        assert app.settings.mail_from == "biro@example.go.id"


def test_json_keeps_letters_and_offsets(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"bureau": "Biro Pemerintahan é", "at": datetime(2026, 3, 1, tzinfo=UTC)})
    output = capsys.readouterr().out
    assert '"Biro Pemerintahan é"' in output
    assert '"2026-03-01T00:00:00+00:00"' in output


def test_progress_is_silent_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("importing") as report:
        report(1, 2)
    assert capsys.readouterr() == ("", "")
