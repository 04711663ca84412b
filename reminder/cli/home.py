"""``init``: makes a home, and never overwrites what is there."""

from __future__ import annotations

import os
import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from shlex import quote

import click

from reminder.cli.app import App, pass_app
from reminder.errors import ReminderError
from reminder.resources import shipped

_CONFIG = """\
# What this office must set; every key left out keeps its shipped default.
# The other files (rules.yaml, steps.yaml, findings.yaml, holidays.yaml) work as shipped:
# README.txt in this folder says how to change one of them.
service:
  name: Pengingat Kerja Sama Daerah
  admin: [admin@biro.example.go.id]    # told what only an admin can mend; write yours
  timezone: Asia/Jakarta               # of the service; each bureau has its own
  language: id                         # id | en
  country: ID                          # whose holidays
"""

_CONFIG_README = """\
This folder holds the policy of this home: which deadlines exist and who is told when.

A file here replaces the shipped file of the same name as a whole, except reminder.yaml,
where keys left out keep their default. To change the rules, edit a copy of this folder, and
see which mails would appear and vanish:

    cp -r {config} {config}.new
    cp {shipped}/rules.yaml {config}.new/rules.yaml
    reminder --home {home} plan --against {config}.new

then put the changed file here, and check before the daemon reads it:

    cp {config}.new/rules.yaml {config}/rules.yaml
    reminder --home {home} check

A running daemon reads it again on SIGHUP (systemctl reload), and only if the check passes.
"""

_TEMPLATES_README = """\
A template here replaces the shipped one of the same path; all others stay as shipped.

    email/NAME/LANGUAGE/subject.txt.j2   body.txt.j2   body.html.j2

The shipped ones are in {shipped}. Run "reminder check" after a change: it renders every
template in every language.
"""

_GITIGNORE = """\
# Never in a repository: the secret key and people's data.
.env
var/
"""


@dataclass
class NewHome:
    """What ``init`` made, relative to the home, in the order it was made."""

    path: Path
    made: list[str] = field(default_factory=list)


def make_home(directory: Path) -> NewHome:
    """Make a home in *directory*; what exists is left alone, so a second run changes nothing."""
    home = NewHome(directory.absolute())
    try:
        for name in ("", "config", "templates", "var"):
            _make_folder(home, name)
        _write(home, ".gitignore", _GITIGNORE)
        _write(home, ".env", _environment())
        _write(home, "config/reminder.yaml", _CONFIG)
        # Commands to be copied: a folder's name may hold blanks.
        paths = {
            "home": home.path, "config": home.path / "config", "shipped": shipped("config")
        }  # fmt: skip
        quoted = {name: quote(str(path)) for name, path in paths.items()}
        _write(home, "config/README.txt", _CONFIG_README.format(**quoted))
        _write(home, "templates/README.txt", _TEMPLATES_README.format(shipped=shipped("templates")))
        _give_key_if_missing(home)
    except OSError as error:
        raise ReminderError(
            f"{error.filename or home.path}: cannot be made ({error.strerror}); "
            "choose another folder, or give this one to the user of the service"
        ) from None
    return home


def _make_folder(home: NewHome, name: str) -> None:
    path = home.path / name
    if path.exists():
        if not path.is_dir():
            raise ReminderError(f"{path}: is a file where a folder is needed; move it away")
        return
    path.mkdir(mode=0o700, parents=not name)
    home.made.append(f"{name}/" if name else f"{path}/")


def _write(home: NewHome, name: str, content: str) -> None:
    try:
        descriptor = os.open(home.path / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(content)
    home.made.append(name)


def _environment() -> str:
    """``.env.example`` with every line a comment, save a fresh key."""
    example = (shipped("config") / ".env.example").read_text(encoding="utf-8")
    return re.sub(
        r"^#?\s?REMINDER_SECRET_KEY=.*$", _key_line(), example, count=1, flags=re.MULTILINE
    )


def _key_line() -> str:
    return f"REMINDER_SECRET_KEY={secrets.token_urlsafe(48)}"


def _give_key_if_missing(home: NewHome) -> None:
    """An ``.env`` that was there before (with a database URL, say) may lack the key."""
    path = home.path / ".env"
    if path.is_symlink() or re.search(
        r"^\s*(export\s+)?REMINDER_SECRET_KEY(_FILE)?\s*=",
        text := path.read_text(encoding="utf-8", errors="replace"),
        re.MULTILINE,
    ):
        return
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{'' if not text or text.endswith(chr(10)) else chr(10)}{_key_line()}\n")
    home.made.append(".env (REMINDER_SECRET_KEY added)")


@click.command()
@click.argument("directory", required=False, type=click.Path(path_type=Path))
@pass_app
def init(app: App, directory: Path | None) -> None:
    """Make a home in DIRECTORY (default: --home, else here). Nothing is overwritten."""
    home = make_home(directory if directory is not None else app.home)
    click.echo(f"Home: {home.path}")
    for name in home.made:
        click.echo(f"  made {name}")
    if not home.made:
        click.echo("  everything was there already; nothing was changed")
    here = "" if home.path == Path.cwd() else f" --home {quote(str(home.path))}"
    click.echo(
        f"""
Next:
  1. Edit {home.path / "config/reminder.yaml"} (name, admin, time zone) and .env (the relay;
     until then mails are written to var/mail, to be read with any mail program).
  2. reminder{here} check
  3. reminder{here} import FOLDER        bureaus, contacts, agreements as CSV or XLSX
  4. reminder{here} plan                 the mails to come
  5. reminder{here} send-test ADDRESS    prove that mail arrives
  6. reminder{here} run                  the daemon, or "once" from cron"""
    )
