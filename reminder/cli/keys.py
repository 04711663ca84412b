"""``reminder keys``: the keys that sign links; a new one, or one that opens nothing any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reminder.cli.app import App, pass_app, print_json
from reminder.cli.options import login_name, read_email

if TYPE_CHECKING:
    from datetime import datetime

    from reminder.link_keys import LinkKey


@click.group()
def keys() -> None:
    """The keys that sign the links in mails. They are derived, and never shown."""


@keys.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@pass_app
def list_(app: App, as_json: bool) -> None:
    """All keys, the oldest first, and what becomes of the links that they signed."""
    from reminder.storage.link_keys import load_keys

    now = app.clock.now()
    with app.database.read() as connection:
        found = load_keys(connection)
    if as_json:
        print_json([_document(key, now) for key in found.values()])
        return
    for key in found.values():
        click.echo(f"{key.kid:<4}  {_standing(key, now)}")


@keys.command()
@click.option("--by", callback=read_email, metavar="EMAIL", help="Who decided it.")
@pass_app
def rotate(app: App, by: str) -> None:
    """Have a new key sign from now on. Links sent before go on to open for 200 days."""
    from reminder.storage.link_keys import rotate as make_new

    with app.database.write() as connection:
        new = make_new(connection, app.clock.now(), by or login_name())
    click.echo(f"Key {new.kid} signs from now on; the links in mails sent before still open.")


@keys.command()
@click.argument("kid")
@click.option("--by", callback=read_email, metavar="EMAIL", help="Who decided it.")
@pass_app
def retire(app: App, kid: str, by: str) -> None:
    """Have no link open any more that key KID signed: for when links fell into wrong hands.

    Mails that are sent from now on bear links of another key.
    """
    from reminder.storage.link_keys import load_keys
    from reminder.storage.link_keys import retire as take_away

    with app.database.write() as connection:
        known = load_keys(connection).get(kid)
        if known is not None and known.retired_at is not None:
            click.echo(f"Key {kid} was retired on {known.retired_at.date()} already.")
            return
        new = take_away(connection, kid, app.clock.now(), by or login_name())
    signs = f" Key {new.kid} signs from now on." if new is not None else ""
    click.echo(
        f"Key {kid} is retired: no link that it signed opens any more.{signs} The next notice "
        "of each matter brings a new link; feeds are made again with reminder feeds make."
    )


def _standing(key: LinkKey, now: datetime) -> str:
    if key.retired_at is not None:
        return f"retired on {key.retired_at.date()}: its links open nothing"
    if key.followed_at is not None:
        opens = "its links still open" if key.opens(now) else "too old: its links open nothing"
        return f"followed by another on {key.followed_at.date()}; {opens}"
    return "signs"


def _document(key: LinkKey, now: datetime) -> dict[str, object]:
    return {
        "kid": key.kid,
        "signs": key.signs,
        "opens": key.opens(now),
        "made_at": key.made_at,
        "followed_at": key.followed_at,
        "retired_at": key.retired_at,
    }
