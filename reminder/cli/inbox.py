"""``reminder inbox``: mails that a person should look at; ``addresses``: those that are dead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from getpass import getuser
from typing import TYPE_CHECKING

import click

from reminder.cli.app import App, pass_app, print_json
from reminder.cli.options import read_email
from reminder.errors import NotFound

if TYPE_CHECKING:
    from datetime import datetime

    from reminder.storage.dead_addresses import DeadAddress
    from reminder.storage.inbound import InboundRow

MOST_SHOWN = 64 * 2**10
"""Octets of a mail on a terminal."""


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON list.")
@pass_app
@click.pass_context
def inbox(ctx: click.Context, app: App, as_json: bool) -> None:
    """List the mails that came in and wait for a person: words, and what is set aside."""
    if ctx.invoked_subcommand is not None:
        return
    from reminder.storage.inbound import load_for_person

    with app.database.read() as connection:
        found = load_for_person(connection)
    if as_json:
        print_json([asdict(one) for one in found])
        return
    off = "" if app.settings.inbox_url else " REMINDER_INBOX_URL is off, so none is fetched."
    click.echo("\n".join(_lines(found)) or f"No mail waits for a person.{off}")


def _lines(found: list[InboundRow]) -> Iterator[str]:
    for one in found:
        yield f"{one.id}  {_shown(one.received_at)}  {one.state}: {one.result}"
        yield f"    from {one.sender or '(nobody named)'}: {one.subject or '(no subject)'}"
        if one.message_id:
            yield f"    about {one.message_id}, sent to {one.recipient or 'nobody we know'}"
        if one.detail:
            yield f"    {one.detail}"
        yield f"    read it: reminder inbox show {one.id}; then: reminder inbox done {one.id}"


@inbox.command()
@click.argument("number", type=int, metavar="ID")
@pass_app
def show(app: App, number: int) -> None:
    """Show a mail as it came, with everything escaped that could trick a terminal."""
    from reminder.storage.inbound import load_one

    with app.database.read() as connection:
        row, raw = load_one(connection, number)
    click.echo("\n".join(_lines([row])) + "\n")
    if raw is None:
        click.echo("(Its text is no longer kept.)")
        return
    click.echo(_safe(raw[:MOST_SHOWN]))
    if len(raw) > MOST_SHOWN:
        click.echo(f"(... and {len(raw) - MOST_SHOWN} more octets)")


@inbox.command()
@click.argument("numbers", type=int, nargs=-1, required=True, metavar="ID...")
@pass_app
def done(app: App, numbers: tuple[int, ...]) -> None:
    """Take mails off the list; nothing else comes of it."""
    from reminder.storage.inbound import mark_done

    with app.database.write() as connection:
        for number in numbers:
            if not mark_done(connection, number, app.clock.now(), getuser()):
                raise NotFound(f"No mail {number} waits for a person; see reminder inbox.")
    click.echo(f"{len(numbers)} done.")


@click.command()
@click.option(
    "--alive",
    "alive",
    callback=read_email,
    metavar="EMAIL",
    help="This address works again: send to it as before.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON list.")
@pass_app
def addresses(app: App, alive: str, as_json: bool) -> None:
    """List the addresses that no mail is sent to any more, because it came back for good."""
    from reminder.storage.dead_addresses import load_dead, mark_alive

    if alive:
        with app.database.write() as connection:
            if not mark_alive(connection, alive, app.clock.now(), getuser()):
                raise NotFound(f"{alive} is not marked as dead; see reminder addresses.")
        click.echo(f"{alive} is sent to again, from the next notice on.")
        return
    with app.database.read() as connection:
        found = load_dead(connection)
    if as_json:
        print_json([asdict(one) for one in found])
    else:
        click.echo("\n".join(_dead(found)) or "No address is dead.")


def _dead(found: list[DeadAddress]) -> Iterator[str]:
    for one in found:
        yield f"{one.email}  since {_shown(one.at)}: {one.reason}"
        yield (
            "    correct it in the register, or if it works again: "
            f"reminder addresses --alive {one.email}"
        )


def _safe(raw: bytes) -> str:
    """The mail as lines; what is neither printable nor a line end is escaped."""
    text = raw.decode("utf-8", "backslashreplace").replace("\r\n", "\n")
    return "".join(
        char if char.isprintable() or char == "\n" else char.encode("unicode_escape").decode()
        for char in text
    )


def _shown(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
