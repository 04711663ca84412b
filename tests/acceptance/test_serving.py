"""Serving: the installed daemon asked by watchers, by the rude, and by nginx in front of it."""

from __future__ import annotations

import http.client
import json
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import pytest
import trustme

from reminder.resources import shipped
from reminder.web.bodies import MOST_BYTES, READ_WITHIN
from reminder.web.doors import ASKED_WITHIN, MOST_OPEN
from reminder.web.server import BACKLOG
from tests.certificates import trusting
from tests.installed import MONDAY, PROGRAM, ROOT, body_of, done, mails_of, reminder
from tests.registers import SMALL, write_files
from tests.waiting import PATIENCE, wait_until
from tests.watchers import watching
from tests.web_client import LINK

PUBLIC = "pengingat.example.go.id"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@dataclass
class Daemon:
    """A ``reminder run`` at that Monday, whose one mail has left."""

    home: Path
    port: int
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def token(self) -> str:
        """That of the link in its mail."""
        [mail] = mails_of(self.home)
        return next(iter({found[1] for found in LINK.finditer(body_of(mail))}))

    def get(self, path: str, method: str = "GET", **headers: str) -> tuple[int, bytes]:
        """Status and body, over a connection of its own."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, PATIENCE)) as connection:
            connection.request(method, path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read()

    def connect(self) -> socket.socket:
        """An open connection that asks nothing yet."""
        return socket.create_connection(("127.0.0.1", self.port), PATIENCE)

    def stop(self) -> str:
        """Tell it to end; its log."""
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(PATIENCE) == 0
        return self.log.read_text()


@pytest.fixture
def start(home: Path, tmp_path: Path) -> Iterator[Callable[..., Daemon]]:
    with ExitStack() as stack:

        def start_daemon(**changes: str) -> Daemon:
            port = free_port()
            environ = {
                "PATH": os.environ["PATH"],
                "REMINDER_LISTEN": f"127.0.0.1:{port}",
                "REMINDER_PUBLIC_URL": f"http://127.0.0.1:{port}",
                "REMINDER_LOG_LEVEL": "debug",
                **changes,
            }
            done(home, "import", write_files(tmp_path / "register", SMALL))
            log = tmp_path / "log"
            with log.open("wb") as file:
                process = subprocess.Popen(
                    [*PROGRAM, "--home", str(home), "--as-of", MONDAY, "run"],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=file,
                    env=environ,
                    cwd=ROOT,
                )
            stack.callback(process.wait)
            stack.callback(process.kill)
            wait_until(lambda: process.poll() is not None or mails_of(home))
            assert process.poll() is None, log.read_text()
            return Daemon(home, port, process, log)

        yield start_daemon


@pytest.fixture
def daemon(start: Callable[..., Daemon]) -> Daemon:
    return start()


def answer_of(connection: socket.socket) -> bytes:
    """Everything that comes until the other side hangs up."""
    answer = b""
    try:
        while part := connection.recv(65536):
            answer += part
    except ConnectionResetError:
        pass
    return answer


def test_watchers_are_told_that_all_is_well_and_the_figures(daemon: Daemon) -> None:
    assert daemon.get("/healthz") == (200, b'{"status":"ok"}')
    wait_until(lambda: daemon.get("/readyz") == (200, b'{"status":"ready"}'))
    status, body = daemon.get("/metrics")
    figures = body.decode()
    assert status == 200
    assert 'reminder_messages{state="pending"} 0.0' in figures
    assert re.search(r'reminder_attempts_total\{[^}]*verdict="sent"\} 1\.0', figures)
    assert daemon.get("/metrics", **{"X-Forwarded-For": "192.0.2.1"})[0] == 404


def test_daemon_that_cannot_write_is_alive_and_not_ready(daemon: Daemon) -> None:
    wait_until(lambda: daemon.get("/readyz")[0] == 200)
    database = daemon.home / "var" / "reminder.db"
    database.rename(database.with_suffix(".away"))
    (daemon.home / "var" / "reminder.lock").unlink()
    wait_until(lambda: daemon.get("/readyz")[0] == 503)
    reasons = json.loads(daemon.get("/readyz")[1])["reasons"]
    assert "this process does not hold its home" in reasons
    assert daemon.get("/readyz", Via="1.1 proxy")[1] == b'{"status":"not ready"}'
    assert daemon.get("/healthz")[0] == 200


def test_x50_only_our_own_host_is_served(daemon: Daemon) -> None:
    own = f"Host: 127.0.0.1:{daemon.port}\r\n".encode()
    other = b"Host: evil.example\r\n"
    end = b"Connection: close\r\n\r\n"
    token = daemon.token.encode()
    for request, status in (
        (b"GET /a/%b HTTP/1.1\r\n" % token + other + end, b"421"),
        (b"GET /a/%b HTTP/1.1\r\nX-Forwarded-Host: evil.example\r\n" % token + own + end, b"303"),
        (b"GET /a/%b HTTP/1.1\r\nX-Forwarded-Host: 127.0.0.1\r\n" % token + other + end, b"421"),
        (b"GET http://evil.example/a/%b HTTP/1.1\r\n" % token + own + end, b"404"),
        (b"GET http://127.0.0.1/a/%b HTTP/1.1\r\n" % token + other + end, b"421"),
        (b"GET /a/%b HTTP/1.0\r\n" % token + own + b"\r\n", b"303"),
        (b"GET /healthz HTTP/1.0\r\n\r\n", b"421"),
    ):
        with daemon.connect() as connection:
            connection.sendall(request)
            answer = answer_of(connection)
        assert answer.split(b" ", 2)[1] == status, request
        assert b"evil" not in answer
        assert b"\r\nlocation: /act/" in answer or status != b"303", answer
    log = daemon.stop()
    assert daemon.token[4:] not in log
    assert "evil" not in log
    assert "page=a status=421" in log


def test_x52_other_methods_show_and_do_nothing(daemon: Daemon) -> None:
    for path in (f"/a/{daemon.token}", "/healthz", "/metrics", "/style.css"):
        for method in ("OPTIONS", "TRACE", "PUT", "DELETE", "PATCH"):
            status, body = daemon.get(path, method, **{"X-Canary": "burung-kenari"})
            assert (status, body) == (405, b"Method not allowed\n"), (path, method)
        assert daemon.get(path, "HEAD")[1] == b""
    assert "burung-kenari" not in daemon.stop()


def test_x52_body_that_drips_and_head_that_never_ends_are_given_up_and_hold_up_nobody(
    daemon: Daemon,
) -> None:
    host = f"Host: 127.0.0.1:{daemon.port}\r\n".encode()
    form = b"Content-Type: application/x-www-form-urlencoded\r\n"
    began = monotonic()
    with ExitStack() as stack:
        slow = [stack.enter_context(closing(daemon.connect())) for _ in range(40)]
        for connection in slow[:20]:
            connection.sendall(b"POST /act/x HTTP/1.1\r\n" + host + form)
            connection.sendall(b"Content-Length: 1000\r\n\r\naction=")
        for connection in slow[20:]:
            connection.sendall(b"POST /act/x HTTP/1.1\r\n" + host)
        for _time in range(20):
            assert daemon.get("/healthz")[0] == 200
        assert monotonic() - began < READ_WITHIN
        for connection in slow[:20]:
            connection.sendall(b"x")  # a byte now and then is no progress
        answers = [answer_of(connection) for connection in slow]
    assert {answer.split(b"\r\n", 1)[0] for answer in answers[:20]} == {
        b"HTTP/1.1 408 Request Timeout"
    }
    assert set(answers[20:]) == {b""}
    assert monotonic() - began > min(READ_WITHIN, ASKED_WITHIN) - 1
    assert daemon.get("/healthz")[0] == 200


def test_x52_body_that_is_too_large_is_refused(daemon: Daemon) -> None:
    host = f"Host: 127.0.0.1:{daemon.port}\r\n".encode()
    with daemon.connect() as connection:
        head = b"POST /act/x HTTP/1.1\r\n" + host + b"Content-Length: %d\r\n\r\n"
        connection.sendall(head % (MOST_BYTES + 1))
        assert answer_of(connection).startswith(b"HTTP/1.1 413 ")
    with daemon.connect() as connection:
        connection.sendall(b"POST /act/x HTTP/1.1\r\n" + host)
        connection.sendall(b"Transfer-Encoding: chunked\r\n\r\n")
        try:
            for _chunk in range(MOST_BYTES // 4096 + 1):
                connection.sendall(b"1000\r\n" + b"x" * 4096 + b"\r\n")
        except (BrokenPipeError, ConnectionResetError):
            pass  # it hung up before the end, as it may
        assert answer_of(connection)[:13] in (b"HTTP/1.1 413 ", b"")


@contextmanager
def many_files() -> Iterator[None]:
    """Room for a thousand connections in this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 4096:
        pytest.skip(f"a process may have {hard} files open here, too few for the test")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 4096), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_x52_thousand_connections_leave_the_daemon_its_files(daemon: Daemon) -> None:
    held = Path(f"/proc/{daemon.process.pid}/fd")
    before = len(list(held.iterdir()))
    request = (
        f"POST /act/x HTTP/1.1\r\nHost: 127.0.0.1:{daemon.port}\r\nContent-Length: 9\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n\r\n"
    ).encode()
    with many_files(), ExitStack() as stack:
        all_of_them = [stack.enter_context(closing(daemon.connect())) for _ in range(1000)]
        most = 0
        for connection in all_of_them:
            # Who is told that there is no room is hung up on.
            with suppress(BrokenPipeError, ConnectionResetError):
                connection.sendall(request)
            most = max(most, len(list(held.iterdir())))
        for connection in all_of_them:
            with suppress(BrokenPipeError, ConnectionResetError):
                connection.sendall(b"action=ac")
        statuses = {answer_of(connection)[:12] for connection in all_of_them}
    # A backlog is taken up at once, and the next one while those too many are hung up on; the
    # rest are the jobs' own.
    assert most <= before + MOST_OPEN + 2 * BACKLOG + 40
    assert statuses <= {b"HTTP/1.1 404", b"HTTP/1.1 503", b""}
    assert b"HTTP/1.1 404" in statuses
    assert daemon.get("/healthz")[0] == 200
    assert "Traceback" not in daemon.stop()


