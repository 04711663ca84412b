"""Crash points stand on both sides of each commit, and each one is passed."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from reminder.crash_points import CrashPoint, set_killer
from tests.crashes.office import Place, set_up
from tests.crashes.schedules import POINTS, SUCCESSION
from tests.crashes.workers import tick
from tests.outboxes import MADE
from tests.smtp_server import SmtpServer
from tests.stored import at

if TYPE_CHECKING:
    from reminder.storage.engine import Database

ROOT = Path(__file__).parents[2]
CHAIN = (
    "jobs/scan.py",
    "jobs/escalate.py",
    "jobs/answering.py",
    "jobs/claiming.py",
    "jobs/preparing.py",
    "jobs/group_commit.py",
    "jobs/succession.py",
    "jobs/sending.py",
    "jobs/deliver.py",
    "jobs/recover.py",
    "jobs/inbox.py",
)
"""The files that write to the database between a deadline and what comes back of its mail."""

GIVES_BACK = "gives back what provably did not leave; killed before, recovery does the same"
WITHOUT: Mapping[str, str] = {
    "jobs/scan.py::_fire_one_by_one": "the batch again for single records, by the same functions",
    "jobs/scan.py::_finish": "only notes when the scan ended",
    "jobs/escalate.py::escalate": "only notes that the first run after a restore ended",
    "jobs/escalate.py::_one_by_one": "the batch again for single records, by the same functions",
    "jobs/preparing.py::_store": "AFTER_CLAIM_COMMIT stands before it, with nothing between",
    "jobs/succession.py::_one": "the second one only puts a message off that raised",
    "jobs/sending.py::_called_off": GIVES_BACK,
    "jobs/sending.py::_put_off": GIVES_BACK,
    "jobs/sending.py::_hold": "a mail that cannot be made; killed before, it is found so again",
    "jobs/recover.py::recover": "the sweep kills workers whose messages it takes back, twice over",
    "jobs/deliver.py::_renew_leases": "a lease that is not renewed only ends sooner",
    "jobs/deliver.py::_give_back": GIVES_BACK,
    "jobs/deliver.py::run": GIVES_BACK,
    "jobs/inbox.py::_note_trouble": "only notes that the mailbox cannot be read, or can again",
    "jobs/inbox.py::one": "only counts that handling a mail raised",
    "jobs/inbox.py::_forget_old": "forgets old texts; the next run forgets those that are left",
}
"""Commits without a point on both sides, and why they need none."""


def functions() -> Iterator[tuple[str, ast.FunctionDef]]:
    """Every function of the chain, as file and name."""
    for name in CHAIN:
        for node in ast.walk(ast.parse((ROOT / name).read_text())):
            if isinstance(node, ast.FunctionDef):
                yield f"{name}::{node.name}", node


def writes(function: ast.FunctionDef) -> list[ast.With]:
    """Its blocks that end in a commit."""
    return [
        node
        for node in ast.walk(function)
        if isinstance(node, ast.With)
        and any(ast.unparse(item.context_expr).endswith(".write()") for item in node.items)
    ]


def passes(node: ast.AST) -> set[str]:
    """The names of the points passed inside."""
    return {
        call.args[0].attr
        for call in ast.walk(node)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "passing"
        and isinstance(call.args[0], ast.Attribute)
    }


def without_points() -> set[str]:
    """The functions with a commit that has no point inside its transaction, or none after it."""
    return {
        name
        for name, function in functions()
        for block in writes(function)
        if not (passes(block) and _passes_after(function, block))
    }


def _passes_after(function: ast.FunctionDef, block: ast.With) -> bool:
    return any(
        passes(node)
        for node in ast.walk(function)
        if isinstance(node, ast.stmt) and node.lineno > (block.end_lineno or 0)
    )


def test_every_commit_of_the_chain_has_a_point_on_both_sides_or_needs_none() -> None:
    assert without_points() == set(WITHOUT), (
        "pass a crash point before and after it, or say in WITHOUT why it needs none"
    )


def test_every_point_is_passed_somewhere() -> None:
    passed = {
        name
        for package in ("reminder", "jobs")
        for file in (ROOT / package).rglob("*.py")
        for name in passes(ast.parse(file.read_text()))
    }
    assert passed == {point.name for point in CrashPoint}


def test_one_mail_passes_the_points_in_their_order(
    sqlite_database: Database, tmp_path: Path
) -> None:
    outbox = set_up(sqlite_database, 1)
    with SmtpServer(tmp_path) as server:
        place = Place(str(sqlite_database.url), outbox.settings.home, server.port)
        passed: list[CrashPoint] = []
        set_killer(passed.append)
        try:
            tick(place.outbox(), at(MADE))
        finally:
            set_killer(None)
    expected = [point for point in POINTS if point not in SUCCESSION]
    assert passed == expected
