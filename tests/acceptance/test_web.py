"""The pages as the installed program serves them: from the link in a mail to the notice."""

from __future__ import annotations

import http.client
import re
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.daemons import Daemon, answer_of
from tests.waiting import PATIENCE
from tests.web_offices import Office, daemons_of, make_office


@pytest.fixture
def office(home: Path) -> Office:
    return make_office(home)


@pytest.fixture
def start(office: Office) -> Iterator[Callable[..., Daemon]]:
    with daemons_of(office) as start:
        yield start


def test_link_in_a_mail_opens_its_notice_and_nothing_else_does(
    office: Office, start: Callable[..., Daemon]
) -> None:
    daemon = start(REMINDER_LOG_LEVEL="debug")
    daemon.wait_logged("scan_done")
    token = office.token
    before = office.rows()

    page = office.page(token)
    assert page.status == 200
    said = page.text
    assert "Sister Province Queensland" in said
    assert "Rabu, 1 April 2026 (30 hari kalender lagi)" in said
    assert "Biro Kerja Sama Jawa Tengah" in said
    assert "Siti" not in said
    assert "o@biro" not in said
    assert "server" not in page.headers
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cache-control"] == "no-store"
    head = office.page(token, "HEAD")
    assert (head.status, head.body) == (200, b"")
    [sheet] = re.findall(r'href="(/style\.css[^"]*)"', page.page)
    assert office.get(sheet).status == 200

    neutral = office.get("/")
    assert neutral.status == 404
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
    assert office.get(f"/a/{token}", "POST").status == 405
    assert office.get(f"/a/{token}", Host="evil.example").status == 421

    for _ in range(20):
        assert office.page(token).status == 200
    assert office.rows() == before
    assert token[4:] not in daemon.log_text()
    assert "page_served" in daemon.log_text()
    daemon.stop(within=10)


def test_expired_and_revoked_links_are_no_pages(
    office: Office, start: Callable[..., Daemon]
) -> None:
    start()
    neutral = office.get("/")
    token = office.token
    assert office.page(token).status == 200
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
        try:
            for chunk in chunks:
                connection.sendall(chunk)
        except (BrokenPipeError, ConnectionResetError):
            return b""  # it hung up before the end, as it may
        return answer_of(connection)


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
    assert office.page(office.token).status == 200
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
        daemon.stop(within=10)
    assert "daemon_stopped" in daemon.log_text()
    assert "unfinished" not in daemon.log_text()
