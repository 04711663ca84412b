"""The database's own id, by which the outcome journal knows whose verdicts it keeps.

A backup has it too, and so has what is restored from one. An empty database that takes the
place of another has a new one: Message-IDs are the same again there, and nothing is sent yet.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from reminder.storage import tables
from reminder.storage.dialect import insert_new
from reminder.storage.planning import read_service

if TYPE_CHECKING:
    from sqlalchemy import Connection

NAME = "database_id"
"""The service value that holds it."""


def database_id(connection: Connection) -> str:
    """The id of this database; "" where it has none yet."""
    return read_service(connection, NAME).get(NAME, "")


def give_id(connection: Connection) -> str:
    """The id of this database, made now where it has none; two processes at once get the same."""
    row = {"name": NAME, "value": secrets.token_hex(16)}
    connection.execute(insert_new(connection, tables.service), row)
    return database_id(connection)
