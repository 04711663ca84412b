"""The installed program as a process, for tests of what its users and their scripts see."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from email import message_from_bytes, policy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reminder.resources import shipped

if TYPE_CHECKING:
    from email.message import EmailMessage

ROOT = Path(__file__).parents[1]
PROGRAM = [sys.executable, "-m", "reminder"]
MONDAY = "2026-03-02T09:00:00+07:00"
"""In the send window, 90 days before the small register's agreement ends."""


def without_digests(home: Path) -> Path:
    """The home with every digest switched off."""
    with (home / "config" / "reminder.yaml").open("a", encoding="utf-8") as file:
        file.write("digests: none\n")
    return home


def reminder(
    home: Path, *arguments: str | Path, at: str = MONDAY, **environ: str
) -> subprocess.CompletedProcess[str]:
    """Run one command in *home* as of *at* (empty: now), with nothing else in its environment."""
    then = ("--as-of", at) if at else ()
    return subprocess.run(
        [*PROGRAM, "--home", str(home), *then, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", **environ},
        cwd=ROOT,
        timeout=120,
    )


def done(home: Path, *arguments: str | Path, at: str = MONDAY, **environ: str) -> str:
    """Run a command that must end with 0; its standard output."""
    ended = reminder(home, *arguments, at=at, **environ)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def shown(home: Path, *arguments: str | Path, at: str = MONDAY, **environ: str) -> Any:
    """The JSON document that a reading command prints, and nothing beside it."""
    return json.loads(done(home, *arguments, "--json", at=at, **environ))


def dates_only(home: Path) -> Path:
    """Have the home mail about days that the register gives, and of all findings only that such
    a day is missing: the small registers of most tests lack what other findings ask for."""
    shipped_rules = (shipped("config") / "rules.yaml").read_text(encoding="utf-8")
    head, *rules = re.split(r"(?m)^(?=(?:  #[^\n]*\n)*  - name: )", shipped_rules)
    kept = [rule for rule in rules if "deadline: finding" not in rule]
    config = home / "config"
    config.mkdir(exist_ok=True)
    (config / "rules.yaml").write_text("".join([head, *kept, _UNKNOWN_EXPIRY]), encoding="utf-8")
    return home


_UNKNOWN_EXPIRY = """
  - name: finding
    deadline: finding
    findings: [UNKNOWN_EXPIRY]
    lead_times: [H, H+30, H+90]
    template: finding
    to: [officer]
    escalate:
      - {after: 10 working days, to: [head]}
"""


def relay(port: int) -> dict[str, str]:
    """The settings for a relay on this machine."""
    return {
        "REMINDER_MAIL_URL": f"smtp://127.0.0.1:{port}",
        "REMINDER_MAIL_FROM": "Pengingat <pengingat@example.go.id>",
    }


def tables_of(home: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of the home's database."""
    with closing(sqlite3.connect(home / "var" / "reminder.db")) as database:
        names = [
            row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type='table'")
        ]
        return {
            name: sorted(database.execute(f'SELECT * FROM "{name}"').fetchall(), key=repr)
            for name in names
        }


def rows_of(home: Path, query: str, *values: object) -> list[tuple[Any, ...]]:
    """What a query finds in the home's database."""
    with closing(sqlite3.connect(home / "var" / "reminder.db")) as database:
        return database.execute(query, values).fetchall()


def by_hand(home: Path, script: str) -> None:
    """What somebody does to the home's database with sqlite3."""
    with closing(sqlite3.connect(home / "var" / "reminder.db")) as database, database:
        database.executescript(script)


def files_of(home: Path) -> dict[str, bytes]:
    """Every file of the home, save those that SQLite keeps beside the database."""
    return {
        str(path.relative_to(home)): path.read_bytes()
        for path in sorted(home.rglob("*"))
        if path.is_file() and not path.name.endswith(("-wal", "-shm"))
    }


def mails_of(home: Path) -> list[EmailMessage]:
    """The mails in the home's Maildir, as a mail program reads them."""
    folder = home / "var" / "mail" / "new"
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]


def body_of(mail: EmailMessage, kind: str = "plain") -> str:
    """One part of a mail, as text."""
    part = mail.get_body((kind,))
    assert part is not None
    content = part.get_content()
    assert isinstance(content, str)
    return content
