"""Rows 1 and 2: messages per second out of a full outbox, beside what others send."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.deliver import DeliverReport, deliver
from jobs.second_process import second_process
from reminder.mail.journal import OutcomeJournal
from tests.bench.measure import Line, Side, alternate, timed
from tests.bench.peers import plain_loop
from tests.bench.peers.post_office import TUNED, make_post_office
from tests.bench.queues import make_queued_home, use_small_mail
from tests.bench.register import DUE_AT
from tests.bench.sinks import smtp_sink

if TYPE_CHECKING:
    from tests.bench.homes import Home
    from tests.postgres import Server


def drain(folder: Path, number: int, server: Server | None, rounds: int) -> list[Line]:
    """Each run on a fresh copy of a queue of *number* mails, everything committed.

    All send mails of 3.5 KB; what the shipped template makes is over twice as large. Ours is
    measured as ``once`` and ``run`` deliver: with the second process that they have forked.
    """
    queued = make_queued_home(folder, number, server)
    peer = make_post_office(folder, number, server)
    with smtp_sink() as port:
        home = replace(queued, port=port)
        sides: dict[str, Side] = {
            "loop": partial(_one_loop, home, number),
            "peer": partial(peer.drain, port),
            "tuned": partial(peer.drain, port, TUNED),
            "deliver": partial(one_delivery, home, number),
            "small": partial(one_delivery, home, number, is_small=True),
        }
        taken = alternate(sides, rounds)
    row = "drain, SQLite" if server is None else "drain-pg"
    rate = {name: f"{number / seconds:,.0f}/s" for name, seconds in taken.items()}
    times = {name: f"{seconds / taken['small']:.1f} x" for name, seconds in taken.items()}
    return [
        Line(row, "deliver", rate["small"]),
        Line(row, "deliver, shipped mail with its calendar entry", rate["deliver"]),
        Line(row, "typical loop", rate["loop"], times["loop"], ">= 3 x"),
        Line(row, "post_office", rate["peer"], times["peer"], ">= 2 x"),
        Line(row, "post_office, tuned", rate["tuned"], times["tuned"]),
    ]


def one_delivery(home: Home, number: int, *, is_small: bool = False) -> float:
    """The seconds that one run of the job takes for a copy of the whole outbox.

    As in a running program: what was imported, the second process and the outcome journal are
    there already.
    """
    relay = home.environ["REMINDER_MAIL_URL"]
    with ExitStack() as opened:
        copy = opened.enter_context(home.copy())
        if is_small:
            use_small_mail(copy)
        second = opened.enter_context(second_process(relay))
        alone = opened.enter_context(copy.context(DUE_AT))
        journal = opened.enter_context(OutcomeJournal(copy.path / "var"))
        context = replace(alone, second=second, journal=journal)
        assert context.policy.calendar.has_data(DUE_AT.year)  # the holidays read, as in a daemon
        reports: list[DeliverReport] = []
        seconds = timed(lambda: reports.append(deliver(context)))
    assert reports[0].sent == number, reports
    return seconds


def _one_loop(home: Home, number: int) -> float:
    with home.copy() as copy, copy.context(DUE_AT) as context:
        plain_loop.queue(context.database, number)
        counts: list[int] = []
        seconds = timed(lambda: counts.append(plain_loop.drain(context.database, home.port)))
    assert counts == [number], counts
    return seconds
