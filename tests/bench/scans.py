"""Rows 4 and 5: a scan with nothing due, and one with 1 % due, against streaming."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jobs.scan import ScanReport, scan
from reminder.clock import FixedClock
from tests.bench.measure import Line, Side, alternate, milliseconds, timed
from tests.bench.register import DUE_AT, ENTERED_AT
from tests.bench.streaming import scan_by_streaming, told

if TYPE_CHECKING:
    from tests.bench.homes import Home

TIMES = 20
"""An idle scan is over too soon to be timed alone."""


def scan_idle(large: Home, small: Home, kind: str, rounds: int) -> list[Line]:
    """Nothing due: what a scan costs in a large register, in a small one, and by streaming."""
    with large.context(ENTERED_AT) as many, small.context(ENTERED_AT) as few:
        for home, context in ((large, many), (small, few)):
            scan(context)  # the first under a policy plans; what counts is every later one
            home.settle()
            idle = scan(context)
            assert (idle.due, idle.notices) == (0, 0), idle
        sides: dict[str, Side] = {
            "streaming": lambda: timed(lambda: scan_by_streaming(many, ENTERED_AT)),
            "scan": lambda: timed(lambda: scan(many), TIMES),
            "few": lambda: timed(lambda: scan(few), TIMES),
        }
        taken = alternate(sides, rounds)
    row = f"scan-idle, {kind}"
    sooner, growth = taken["streaming"] / taken["scan"], taken["scan"] / taken["few"]
    return [
        Line(row, "streaming", milliseconds(taken["streaming"])),
        Line(row, "scan", milliseconds(taken["scan"]), f"{sooner:,.0f} x sooner", ">= 500 x"),
        Line(row, "scan, 1,000 stored", milliseconds(taken["few"]), f"1 : {growth:.2f}", "<= 3"),
    ]


def scan_due(large: Home, number: int, kind: str, rounds: int) -> list[Line]:
    """1 % due: each run on a fresh copy of the database, notices committed."""
    with large.context(ENTERED_AT) as context:
        scan(context)  # plans, where the import left that to the first scan
    large.settle()
    sides: dict[str, Side] = {
        "streaming": lambda: _one_streaming(large, number),
        "scan": lambda: _one_scan(large, number),
    }
    taken = alternate(sides, rounds)
    row = f"scan-due, {kind}"
    sooner = taken["streaming"] / taken["scan"]
    return [
        Line(row, "streaming", milliseconds(taken["streaming"])),
        Line(row, "scan", milliseconds(taken["scan"]), f"{sooner:,.1f} x sooner", ">= 10 x"),
    ]


def _one_streaming(home: Home, number: int) -> float:
    with home.copy() as copy, copy.context(DUE_AT) as context:
        with context.database.write() as connection:
            told.create(connection)
        assert context.policy.calendar.has_data(2026)  # the holidays read, as in a daemon
        counts: list[int] = []
        seconds = timed(lambda: counts.append(scan_by_streaming(context, DUE_AT)))
        assert counts == [number // 100], counts
    return seconds


def _one_scan(home: Home, number: int) -> float:
    with home.copy() as copy, copy.context(ENTERED_AT) as yesterday:
        scan(yesterday)  # as in a daemon: connected, the holidays read
        today = replace(yesterday, clock=FixedClock(DUE_AT))
        reports: list[ScanReport] = []
        seconds = timed(lambda: reports.append(scan(today)))
        assert reports[0].notices == number // 100, reports
    return seconds
