"""F-49 and F-50: a watcher that cannot be reached, and threads that have died or hang."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest
import structlog
import trustme

from jobs.context import JobContext
from jobs.embedded import EmbeddedJobs
from jobs.heartbeat import FAILURES, heartbeat
from jobs.scan import scan
from reminder.storage.engine import Database
from reminder.web.app import make_app
from tests.certificates import server_context
from tests.installed import MONDAY, PROGRAM, ROOT, done, rows_of
from tests.outboxes import Outbox
from tests.registers import SMALL, context_for, write_files
from tests.stored import at
from tests.waiting import PATIENCE, wait_until
from tests.watchers import watching
from tests.web_client import ask

NOW = at("2026-05-04")
SENT = "SELECT count(*) FROM messages WHERE state = 'sent'"


def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        pytest.param("nobody", "Connection refused", id="nobody listens"),
        pytest.param("no name", "", id="the name is not found"),
        pytest.param("redirect", "it answered 302, a redirect", id="it sends elsewhere"),
        pytest.param("tls", "its certificate is not good", id="somebody else answers"),
    ],
)
def test_f49_watcher_that_cannot_be_told_keeps_no_mail_back(
    sqlite_database: Database, kind: str, words: str
) -> None:
    outbox = Outbox(sqlite_database, 3)
    with ExitStack() as stack:
        elsewhere = stack.enter_context(watching())
        redirect = stack.enter_context(watching(status=302, location=elsewhere.url))
        tls = server_context(trustme.CA(), "127.0.0.1")
        stranger = stack.enter_context(watching(tls=tls))
        url = {
            "nobody": f"http://127.0.0.1:{unused_port()}/x",
            "no name": "http://nobody.invalid/x",
            "redirect": redirect.url,
            "tls": stranger.url,
        }[kind]
        context = outbox.context(NOW)
        context = replace(context, settings=replace(context.settings, heartbeat_url=url))
        scan(context)
        heartbeat(context)
        assert outbox.deliver(NOW).sent == 3
        assert elsewhere.calls == []
        assert stranger.calls == []
    [line] = [one for one in outbox.capture.entries if one["event"] == "heartbeat_failed"]
    assert line["reason"].startswith(words)
    assert context.tally.total(FAILURES) == 1


def test_f49_watcher_that_hangs_holds_up_neither_the_mails_nor_the_stop(
    home: Path, tmp_path: Path
) -> None:
    done(home, "import", write_files(tmp_path / "register", SMALL))
    with watching(hangs=True) as watcher:
        daemon = subprocess.Popen(
            [*PROGRAM, "--home", str(home), "--as-of", MONDAY, "run"],
            stderr=subprocess.PIPE,
            cwd=ROOT,
            env={
                "PATH": os.environ["PATH"],
                "REMINDER_LISTEN": "off",
                "REMINDER_HEARTBEAT_URL": watcher.url,
            },
        )
        try:
            wait_until(lambda: watcher.calls and rows_of(home, SENT) == [(1,)])
            daemon.send_signal(signal.SIGTERM)
            _nothing, log = daemon.communicate(timeout=PATIENCE)
        finally:
            daemon.kill()
            daemon.wait()
    assert daemon.returncode == 0
    assert b"unfinished" not in log
    assert b"a-key-of-its-own" not in log


def jobs_of(context: JobContext, scanning: Callable[[JobContext], object]) -> EmbeddedJobs:
    """A daemon's jobs, found stuck within a moment."""
    log = structlog.wrap_logger(
        structlog.PrintLogger(), processors=[structlog.testing.LogCapture()]
    )
    return EmbeddedJobs(
        replace(context, log=log),
        {"scan": scanning, "heartbeat": heartbeat},
        stuck_after={"scan": 0.05},
        silent_after=0.05 - context.policy.scan_every.total_seconds(),
    )


def test_f50_scan_that_hangs_is_found_and_no_watcher_hears_of_it(
    sqlite_database: Database, home: Path
) -> None:
    let_go = Event()
    context = context_for(sqlite_database, home)
    with watching() as watcher:
        settings = replace(context.settings, heartbeat_url=watcher.url)
        jobs = jobs_of(replace(context, settings=settings), lambda _context: let_go.wait(PATIENCE))
        app = make_app(lambda: jobs.context, jobs.stuck_job)
        assert ask(app, "/healthz").status == 200
        jobs.start()
        try:
            wait_until(lambda: jobs.stuck_job() == "scan")
            unwell = ask(app, "/healthz")
            assert watcher.calls == []
        finally:
            let_go.set()
            jobs.stop_claiming()
            wait_until(jobs.is_idle)
    assert (unwell.status, unwell.page) == (
        503,
        '{"status":"stuck","reasons":["the job scan makes no progress"]}',
    )


def test_f50_scheduler_that_has_ended_is_found(sqlite_database: Database, home: Path) -> None:
    jobs = jobs_of(context_for(sqlite_database, home), lambda _context: None)
    jobs.start()
    wait_until(jobs.is_idle)
    # As if its thread had died: it ticks no more, and nobody told the daemon.
    jobs._scheduler.shutdown(wait=False)
    wait_until(lambda: jobs.stuck_job() is not None)
