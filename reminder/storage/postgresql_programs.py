"""PostgreSQL's own programs as child processes: found on the PATH, told everything by environment.

No password and no other secret stands in their arguments, which every user of the machine
can read.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from reminder.errors import DatabaseError

if TYPE_CHECKING:
    from reminder.storage.engine import Database

_PASSED_ON = ("PATH", "HOME")  # HOME: .pgpass and certificates
_SHOWN = 300


def plain_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """What a program is given: where things are, and nothing of the service's own settings."""
    kept = {
        name: value
        for name, value in environ.items()
        if name in _PASSED_ON or name.startswith("PG")
    }
    return {**kept, "LC_ALL": "C"}


def connected_environment(database: Database, environ: Mapping[str, str]) -> dict[str, str]:
    """The same, with how *database* is reached."""
    from psycopg import pq

    _, parameters = database.url.get_dialect()().create_connect_args(database.url)
    names = {
        option.keyword.decode(): option.envvar.decode()
        for option in pq.Conninfo.get_defaults()
        if option.envvar
    }
    # The few without a variable tune the connection (keepalives) and can be left out.
    to_reach_it = {names[key]: str(value) for key, value in parameters.items() if key in names}
    return {**plain_environment(environ), **to_reach_it}


def refuse_older(program: str, server: int, environ: Mapping[str, str]) -> None:
    """DatabaseError where *program* is of an older major version than the *server*."""
    said = run(program, ["--version"], environ)
    version = re.search(r"\(PostgreSQL\) (\d+)", said)
    if version is None or int(version[1]) < server:
        has = f"is of version {version[1]}" if version else f"says {said.strip()[:80]!r}"
        raise DatabaseError(
            f"{program} {has} and the server of version {server}; install PostgreSQL's client "
            f"programs of version {server} or newer, first on the PATH"
        )


def run(program: str, arguments: Sequence[str], environ: Mapping[str, str]) -> str:
    """What *program* prints; DatabaseError where it is missing or fails."""
    found = shutil.which(program, path=environ.get("PATH", ""))
    if found is None:
        raise DatabaseError(
            f"{program} is not on the PATH; install PostgreSQL's client programs "
            "(on Debian: apt install postgresql-client), of the server's version or newer"
        )
    ended = subprocess.run(  # noqa: S603 - a fixed program, and arguments of ours
        [found, *arguments],
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        start_new_session=True,  # no terminal to ask for a password on
    )
    if ended.returncode:
        raise DatabaseError(f"{program} failed: {_first_error(ended.stderr, ended.returncode)}")
    return ended.stdout


def _first_error(stderr: str, code: int) -> str:
    """One line: what follows an error may quote rows, which are people's data."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    first = next((line for line in lines if "error:" in line or "ERROR" in line), "")
    text = first or (lines[0] if lines else f"ended with {code}")
    return text[:_SHOWN]
