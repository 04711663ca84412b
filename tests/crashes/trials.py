"""One trial: a worker is killed as scheduled, the next one goes on, and all is compared."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from tests.crashes import workers
from tests.crashes.invariants import broken, changed_ends, marks_by_recipient
from tests.crashes.killers import DIED, At
from tests.crashes.office import Place, copy_of, officer
from tests.crashes.records import Record, load_record
from tests.crashes.schedules import ACTIONS, Dot, Restart, Schedule
from tests.outboxes import MADE
from tests.smtp_server import SmtpServer, Stored
from tests.stored import at

BEGINS_AT = at(MADE)


def play(schedule: Schedule, template: Path, folder: Path) -> list[str]:
    """What did not hold, in words; *folder* is made and left behind."""
    folder.mkdir()
    with SmtpServer(folder) as server:
        if (action := ACTIONS[schedule.dot]) is not None:
            phase, first = action
            for number in schedule.troubled:
                server.for_recipient(officer(number), phase, first, None)
        place = copy_of(template, folder / "home", server.port)
        kill = At(schedule.point, schedule.hit)
        if (status := workers.run(workers.settle, place, BEGINS_AT, kill)) != DIED:
            return [f"the point was not reached; the worker ended with {status}"]
        if schedule.then is not None:
            now = workers.last_instant(place) + timedelta(seconds=1)
            status = workers.run(workers.settle, place, now, At(schedule.then))
            if status not in (0, DIED):
                return [f"the second worker ended with {status}"]
        before = record_of(place)
        if problem := go_on(place, schedule.restart):
            return [problem]
        after, mails = record_of(place), list(server.mails)
    return [*broken(after, mails), *changed_ends(before, after), *_expected(schedule, mails)]


def play_in(folder: Path, templates: Mapping[int, Path], schedule: Schedule) -> list[str]:
    """The same in a folder below, with the template for so many messages."""
    return play(schedule, templates[schedule.messages], folder / str(schedule).replace(" ", "-"))


def record_of(place: Place) -> Record:
    """What the database knows now."""
    with closing(place.outbox().database) as database:
        return load_record(database)


def go_on(place: Place, restart: Restart) -> str:
    """The next worker, from the instant at which the last one died; what went wrong, if it did."""
    if restart is not Restart.AT_ONCE:
        outbox = place.outbox()
        with closing(outbox.database):
            workers.as_after_a_reboot(outbox)
    if restart is Restart.ELSEWHERE:
        shutil.rmtree(place.home / "var")
    now = workers.last_instant(place) + timedelta(seconds=1)
    status = workers.run(workers.settle, place, now)
    return f"the next worker ended with {status}" if status else ""


def _expected(schedule: Schedule, mails: list[Stored]) -> Iterator[str]:
    """Who has how many copies, where that depends on nothing but the schedule."""
    if schedule.may_repeat:
        return
    marks = marks_by_recipient(mails)
    for number in range(schedule.messages):
        is_refused = schedule.dot is Dot.NEVER and number in schedule.troubled
        expected = [] if is_refused else [False]
        if (found := marks.get(officer(number), [])) != expected:
            yield f"I-3: {officer(number)} has copies marked {found} instead of {expected}"
