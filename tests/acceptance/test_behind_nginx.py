"""The installed daemon behind the shipped example of an nginx."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import trustme

from reminder.resources import shipped
from tests.certificates import trusting
from tests.daemons import ServingDaemon, answer_of, mailed
from tests.ports import free_port
from tests.waiting import PATIENCE, wait_until

PUBLIC = "pengingat.example.go.id"
NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
needs_nginx = pytest.mark.skipif(
    NGINX is None and os.environ.get("CI", "") != "true", reason="nginx is not installed"
)


@contextmanager
def nginx(folder: Path, daemon_port: int) -> Iterator[tuple[int, trustme.CA]]:
    """nginx with the shipped example, its ports and paths those of a test; its https port."""
    authority = trustme.CA()
    certificate = authority.issue_cert(PUBLIC)
    certificate.private_key_and_cert_chain_pem.write_to_path(folder / "both.pem")
    port = free_port()
    text = (shipped("config") / "nginx.conf.example").read_text()
    for old, new in (
        ("listen 80;", f"listen 127.0.0.1:{free_port()};"),
        ("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;"),
        ("/etc/ssl/reminder/fullchain.pem", str(folder / "both.pem")),
        ("/etc/ssl/reminder/privkey.pem", str(folder / "both.pem")),
        ("/var/log/nginx/", f"{folder}/"),
        ("http://127.0.0.1:8025", f"http://127.0.0.1:{daemon_port}"),
    ):
        assert old in text
        text = text.replace(old, new)
    (folder / "reminder.conf").write_text(text)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "\n".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{user}\ndaemon off;\npid {folder}/pid;\nerror_log {folder}/main.log;\n"
        f"events {{}}\nhttp {{\n{temporary}\ninclude {folder}/reminder.conf;\n}}\n"
    )
    assert NGINX is not None, "nginx is not installed; on Debian: apt-get install nginx"
    command = [NGINX, "-p", str(folder), "-e", str(folder / "main.log"), "-c"]
    command.append(str(folder / "nginx.conf"))
    tested = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert tested.returncode == 0, tested.stderr
    assert "warn" not in tested.stderr
    process = subprocess.Popen(command)
    try:
        wait_until(lambda: process.poll() is not None or _listens(port))
        yield port, authority
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _listens(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def daemon(home: Path) -> Iterator[ServingDaemon]:
    with mailed(home, REMINDER_PUBLIC_URL=f"https://{PUBLIC}") as daemon:
        yield daemon


@needs_nginx
def test_shipped_nginx_example_lets_the_pages_through_and_nothing_else(
    daemon: ServingDaemon, tmp_path: Path
) -> None:
    folder = tmp_path / "nginx"
    folder.mkdir()
    with nginx(folder, daemon.port) as (port, authority):
        context = trusting(authority)

        def get(path: str, method: str = "GET", host: str = PUBLIC) -> tuple[int, str, bytes]:
            bare = socket.create_connection(("127.0.0.1", port), PATIENCE)
            with context.wrap_socket(bare, server_hostname=PUBLIC) as connection:
                request = f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n"
                claimed = "X-Forwarded-For: 198.51.100.9\r\nX-Forwarded-Host: evil.example\r\n"
                connection.sendall(f"{request}{claimed}\r\n".encode())
                head, _, body = answer_of(connection).partition(b"\r\n\r\n")
            return int(head.split(b" ", 2)[1]), head.decode().lower(), body

        status, head, _body = get(f"/a/{daemon.token}")
        assert status == 303
        where = re.search(r"location: (\S+)", get(f"/a/{daemon.token}")[1])
        assert where is not None
        assert "set-cookie: __host-" in head
        assert "strict-transport-security" in head
        sheet = get("/style.css")
        assert (sheet[0], "text/css" in sheet[1]) == (200, True)
        assert get("/act/nothing")[0] == 404
        for path in ("/", "/metrics", "/readyz", "/healthz", "/nothing", "/a", "/style.css/x"):
            status, head, body = get(path)
            assert status == 404, path
            assert b"nginx" in body, f"{path} came through"
        assert get(f"/a/{daemon.token}", host="evil.example")[0] == 421
        access = (folder / "reminder.access.log").read_text()
        errors = (folder / "reminder.error.log").read_text()
    assert "GET /a 303" in access
    assert "GET other 404" in access
    for secret in (daemon.token[4:], "198.51.100.9", "127.0.0.1"):
        assert secret not in access + errors
    assert daemon.token[4:] not in daemon.stop()


@needs_nginx
def test_nginx_writes_no_link_into_a_log_while_the_service_is_down(tmp_path: Path) -> None:
    folder = tmp_path / "nginx"
    folder.mkdir()
    token = "1.AAAAAAAAAAAAAAAAAAAAAA.BBBBBBBBBBBBBBBBBBBBBA"
    with nginx(folder, free_port()) as (port, authority):
        bare = socket.create_connection(("127.0.0.1", port), PATIENCE)
        with trusting(authority).wrap_socket(bare, server_hostname=PUBLIC) as connection:
            request = f"GET /a/{token} HTTP/1.1\r\nHost: {PUBLIC}\r\nConnection: close\r\n\r\n"
            connection.sendall(request.encode())
            assert answer_of(connection).startswith(b"HTTP/1.1 502 ")
        logs = "".join(file.read_text() for file in folder.glob("*.log"))
    assert "502" in logs
    assert token not in logs
