"""``release``, ``discard``, ``resend``, ``assume-sent``: what a person decides about messages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from reminder.cli.app import App, pass_app
from reminder.cli.options import read_email, read_words

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from reminder.storage.answers import Person

Command = TypeVar("Command", bound=Callable[..., Any])
Decide = Callable[["Connection", Sequence[str], "Person", "datetime"], None]


def _signed(command: Command) -> Command:
    """Add the options that tell who decided, and why."""
    by = click.option("--by", callback=read_email, metavar="EMAIL", help="Who decided it.")
    note = click.option("--note", callback=read_words, metavar="T", help="Why; kept on record.")
    return by(note(command))


def _named(command: Command) -> Command:
    """Add the messages: ids as ``held`` shows them, brackets or not, or how they begin."""
    return click.argument("names", nargs=-1, metavar="MESSAGE_ID...")(command)


@click.command()
@_named
@click.option("--storm", is_flag=True, help="All that a storm holds.")
@click.option("--all", "all_", is_flag=True, help="All that is held, save what may have arrived.")
@_signed
@pass_app
def release(app: App, names: tuple[str, ...], storm: bool, all_: bool, by: str, note: str) -> None:
    """Let held messages leave; or, with the word clock, take the time of the machine as right."""
    from reminder.storage.answers import Person
    from reminder.storage.answers import release as decide

    _require_one(names, storm, all_, "name messages, or write --storm, --all or clock.")
    if names == ("clock",):
        _trust_clock(app, by)
        return
    number = _answer(app, decide, names, Person(by, note), storm=storm, all_=all_)
    _say(number, "released; delivery takes them up at once, inside the send window")


@click.command()
@_named
@click.option("--storm", is_flag=True, help="All that a storm holds.")
@_signed
@pass_app
def discard(app: App, names: tuple[str, ...], storm: bool, by: str, note: str) -> None:
    """Keep messages from ever leaving. Later lead times of their deadlines go on as usual."""
    from reminder.storage.answers import Person
    from reminder.storage.answers import discard as decide

    _require_one(names, storm, False, "name messages, or write --storm.")
    number = _answer(app, decide, names, Person(by, note), storm=storm)
    _say(number, "discarded; the next lead times of their deadlines go on as usual")


@click.command()
@_named
@_signed
@pass_app
def resend(app: App, names: tuple[str, ...], by: str, note: str) -> None:
    """Send held or uncertain messages again; marked where a first copy may have arrived."""
    from reminder.storage.answers import Person
    from reminder.storage.answers import resend as decide

    _require_one(names, False, False, "name messages.")
    number = _answer(app, decide, names, Person(by, note))
    _say(number, "to be sent again; delivery takes them up at once, inside the send window")


@click.command("assume-sent")
@_named
@_signed
@pass_app
def assume_sent(app: App, names: tuple[str, ...], by: str, note: str) -> None:
    """Take it that held or uncertain messages arrived; the record says that a person did."""
    from reminder.storage.answers import Person
    from reminder.storage.answers import assume_sent as decide

    _require_one(names, False, False, "name messages.")
    number = _answer(app, decide, names, Person(by, note))
    _say(number, "taken as sent, on a person's word")


def _require_one(names: Sequence[str], storm: bool, all_: bool, missing: str) -> None:
    chosen = [bool(names), storm, all_].count(True)
    if chosen == 0:
        raise click.UsageError(missing)
    if chosen > 1:
        raise click.UsageError("choose one: messages by name, --storm or --all.")
    if len(names) > 1 and "clock" in names:
        raise click.UsageError("clock goes with no message; run the command twice.")


def _answer(
    app: App,
    decide: Decide,
    names: Sequence[str],
    person: Person,
    *,
    storm: bool = False,
    all_: bool = False,
) -> int:
    """Carry out one decision for all the messages or for none; how many there were."""
    from reminder.storage.held import find_ids, ids_of_storm, ids_releasable

    with app.database.write() as connection:
        if storm:
            ids = ids_of_storm(connection)
        elif all_:
            ids = ids_releasable(connection)
        else:
            ids = find_ids(connection, names)
        decide(connection, ids, person, app.clock.now())
    return len(ids)


def _say(number: int, what: str) -> None:
    if number == 0:
        click.echo("Nothing of the kind is held; see reminder held.")
        return
    click.echo(f"{number} {'message' if number == 1 else 'messages'} {what}.")


def _trust_clock(app: App, by: str) -> None:
    from jobs.guards import trust_clock

    if trust_clock(app.job_context(), by):
        click.echo("The clock is taken as right; scans and delivery go on.")
    else:
        click.echo("The clock is not in doubt; nothing was changed.")
