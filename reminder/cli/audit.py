"""``reminder audit``: whether the journal of events is what the service wrote."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from reminder.cli.app import App, pass_app, print_json
from reminder.errors import DatabaseError

if TYPE_CHECKING:
    from reminder.storage.audit import Audit
    from reminder.storage.seals import Head

_HEAD = re.compile(r"([1-9][0-9]{0,17}):([0-9a-f]{64})", re.ASCII)


def read_noted_head(_ctx: click.Context, _param: click.Parameter, text: str | None) -> Head | None:
    """NUMBER:HASH as ``status`` and ``audit verify`` print it."""
    if text is None:
        return None
    from reminder.storage.seals import Head

    found = _HEAD.fullmatch(text.strip())
    if found is None:
        raise click.BadParameter(
            f'"{text}" is not NUMBER:HASH with 64 hexadecimal digits; '
            "write the head as reminder status showed it"
        )
    return Head(int(found[1]), found[2])


@click.group()
def audit() -> None:
    """Prove that the record was not tampered with."""


@audit.command()
@click.option(
    "--head",
    "noted",
    callback=read_noted_head,
    metavar="NUMBER:HASH",
    help="A head noted earlier, kept outside of the database: finds a chain made anew.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@pass_app
def verify(app: App, noted: Head | None, as_json: bool) -> None:
    """Walk the sealed journal of events and name the first break.

    Ends with 1 where there is one. Events newer than the last seal are none.
    """
    from reminder.storage.audit import audit as walk

    _require_database(app)
    with app.database.read() as connection:
        found = walk(connection, noted)
    if as_json:
        print_json(document(found))
    else:
        click.echo("\n".join(as_text(found)))
    if found.broken is not None:
        click.get_current_context().exit(1)


def _require_database(app: App) -> None:
    """DatabaseError where there is none: to make one and call it whole would be a false comfort."""
    from reminder.storage.engine import Database
    from reminder.storage.schema import read_version, shown

    database = Database(app.settings.database_url)
    try:
        # SQLite makes the file as soon as it is asked for a version.
        is_there = database.file is None or database.file.exists()
        if not is_there or read_version(database) is None:
            what = "is empty" if is_there else "does not exist"
            raise DatabaseError(
                f"the database {shown(database)} {what}, so there is nothing to verify; "
                "check --home and REMINDER_DATABASE_URL"
            )
    finally:
        database.close()


def document(found: Audit) -> dict[str, object]:
    """What scripts read."""
    return {
        "ok": found.broken is None,
        "events": found.events,
        "sealed": found.sealed,
        "unsealed": found.unsealed,
        "head": found.head,
        "break": found.broken,
    }


def as_text(found: Audit) -> Iterator[str]:
    """The same for a person."""
    waiting = ""
    if found.unsealed:
        waiting = f" (the first is event {found.first_unsealed}; run or once seals them)"
    yield f"events           {found.events}"
    yield f"sealed           {found.sealed}"
    yield f"not sealed yet   {found.unsealed}{waiting}"
    head = found.head
    yield f"head             {f'{head.number}:{head.hash}' if head else 'none yet'}"
    yield ""
    if found.broken is not None:
        yield f"BROKEN at seal {found.broken.number}, {found.broken.kind}: {found.broken.text}."
    elif found.sealed:
        yield "The chain is whole. Note the head elsewhere, to verify with --head one day."
    else:
        yield "Nothing is sealed yet, so there is nothing to verify."
