"""Files of the service are for its owner alone, and no key, token or address lies about."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.installed import PROGRAM, ROOT, body_of, done, mails_of, reminder, rows_of, tables_of
from tests.registers import SMALL, write_files

OFFICER = "petugas@biro.example.go.id"
STEPS = (
    ["import", "{in}"],
    ["once"],
    ["export", "agreements", "{out}/a.csv"],
    ["export", "messages", "{out}/m.xlsx"],
    ["export", "contacts", "{out}/c.json"],
    ["export", "deadlines", "{out}/d.ics"],
    ["preview", "--all", "{out}/preview"],
    ["preview", "expiry-foreign", "KSD-1", "--html", "{out}/p.html"],
    ["report", "KSD-1", "2025-S2", "--on", "2026-01-05", "--evidence", "x"],
)


def test_everything_written_is_for_the_owner_alone_whatever_the_umask(tmp_path: Path) -> None:
    home, folder = tmp_path / "home", write_files(tmp_path / "in", SMALL)
    out = home / "out"
    code = "import os, sys; os.umask(0); os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
    at = ["--as-of", "2026-03-02T09:00:00+07:00"]

    def run(*arguments: str) -> None:
        subprocess.run(
            [sys.executable, "-c", code, *PROGRAM[1:], "--home", str(home), *arguments],
            check=True,
            capture_output=True,
            env={"PATH": "/usr/bin:/bin"},
            cwd=ROOT,
        )

    run("init", str(home))
    out.mkdir(mode=0o700)
    for step in STEPS:
        run(*at, *(part.replace("{in}", str(folder)).replace("{out}", str(out)) for part in step))
    # As a daemon has them: with a reader open, SQLite keeps its two files beside the database.
    holder = subprocess.Popen(
        [sys.executable, "-c", code, "-c", "import sqlite3, sys\n"
         f"c = sqlite3.connect({str(home / 'var' / 'reminder.db')!r})\n"
         "c.execute('select count(*) from messages').fetchone()\nprint(flush=True)\ninput()"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert holder.stdout is not None
    holder.stdout.readline()
    run(*at, "follow-up", "--help")
    written = [home, *home.rglob("*")]
    names = {path.name for path in written}
    assert {".env", "reminder.db", "reminder.db-wal", "reminder.db-shm", "reminder.lock"} <= names
    assert {"a.csv", "m.xlsx", "c.json", "d.ics", "p.html", "expiry.id.eml", "new"} <= names
    open_to_others = {
        str(path.relative_to(home)): oct(path.stat().st_mode & 0o777)
        for path in written
        if path.stat().st_mode & 0o077
    }
    holder.communicate(b"\n")
    assert open_to_others == {}


@pytest.fixture
def office(home: Path, tmp_path: Path) -> Path:
    done(home, "import", write_files(tmp_path / "register", SMALL))
    return home


def test_token_of_a_link_is_in_the_mail_and_nowhere_else(office: Path) -> None:
    ended = reminder(office, "once", REMINDER_LOG_LEVEL="debug")
    (mail,) = mails_of(office)
    (token,) = set(re.findall(r"/a/([A-Za-z0-9._-]+)", body_of(mail)))
    signature = token.rpartition(".")[2]
    assert len(signature) >= 20
    assert token in body_of(mail, "html")
    kept = repr(tables_of(office))
    assert signature not in kept, "the record keeps what is signed, never the signature"
    assert signature not in (office / "var" / "reminder.db").read_bytes().decode("latin-1")
    assert signature not in ended.stdout + ended.stderr
    for command in (["log"], ["log", "--json"], ["why", "KSD-1"], ["status", "--json"], ["check"]):
        told = reminder(office, *command)
        assert signature not in told.stdout + told.stderr


def test_secret_key_is_in_env_alone(office: Path) -> None:
    lines = (office / ".env").read_text().splitlines()
    (key,) = [line.partition("=")[2] for line in lines if line.startswith("REMINDER_SECRET_KEY=")]
    ended = reminder(office, "once", REMINDER_LOG_LEVEL="debug")
    assert key not in ended.stdout + ended.stderr
    for path in office.rglob("*"):
        if path.is_file() and path.name != ".env":
            assert key.encode() not in path.read_bytes(), path


@pytest.mark.parametrize("form", ["text", "json"])
def test_log_has_ids_and_no_address_name_or_title(office: Path, form: str) -> None:
    ended = reminder(office, "once", REMINDER_LOG_LEVEL="debug", REMINDER_LOG_FORMAT=form)
    ((message_id,),) = rows_of(office, "SELECT message_id FROM messages")
    assert message_id in ended.stderr
    for private in (OFFICER, "Siti", "Kerja sama pendidikan", "Queensland"):
        assert private not in ended.stderr


def test_password_of_the_relay_is_in_no_output(office: Path) -> None:
    settings = {
        "REMINDER_MAIL_URL": "smtp://biro:sesame@127.0.0.1:1",
        "REMINDER_MAIL_FROM": "pengingat@example.go.id",
        "REMINDER_LOG_LEVEL": "debug",
    }
    commands = (["once"], ["log"], ["log", "--json"], ["status"], ["doctor"], ["check"])
    for command in (*commands, ["send-test", "a@x.id"], ["-v", "send-test", "a@x.id"]):
        ended = reminder(office, *command, **settings)
        assert "sesame" not in ended.stdout + ended.stderr, command
    assert "sesame" not in repr(tables_of(office))


def listening(pid: int) -> set[str]:
    """The addresses on which a process listens, as the kernel writes them (hexadecimal)."""
    links = [str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()]
    inodes = {link.removeprefix("socket:[").removesuffix("]") for link in links if "socket" in link}
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            cells = line.split()
            if cells[3] == "0A" and cells[9] in inodes:
                found.add(cells[1].partition(":")[0])
    return found


@pytest.mark.skipif(not Path("/proc/self/net/tcp").exists(), reason="the kernel has no /proc")
def test_nothing_listens_beyond_this_machine_by_default(home: Path) -> None:
    assert "REMINDER_LISTEN=127.0.0.1:8025\n" in done(home, "check")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    daemon = subprocess.Popen(
        [*PROGRAM, "--home", str(home), "run"],
        stderr=subprocess.PIPE,
        env={"PATH": "/usr/bin:/bin", "REMINDER_LISTEN": f"127.0.0.1:{port}"},
        cwd=ROOT,
    )
    assert daemon.stderr is not None
    try:
        while b"daemon_started" not in daemon.stderr.readline():
            assert daemon.poll() is None
        assert listening(daemon.pid) == {"0100007F"}
    finally:
        daemon.terminate()
        daemon.communicate(timeout=60)
    assert daemon.returncode == 0
