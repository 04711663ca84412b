"""Row 7: a relay that takes a second for each mail; both sides as shipped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tests.bench.drain import one_delivery
from tests.bench.measure import Line
from tests.bench.peers.post_office import make_post_office
from tests.bench.queues import make_queued_home
from tests.bench.sinks import smtp_sink

DELAY = 1
"""Seconds that the relay lets pass before it answers DATA."""


def slow_relay(folder: Path, number: int) -> Iterator[Line]:
    """Once each: what is measured is waiting, which does not vary."""
    home = make_queued_home(folder, number)
    peer = make_post_office(folder, number)
    with smtp_sink("-w", str(DELAY)) as port:
        theirs = peer.drain(port)
        ours = one_delivery(replace(home, port=port), number)
    yield Line("slow-relay", f"post_office, {number:,} mails", f"{theirs:.1f} s")
    sooner = f"{theirs / ours:.1f} x sooner"
    yield Line("slow-relay", f"deliver, {number:,} mails", f"{ours:.1f} s", sooner, ">= 2 x")
