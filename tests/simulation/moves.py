"""Moves: every change of a message's state, noted by the database itself in the same commit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from reminder.storage.engine import Database

_SETUP = (
    "CREATE TABLE sim_moves (id INTEGER PRIMARY KEY, message_id TEXT, was TEXT, became TEXT)",
    "CREATE TRIGGER sim_made AFTER INSERT ON messages BEGIN INSERT INTO sim_moves"
    " (message_id, was, became) VALUES (NEW.message_id, '', NEW.state); END",
    "CREATE TRIGGER sim_moved AFTER UPDATE OF state ON messages WHEN OLD.state <> NEW.state BEGIN"
    " INSERT INTO sim_moves (message_id, was, became)"
    " VALUES (NEW.message_id, OLD.state, NEW.state); END",
)
_NEWS = text("SELECT id, message_id, was, became FROM sim_moves WHERE id > :after ORDER BY id")


@dataclass(frozen=True, order=True)
class Move:
    """One message went from a state to another; ``was`` is empty where it was made."""

    message_id: str
    was: str
    became: str


def note_moves(connection: Connection) -> None:
    """Have the database note moves from now on."""
    for statement in _SETUP:
        connection.execute(text(statement))


class Moves:
    """Reads what was noted, from where it stopped reading."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._after = 0

    def news(self) -> list[Move]:
        """The moves since the last time, in order."""
        with self._database.read() as connection:
            rows = connection.execute(_NEWS, {"after": self._after}).all()
        if rows:
            self._after = max(row.id for row in rows)
        return [Move(row.message_id, row.was, row.became) for row in rows]
