"""Backups for tests: where PostgreSQL's programs are, and databases of an older schema."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text

from reminder.storage.backup import Backup, back_up
from reminder.storage.restoring import Replacement, restore
from reminder.storage.tables import metadata
from tests.postgres import program_folders
from tests.stored import at

if TYPE_CHECKING:
    from reminder.storage.engine import Database

TAKEN = "2026-05-01 10:00"
RESTORED = "2026-05-04 08:30"


def environment() -> dict[str, str]:
    """The PATH with the programs beside the tests' own server first."""
    folders = [str(folder) for folder in program_folders() if (folder / "pg_dump").is_file()]
    return {"PATH": os.pathsep.join([*folders, os.environ["PATH"]])}


def take(database: Database, file: Path, when: str = TAKEN) -> Backup:
    """A backup at an instant of Jakarta's clock."""
    return back_up(database, file, at(*when.split()), environment())


def put_back(database: Database, file: Path, home: Path, when: str = RESTORED) -> Replacement:
    """Restore at an instant of Jakarta's clock."""
    return restore(database, file, home, at(*when.split()), environment())


def make_schema(database: Database, revision: str) -> None:
    """The empty schema as an older version of the service made it."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "reminder.storage:migrations")
    with database.write() as connection:
        metadata.drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def program(folder: Path, name: str, script: str) -> dict[str, str]:
    """An environment in which *script* (of sh) stands in for one of PostgreSQL's programs."""
    folder.mkdir(exist_ok=True)
    file = folder / name
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o700)
    return {"PATH": f"{folder}{os.pathsep}{environment()['PATH']}"}