def test_watcher_outside_is_called_after_each_scan_of_the_daemon_and_of_once(
    start: Callable[..., Daemon],
) -> None:
    with watching() as watcher:
        daemon = start(REMINDER_HEARTBEAT_URL=watcher.url)
        wait_until(lambda: watcher.calls)
        daemon.process.send_signal(signal.SIGHUP)
        wait_until(lambda: len(watcher.calls) > 1)
        log = daemon.stop()
        watcher.calls.clear()
        here = f"http://127.0.0.1:{daemon.port}"
        done(daemon.home, "once", REMINDER_PUBLIC_URL=here, REMINDER_HEARTBEAT_URL=watcher.url)
        [(method, path, body)] = watcher.calls
    assert (method, path) == ("POST", "/ping/a-key-of-its-own")
    assert body == "planned=0 due=0 notices=0 messages=0 held=0 skips=0 errors=0"
    assert "a-key-of-its-own" not in log


def test_once_ends_well_where_the_watcher_does_not_answer(home: Path, tmp_path: Path) -> None:
    done(home, "import", write_files(tmp_path / "register", SMALL))
    with watching(status=503) as watcher:
        ended = reminder(home, "once", REMINDER_HEARTBEAT_URL=watcher.url)
    assert ended.returncode == 0
    assert len(mails_of(home)) == 1
    assert "heartbeat_failed" in ended.stderr
    assert "a-key-of-its-own" not in ended.stderr


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


@needs_nginx
def test_shipped_nginx_example_lets_the_pages_through_and_nothing_else(
    start: Callable[..., Daemon], tmp_path: Path
) -> None:
    daemon = start(REMINDER_PUBLIC_URL=f"https://{PUBLIC}")
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
    log = daemon.stop()
    assert daemon.token[4:] not in log


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
