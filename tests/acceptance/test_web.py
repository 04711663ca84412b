"""The pages as the installed program serves them: from the link in a mail to the notice."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from time import monotonic, sleep

import pytest

from tests.web_client import LINK, visible_text

ROOT = Path(__file__).parents[2]
PROGRAM = [sys.executable, "-m", "reminder"]
PATIENCE = 60.0
"""Seconds for what takes one on an idle machine."""
MONDAY = "2026-03-02T09:00:00+07:00"


def environment(**changes: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], **changes}


def reminder(home: Path, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, "--home", str(home), *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=environment(**changes),
        cwd=ROOT,
        timeout=PATIENCE,
    )


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@dataclass
class Office:
    """A home whose one mail of today is in its Maildir, and the port its pages are served on."""

    home: Path
    port: int

    @property
    def token(self) -> str:
        [mail] = (self.home / "var" / "mail" / "new").iterdir()
        part = message_from_bytes(mail.read_bytes(), policy=default).get_body(("plain",))
        assert part is not None
        [link] = {found[0] for found in LINK.finditer(part.get_content())}
        assert link.startswith(f"http://127.0.0.1:{self.port}/a/")
        return link.rpartition("/")[2]

    def get(
        self, path: str, method: str = "GET", **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers without the date, and body, over a connection of its own."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, PATIENCE)) as connection:
            connection.putrequest(method, path, skip_host="Host" in headers)
            for name, value in headers.items():
                connection.putheader(name, value)
            connection.endheaders()
            answer = connection.getresponse()
            given = {name.lower(): value for name, value in answer.getheaders()}
            given.pop("date", None)
            return answer.status, given, answer.read()

    def page(self, token: str, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
        """The page to which a link leads, whose own address bears no token."""
        status, headers, _body = self.get(f"/a/{token}", method)
        assert status == 303
        assert token not in headers["location"]
        return self.get(headers["location"], method)

    def rows(self) -> dict[str, list[tuple[object, ...]]]:
        """All rows of all tables that a page could have to do with; a scan writes others."""
        with closing(sqlite3.connect(self.home / "var" / "reminder.db")) as database:
            return {
                table: sorted(database.execute(f"SELECT * FROM {table}").fetchall(), key=repr)
                for table in ("action_grants", "notices", "messages", "deadlines", "events")
            }


@pytest.fixture
def office(home: Path) -> Office:
    port = free_port()
    with (home / ".env").open("a") as file:
        file.write(f"REMINDER_LISTEN=127.0.0.1:{port}\n")
        file.write(f"REMINDER_PUBLIC_URL=http://127.0.0.1:{port}\n")
    register = {
        "bureaus": "code,name\nB-01,Biro Kerja Sama Jawa Tengah\n",
        "contacts": "email,bureau,role,name\no@biro.example.go.id,B-01,officer,Siti Rahma\n",
        "agreements": (
            "ref,title,kind,bureau,partner,signed_on,expires_on\n"
            "A/1,Sister Province Queensland,KSDPL,B-01,Queensland,2021-04-01,2026-04-01\n"
        ),
    }
    folder = home.parent / "register"
    folder.mkdir()
    for name, text in register.items():
        (folder / f"{name}.csv").write_text(text)
    for command in (("import", str(folder)), ("once",)):
        done = reminder(home, "--as-of", MONDAY, *command)
        assert done.returncode == 0, done.stderr
    return Office(home, port)


class Daemon:
    """A ``reminder run`` at that Monday, with its log in a file."""

    def __init__(self, home: Path, **changes: str) -> None:
        self._log = home.parent / f"log{monotonic()}"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [*PROGRAM, "--home", str(home), "--as-of", MONDAY, "run"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                env=environment(**changes),
                cwd=ROOT,
            )

    def log_text(self) -> str:
        return self._log.read_text(encoding="utf-8")

    def wait_logged(self, event: str) -> None:
        deadline = monotonic() + PATIENCE
        while f" {event}" not in self.log_text():
            assert self.process.poll() is None, self.log_text()
            assert monotonic() < deadline, self.log_text()
            sleep(0.02)

    def stop(self) -> float:
        """Tell it to end; the seconds that it took."""
        began = monotonic()
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(PATIENCE) == 0
        return monotonic() - began


@pytest.fixture
def start(office: Office) -> Iterator[Callable[..., Daemon]]:
    daemons: list[Daemon] = []

    def start_daemon(**changes: str) -> Daemon:
        daemons.append(Daemon(office.home, **changes))
        daemons[-1].wait_logged("daemon_started")
        return daemons[-1]

    yield start_daemon
    for daemon in daemons:
        if daemon.process.poll() is None:
            daemon.process.kill()
            daemon.process.wait()


def test_link_in_a_mail_opens_its_notice_and_nothing_else_does(
    office: Office, start: Callable[..., Daemon]
) -> None:
    daemon = start(REMINDER_LOG_LEVEL="debug")
    daemon.wait_logged("scan_done")
    token = office.token
    before = office.rows()

    status, headers, body = office.page(token)
    assert status == 200
    said = visible_text(body.decode())
    assert "Sister Province Queensland" in said
    assert "Rabu, 1 April 2026 (30 hari kalender lagi)" in said
    assert "Biro Kerja Sama Jawa Tengah" in said
    assert "Siti" not in said
    assert "o@biro" not in said
    assert "server" not in headers
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert office.page(token, "HEAD")[0::2] == (200, b"")
    [sheet] = re.findall(r'href="(/style\.css[^"]*)"', body.decode())
    assert office.get(sheet)[0] == 200

    neutral = office.get("/")
    assert neutral[0] == 404
    kid, grant_id, mac = token.split(".")
    wrong = {
        "a bit flipped": f"{kid}.{grant_id}.{'B' if mac[0] == 'A' else 'A'}{mac[1:]}",
        "another last character": token[:-1] + ("A" if token[-1] != "A" else "Q"),
        "the same bytes otherwise written": token[:-1] + chr(ord(token[-1]) + 1),
        "another id": f"{kid}.{'B' if grant_id[0] == 'A' else 'A'}{grant_id[1:]}.{mac}",
        "another key": f"2.{grant_id}.{mac}",
        "not ASCII": f"{token}%C3%A4",
        "NUL": f"{token}%00",
        "doubly encoded": f"%2531{token[1:]}",
        "another folder": f"..%2f..%2fa/{token}",
        "201 characters": "A" * 201,
        "ten thousand": "A" * 10_000,
    }
    for what, other in wrong.items():
        assert office.get(f"/a/{other}") == neutral, what
    assert office.get(f"/a/{token}", "POST")[0] == 405
    assert office.get(f"/a/{token}", Host="evil.example")[0] == 421

    for _ in range(20):
        assert office.page(token)[0] == 200
    assert office.rows() == before
    assert token[4:] not in daemon.log_text()
    assert "page_served" in daemon.log_text()
    assert daemon.stop() < 10


def test_expired_and_revoked_links_are_no_pages(
    office: Office, start: Callable[..., Daemon]
) -> None:
    start()
    neutral = office.get("/")
    token = office.token
    assert office.page(token)[0] == 200
    file = office.home / "var" / "reminder.db"
    with closing(sqlite3.connect(file, timeout=PATIENCE)) as database:
        database.execute("UPDATE action_grants SET revoked_at = '2026-03-01 00:00:00.000000'")
        database.commit()
        assert office.get(f"/a/{token}") == neutral
        database.execute(
            "UPDATE action_grants SET revoked_at = NULL, expires_at = '2026-03-01 00:00:00.000000'"
        )
        database.commit()
        assert office.get(f"/a/{token}") == neutral


def raw(office: Office, *chunks: bytes) -> bytes:
    """What the server answers to bytes that are no good request, until it hangs up."""
    with socket.create_connection(("127.0.0.1", office.port), PATIENCE) as connection:
        answer = b""
        try:
            for chunk in chunks:
                connection.sendall(chunk)
            while part := connection.recv(65536):
                answer += part
        except (BrokenPipeError, ConnectionResetError):
            pass  # it hung up before the end, as it may
        return answer


def test_odd_requests_are_refused_and_the_service_goes_on(
    office: Office, start: Callable[..., Daemon]
) -> None:
    daemon = start()
    host = f"Host: 127.0.0.1:{office.port}\r\n".encode()
    end = b"Connection: close\r\n\r\n"
    token = office.token.encode()
    huge = raw(office, b"GET /a/", *[b"A" * 1_000_000] * 10, b" HTTP/1.1\r\n", host, end)
    assert huge[:12] in (b"HTTP/1.1 400", b"")
    for request, status in (
        (b"GET /a/\xc3\xa4 HTTP/1.1\r\n" + host + end, b"400"),
        (b"GET /a/x HTTP/1.1\r\n" + host + host + end, b"400"),
        (b"GET /a/x HTTP/1.1\r\n" + end, b"400"),
        (b"GET /a/%b HTTP/1.0\r\n\r\n" % token, b"421"),
        (b"GET http://evil.example/a/%b HTTP/1.1\r\n" % token + host + end, b"404"),
        (b"TRACE /a/%b HTTP/1.1\r\n" % token + host + end, b"405"),
        (b"halo\r\n\r\n", b"400"),
    ):
        answer = raw(office, request)
        assert answer.split(b" ", 2)[1] == status, request
        assert b"Sister Province" not in answer
    assert office.page(office.token)[0] == 200
    assert "Traceback" not in daemon.log_text()
    assert "page_failed" not in daemon.log_text()


def test_open_connections_do_not_hold_up_the_stop(
    office: Office, start: Callable[..., Daemon]
) -> None:
    daemon = start()
    address = ("127.0.0.1", office.port)
    with (
        socket.create_connection(address, PATIENCE) as half,
        socket.create_connection(address, PATIENCE),
        closing(http.client.HTTPConnection(*address, PATIENCE)) as idle,
    ):
        half.sendall(b"GET /a/x HTTP/1.1\r\nHost: ")
        idle.request("GET", "/")
        idle.getresponse().read()
        assert daemon.stop() < 10
    assert "daemon_stopped" in daemon.log_text()
    assert "unfinished" not in daemon.log_text()


def test_port_that_is_taken_ends_the_start_before_anything_is_done(office: Office) -> None:
    with socket.create_server(("127.0.0.1", office.port)):
        refused = reminder(office.home, "--as-of", MONDAY, "run")
    assert refused.returncode == 1
    assert f"REMINDER_LISTEN: 127.0.0.1:{office.port} is in use" in refused.stderr
    assert "REMINDER_LISTEN=off" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert "daemon_started" not in refused.stderr
    assert "scan_done" not in refused.stderr


def test_address_of_another_machine_cannot_be_listened_on(office: Office) -> None:
    refused = reminder(
        office.home, "--as-of", MONDAY, "run", REMINDER_LISTEN=f"192.0.2.1:{office.port}"
    )
    assert refused.returncode == 1
    assert "REMINDER_LISTEN: 192.0.2.1" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_pages_can_be_switched_off(office: Office, start: Callable[..., Daemon]) -> None:
    with socket.create_server(("127.0.0.1", office.port)):
        daemon = start(REMINDER_LISTEN="off")
    assert "web_started" not in daemon.log_text()
    checked = reminder(office.home, "check", REMINDER_LISTEN="off")
    assert checked.returncode == 0
    assert "REMINDER_LISTEN" in checked.stdout


def test_reload_is_seen_by_the_pages(office: Office, start: Callable[..., Daemon]) -> None:
    daemon = start()
    config = office.home / "config" / "reminder.yaml"
    name = "Pengingat Kerja Sama Daerah"
    assert name in office.get("/")[2].decode()
    config.write_text(config.read_text().replace(name, "Pengingat Baru"))
    daemon.process.send_signal(signal.SIGHUP)
    daemon.wait_logged("reloaded")
    assert "Pengingat Baru" in office.get("/")[2].decode()
    with (office.home / ".env").open("a") as file:
        file.write("REMINDER_LOG_LEVEL=debug\n")
    env = office.home / ".env"
    env.write_text(env.read_text().replace(f"LISTEN=127.0.0.1:{office.port}", "LISTEN=off"))
    daemon.process.send_signal(signal.SIGHUP)
    daemon.wait_logged("reload_refused")
    assert "REMINDER_LISTEN was changed" in daemon.log_text()


@pytest.mark.parametrize("command", [["--version"], ["check"], ["--as-of", MONDAY, "once"]])
def test_other_commands_do_not_load_the_web(home: Path, command: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "reminder", "--home", str(home), *command],
        capture_output=True,
        text=True,
        check=True,
        env=environment(),
        cwd=ROOT,
        timeout=PATIENCE,
    )
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "reminder.cli" in loaded
    assert not loaded & {"starlette", "uvicorn", "h11", "anyio", "reminder.web"}
