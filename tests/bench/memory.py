"""Row 8: the most memory that a drain holds, and what an idle daemon holds."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING

from tests.bench.homes import make_loaded_home
from tests.bench.measure import Line
from tests.bench.peers.post_office import make_post_office
from tests.bench.queues import make_queued_home
from tests.bench.register import DUE_AT, ENTERED_AT
from tests.bench.sinks import smtp_sink
from tests.ports import free_port

if TYPE_CHECKING:
    from tests.bench.homes import Home

SMALL = 1000
SETTLED_AFTER = 10.0
"""Seconds after which the daemon has scanned, delivered nothing and sealed."""


def memory(folder: Path, number: int) -> Iterator[Line]:
    """Peaks of whole processes: ``reminder once`` beside post_office's command."""
    few = min(SMALL, number // 10)
    peer = make_post_office(folder, number)
    with smtp_sink() as port:
        theirs = peer.run(port).peak_mib
        many_peak = _peak_of_once(make_queued_home(folder, number), port)
        few_peak = _peak_of_once(make_queued_home(folder, few), port)
    idle = _idle_daemon(make_loaded_home(folder / "idle", SMALL))
    yield Line("memory", f"post_office, {number:,} mails", _mib(theirs))
    ratio = f"{many_peak / theirs:.2f} x post_office"
    yield Line("memory", f"once, {number:,} messages", _mib(many_peak), ratio, "<= 1.1 x")
    ratio = f"1 : {many_peak / few_peak:.2f}"
    yield Line("memory", f"once, {few:,} messages", _mib(few_peak), ratio, "<= 1.1")
    yield Line("memory", "idle daemon", _mib(idle))


def _peak_of_once(home: Home, port: int) -> float:
    with home.copy() as copy:
        return replace(copy, port=port).run("once", at=DUE_AT).peak_mib


def _idle_daemon(home: Home) -> float:
    """What the daemon holds a while after its start, in MiB."""
    command = [*home.command(ENTERED_AT), "run"]
    environ = {**os.environ, **home.environ, "REMINDER_LISTEN": f"127.0.0.1:{free_port()}"}
    process = subprocess.Popen(
        command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        sleep(SETTLED_AFTER)
        assert process.poll() is None, "the daemon has ended"
        said = subprocess.check_output(["ps", "-o", "rss=", "-p", str(process.pid)])
    finally:
        process.terminate()
        process.wait()
    return int(said) / 1024


def _mib(size: float) -> str:
    return f"{size:.0f} MiB"
