"""``reminder feeds``: calendars to subscribe to, for a bureau or a contact."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from reminder.cli.app import App, pass_app, print_json
from reminder.cli.options import login_name, read_email, read_words
from reminder.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from reminder.link_keys import LinkKey
    from reminder.storage.feeds import StoredFeed

Command = TypeVar("Command", bound=Callable[..., Any])
_BY = click.option("--by", callback=read_email, metavar="EMAIL", help="Who decided it.")


def _of_one(command: Command) -> Command:
    """Add the options that say whose feed is meant."""
    bureau = click.option(
        "--bureau", callback=read_words, metavar="CODE", help="What is open at that bureau."
    )
    contact = click.option(
        "--contact",
        callback=read_email,
        metavar="EMAIL",
        help="What that person would be told of first.",
    )
    return bureau(contact(command))


@click.group(invoke_without_command=True)
@click.pass_context
def feeds(ctx: click.Context) -> None:
    """Calendars to subscribe to: list, make, revoke. Without a word after it: list.

    A feed shows open dates and nothing can be done with it. Its address is its key.
    """
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_)


@feeds.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@pass_app
def list_(app: App, as_json: bool = False) -> None:
    """All feeds that were made, the oldest first. Their addresses are not shown."""
    from reminder.storage.feeds import load_feeds
    from reminder.storage.link_keys import load_keys

    now = app.clock.now()
    with app.database.read() as connection:
        keys = load_keys(connection)
        found = [_document(feed, keys, now) for feed in load_feeds(connection)]
    if as_json:
        print_json(found)
        return
    if not found:
        click.echo("No feed was made yet; see reminder feeds make --help.")
    for feed in found:
        click.echo(f"{feed['id']}  {feed['kind']} {feed['name']}: {_standing(feed)}")


@feeds.command()
@_of_one
@_BY
@pass_app
def make(app: App, bureau: str, contact: str, by: str) -> None:
    """Print the address of a feed, to be subscribed to in a calendar program.

    The same address again where there is one. It works for five years, as long as the bureau
    is there or the contact is active, and until it is revoked or its key is retired.
    """
    from jobs.feeds import feed_for, url_of

    with app.database.write() as connection:
        kind, name = _named(connection, app, bureau, contact)
        grant, _is_new = feed_for(connection, kind, name, app.clock.now(), by or login_name())
    click.echo(url_of(app.settings, grant))


@feeds.command()
@click.argument("feed_id", required=False, metavar="[ID]")
@_of_one
@_BY
@pass_app
def revoke(app: App, feed_id: str | None, bureau: str, contact: str, by: str) -> None:
    """Have a feed open nothing any more: by its ID, or all of a bureau or a contact."""
    from jobs.feeds import BUREAU, CONTACT, subject_of
    from reminder.storage.feeds import load_feeds, revoke_feeds

    if [bool(feed_id), bool(bureau), bool(contact)].count(True) != 1:
        raise click.UsageError("give one: an ID, --bureau CODE or --contact EMAIL.")
    with app.database.write() as connection:
        subject = subject_of(BUREAU, bureau) if bureau else subject_of(CONTACT, contact)
        found = [
            feed
            for feed in load_feeds(connection)
            if feed.grant.id == feed_id or feed.grant.subject.casefold() == subject.casefold()
        ]
        if not found:
            raise NotFound(
                f'There is no feed "{feed_id or bureau or contact}"; see reminder feeds list.'
            )
        number = revoke_feeds(connection, found, app.clock.now(), by or login_name())
    if not number:
        click.echo("It was revoked before; nothing was changed.")
        return
    click.echo(
        f"{number} {'feed is' if number == 1 else 'feeds are'} revoked; programs that subscribed "
        "get nothing more, and keep what they have until it is removed there."
    )


def _named(connection: Connection, app: App, bureau: str, contact: str) -> tuple[str, str]:
    """Whose feed is meant, as the register writes them."""
    from jobs.feeds import BUREAU, CONTACT
    from reminder.clock import local_date
    from reminder.storage.required import require_bureau, require_contact

    if bool(bureau) == bool(contact):
        raise click.UsageError("give one: --bureau CODE or --contact EMAIL.")
    if bureau:
        require_bureau(connection, bureau)
        return BUREAU, bureau
    today = local_date(app.clock.now(), app.policy.service.timezone)
    return CONTACT, require_contact(connection, contact, today)


def _document(feed: StoredFeed, keys: Mapping[str, LinkKey], now: datetime) -> dict[str, object]:
    from jobs.feeds import ends_at, is_live, split_subject

    kind, name = split_subject(feed.grant.subject)
    return {
        "id": feed.grant.id,
        "kind": kind,
        "name": name,
        "live": is_live(feed, keys, now),
        "made_at": feed.made_at,
        "ends_at": ends_at(feed, keys),
        "revoked_at": feed.revoked_at,
    }


def _standing(feed: Mapping[str, Any]) -> str:
    if feed["revoked_at"] is not None:
        return f"revoked on {feed['revoked_at'].date()}"
    if feed["live"]:
        return f"made on {feed['made_at'].date()}, works until {feed['ends_at'].date()}"
    return f"ended on {feed['ends_at'].date()}; reminder feeds make makes another"
