"""Serving: the installed daemon asked by watchers and by the rude."""

from __future__ import annotations

import json
import re
import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from time import monotonic

import pytest

from reminder.web.bodies import MOST_BYTES, READ_WITHIN
from reminder.web.doors import ASKED_WITHIN, MOST_OPEN
from reminder.web.server import BACKLOG
from tests.daemons import ServingDaemon, answer_of, mailed
from tests.installed import done, mails_of, reminder
from tests.registers import SMALL, write_files
from tests.waiting import wait_until
from tests.watchers import watching


@pytest.fixture
def start(home: Path) -> Iterator[Callable[..., ServingDaemon]]:
    with ExitStack() as stack:
        yield lambda **environ: stack.enter_context(mailed(home, **environ))


@pytest.fixture
def daemon(start: Callable[..., ServingDaemon]) -> ServingDaemon:
    return start()


def test_watchers_are_told_that_all_is_well_and_the_figures(daemon: ServingDaemon) -> None:
    assert daemon.get("/healthz") == (200, b'{"status":"ok"}')
    wait_until(lambda: daemon.get("/readyz") == (200, b'{"status":"ready"}'))
    status, body = daemon.get("/metrics")
    figures = body.decode()
    assert status == 200
    assert 'reminder_messages{state="pending"} 0.0' in figures
    assert re.search(r'reminder_attempts_total\{[^}]*verdict="sent"\} 1\.0', figures)
    assert daemon.get("/metrics", **{"X-Forwarded-For": "192.0.2.1"})[0] == 404


def test_daemon_that_cannot_write_is_alive_and_not_ready(daemon: ServingDaemon) -> None:
    wait_until(lambda: daemon.get("/readyz")[0] == 200)
    database = daemon.home / "var" / "reminder.db"
    database.rename(database.with_suffix(".away"))
    (daemon.home / "var" / "reminder.lock").unlink()
    wait_until(lambda: daemon.get("/readyz")[0] == 503)
    reasons = json.loads(daemon.get("/readyz")[1])["reasons"]
    assert "this process does not hold its home" in reasons
    assert daemon.get("/readyz", Via="1.1 proxy")[1] == b'{"status":"not ready"}'
    assert daemon.get("/healthz")[0] == 200


def test_x50_only_our_own_host_is_served(daemon: ServingDaemon) -> None:
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


def test_x52_other_methods_show_and_do_nothing(daemon: ServingDaemon) -> None:
    for path in (f"/a/{daemon.token}", "/healthz", "/metrics", "/style.css"):
        for method in ("OPTIONS", "TRACE", "PUT", "DELETE", "PATCH"):
            status, body = daemon.get(path, method, **{"X-Canary": "burung-kenari"})
            assert (status, body) == (405, b"Method not allowed\n"), (path, method)
        assert daemon.get(path, "HEAD")[1] == b""
    assert "burung-kenari" not in daemon.stop()


def test_x52_body_that_drips_and_head_that_never_ends_are_given_up_and_hold_up_nobody(
    daemon: ServingDaemon,
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


def test_x52_body_that_is_too_large_is_refused(daemon: ServingDaemon) -> None:
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


def test_x52_thousand_connections_leave_the_daemon_its_files(daemon: ServingDaemon) -> None:
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
    # A backlog may be taken up before those too many are hung up on; the rest are the jobs' own.
    assert most <= before + MOST_OPEN + BACKLOG + 40
    assert statuses <= {b"HTTP/1.1 404", b"HTTP/1.1 503", b""}
    assert b"HTTP/1.1 404" in statuses
    assert daemon.get("/healthz")[0] == 200
    assert "Traceback" not in daemon.stop()


def test_watcher_outside_is_called_after_each_scan_of_the_daemon_and_of_once(
    start: Callable[..., ServingDaemon],
) -> None:
    with watching() as watcher:
        daemon = start(REMINDER_HEARTBEAT_URL=watcher.url)
        wait_until(lambda: watcher.calls)
        daemon.signal(signal.SIGHUP)
        wait_until(lambda: len(watcher.calls) > 1)
        log = daemon.stop()
        watcher.calls.clear()
        done(daemon.home, "once", REMINDER_HEARTBEAT_URL=watcher.url)
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
