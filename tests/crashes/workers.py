"""Workers that are killed: what they run, and the warm process that they are forked from.

That process has everything imported and the templates compiled. It has no thread, no
connection and no journal, so a fork of it is safe; whoever asks for a worker may have some.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from jobs.deliver import deliver
from jobs.replay import replay
from jobs.scan import scan
from jobs.succession import succeed
from reminder.mail.journal import OutcomeJournal
from reminder.mail.open_transport import open_session
from reminder.mail.render import Renderer
from reminder.resources import template_dirs
from reminder.storage import tables
from tests.crashes.killers import At, LineCounter, acting
from tests.factories import make_letter
from tests.outboxes import Outbox

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

    from tests.crashes.office import Place

LONGEST = timedelta(days=7)
"""Of virtual time, after which an outbox must have settled."""
TICK = timedelta(minutes=1)
PATIENCE = 120.0
"""Seconds that a worker may take on a loaded machine."""

RENDERER = Renderer(template_dirs(Path()))
RENDERER.render(make_letter())  # compiled here, once for all forks of this process

_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload([__name__])


def start(work: Callable[..., None], *arguments: object) -> BaseProcess:
    """Run *work* in a fork of the warm process. Everything given to it must be picklable."""
    process = _forks.Process(target=work, args=arguments, daemon=True)
    process.start()
    return process


def run(work: Callable[..., None], *arguments: object) -> int:
    """The same, to its end; returns its exit status."""
    return ended(start(work, *arguments))


def ended(process: BaseProcess) -> int:
    """Wait for a worker; its exit status."""
    process.join(PATIENCE)
    if process.exitcode is None:
        process.kill()
        raise AssertionError(f"a worker did not end within {PATIENCE:.0f} s")
    return process.exitcode


def settle(place: Place, begins_at: datetime, at: At | None = None) -> None:
    """All that the daemon does from an instant on, until nothing is left to wait for."""
    outbox = place.outbox()
    now: datetime | None = begins_at
    with acting(at), closing(outbox.database):
        while now is not None:
            if now > begins_at + LONGEST:
                raise AssertionError(f"not settled after {LONGEST}: {outbox.messages()}")
            tick(outbox, now)
            now = next_instant(outbox, now)


def one_tick(place: Place, now: datetime, at: At | None = None) -> None:
    """What the daemon does at one instant."""
    outbox = place.outbox()
    with acting(at), closing(outbox.database):
        tick(outbox, now)


def tick(outbox: Outbox, now: datetime) -> None:
    """Scan, deliver, tell the next in line."""
    _clock_of(outbox.settings.home).write_text(now.isoformat())
    context = outbox.context(now)
    scan(context)
    deliver(context, renderer=RENDERER)
    while succeed(context):
        deliver(context, renderer=RENDERER)


def last_instant(place: Place) -> datetime:
    """What the clock of the last worker showed when it ended."""
    return datetime.fromisoformat(_clock_of(place.home).read_text())


def _clock_of(home: Path) -> Path:
    return home / "clock.txt"


def next_instant(outbox: Outbox, now: datetime) -> datetime | None:
    """When something is to be done next; None where nothing ever will be."""
    messages = tables.messages
    waiting = select(messages.c.next_try_at).where(
        messages.c.state.in_(("pending", "deferred", "uncertain"))
    )
    leased = select(messages.c.lease_until).where(messages.c.state.in_(("claimed", "sending")))
    with outbox.database.read() as connection:
        instants = [
            *connection.execute(waiting).scalars(),
            *connection.execute(leased).scalars(),
        ]
    known = [instant for instant in instants if instant is not None]
    assert len(known) == len(instants), "a message waits for nothing"
    return max(min(known), now + TICK) if known else None


def as_after_a_reboot(outbox: Outbox) -> None:
    """Make the worker one that nobody can ask the machine for: only its lease tells of it."""
    with outbox.database.write() as connection:
        connection.execute(
            update(tables.messages)
            .where(tables.messages.c.worker.is_not(None))
            .values(worker="a-machine:another-boot.1:1:1")
        )


def deliver_over_one_connection(place: Place, now: datetime, last: int | None) -> None:
    """One delivery in this thread alone, ended at its *last* line of ours; None for never."""
    outbox = place.outbox()
    _clock_of(place.home).write_text(now.isoformat())
    counter = LineCounter(last)
    with (
        closing(outbox.database),
        OutcomeJournal(place.home / "var") as journal,
        closing(open_session(outbox.settings.mail_url)) as transport,
    ):
        # As in the daemon, which has one journal for all deliveries, replayed when it started.
        context = replace(outbox.context(now), journal=journal)
        replay(context, journal)
        with counter.watching():
            deliver(context, transport, renderer=RENDERER)
    _lines_of(place.home).write_text(str(counter.lines))


def lines_run(place: Place) -> int:
    """How many lines that delivery ran, where nobody killed it."""
    return int(_lines_of(place.home).read_text())


def _lines_of(home: Path) -> Path:
    return home / "lines.txt"
