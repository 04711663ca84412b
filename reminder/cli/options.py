"""What several commands read from their options: an address, a few words, a day; and who asks."""

from __future__ import annotations

from datetime import date
from getpass import getuser

import click


def read_email(_ctx: click.Context, _param: click.Parameter, text: str | None) -> str:
    """One address in its stored form; empty where none was given."""
    from reminder.register.addresses import email
    from reminder.register.text import CellError

    if text is None:
        return ""
    try:
        return email(text)
    except CellError as error:
        raise click.BadParameter(str(error)) from error


def read_words(_ctx: click.Context, _param: click.Parameter, text: str | None) -> str:
    """A few words in one line."""
    from reminder.register.text import CellError, refuse_control

    words = " ".join((text or "").split())
    try:
        refuse_control(words)
    except CellError as error:
        raise click.BadParameter(str(error)) from error
    return words


def read_day(_ctx: click.Context, _param: click.Parameter, text: str) -> date:
    """A day as people write it in the register (``2026-05-31``, ``31 Mei 2026``)."""
    from reminder.register.days import full_date
    from reminder.register.text import CellError

    try:
        return date.fromisoformat(full_date(text))
    except CellError as error:
        raise click.BadParameter(str(error)) from error


def login_name() -> str:
    """Who is at the shell, where no option says it."""
    try:
        return getuser()
    except (OSError, KeyError):  # an account that the machine has no name for
        return "shell"
