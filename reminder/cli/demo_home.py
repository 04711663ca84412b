"""The home of a demonstration: known by its marker, rebuilt without losing what is not its own."""

from __future__ import annotations

import shutil
from hashlib import sha256
from pathlib import Path

from reminder.cli.home import make_home
from reminder.errors import ReminderError
from reminder.home_lock import LOCK_FILE
from reminder.register.tables import TABLES

MARKER = ".reminder-demo"
_SENDER = "REMINDER_MAIL_FROM=Pengingat Kerja Sama <pengingat@biro.example.go.id>\n"
_HEAD = """\
# "reminder demo" made this home and rebuilds it: it deletes var/ and the tables in register/,
# and the files below as long as their content is still this one.
"""


def claim_home(home: Path) -> None:
    """Make *home* or see that an earlier demonstration did; any other folder is refused."""
    if home.exists() and not home.is_dir():
        raise ReminderError(f"{home}: is a file; name a folder for the demonstration")
    if (home / MARKER).is_file():
        if (home / "var").is_symlink():
            raise ReminderError(
                f"{home / 'var'}: is a link, and what it points to is not deleted; "
                "remove the link, or name another folder"
            )
        return
    if home.exists() and any(home.iterdir()):
        raise ReminderError(
            f"{home}: is not empty and no home of a demonstration; nothing was touched. "
            "Name a new folder: reminder demo DIR"
        )
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        (home / MARKER).write_text(_HEAD, encoding="utf-8")
    except OSError as error:
        raise ReminderError(
            f"{error.filename or home}: cannot be made ({error.strerror}); name another folder"
        ) from None


def rebuild_home(home: Path) -> list[str]:
    """A fresh home in the claimed and held *home*; returns the changed files that were kept."""
    kept = _clear(home)
    made = [name for name in make_home(home).made if (home / name).is_file()]
    if ".env" in made:
        with (home / ".env").open("a", encoding="utf-8") as file:
            file.write(_SENDER)
    # A kept file stays listed as it was first made, so that the next rebuild names it again.
    digests = kept | {name: _digest(home / name) for name in made}
    lines = [f"{digest}  {name}\n" for name, digest in digests.items()]
    (home / MARKER).write_text(_HEAD + "".join(lines), encoding="utf-8")
    return list(kept)


def _clear(home: Path) -> dict[str, str]:
    """Delete the data of the last run, and its files that nobody changed; returns the changed."""
    var = home / "var"
    for path in var.iterdir() if var.is_dir() else ():
        if path == home / LOCK_FILE:
            continue  # held by us; see hold_home for why it stays
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    for name in TABLES:
        (home / "register" / f"{name}.csv").unlink(missing_ok=True)
    kept: dict[str, str] = {}
    for line in (home / MARKER).read_text(encoding="utf-8").splitlines():
        digest, _, name = line.partition("  ")
        path = home / name
        if line.startswith("#") or not path.is_file() or path.parent.is_symlink():
            continue
        if _digest(path) == digest:
            path.unlink()
        else:
            kept[name] = digest
    return kept


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()
