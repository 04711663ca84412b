"""``reminder held``: what waits for a person, and the commands that answer it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import click

from reminder.cli.app import App, pass_app, print_json

if TYPE_CHECKING:
    from reminder.storage.held import HeldMessage
    from reminder.storage.storms import HeldStorm

STORM_ANSWERS = ("reminder release --storm", "reminder discard --storm")
CLOCK_ANSWER = "reminder release clock"


@dataclass(frozen=True)
class Waiting:
    """Everything that waits for a person."""

    messages: Sequence[HeldMessage]
    storm: HeldStorm | None
    leaving: int
    """How many messages of the storm leave by themselves."""
    leave_at: datetime | None
    clock: str
    """Why the clock is not trusted; empty where it is."""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@pass_app
def held(app: App, as_json: bool) -> None:
    """List what waits for a person: held and uncertain messages, a storm, a clock in doubt."""
    from reminder.storage.held import load_held
    from reminder.storage.standstill import load_standstill
    from reminder.storage.storms import leaving, load_storm

    with app.database.read() as connection:
        count, leave_at = leaving(connection)
        waiting = Waiting(
            load_held(connection),
            load_storm(connection),
            count,
            leave_at,
            load_standstill(connection).clock_trouble,
        )
    if as_json:
        print_json(document(waiting))
    else:
        click.echo("\n".join(as_text(waiting)))


def document(waiting: Waiting) -> dict[str, object]:
    """For scripts."""
    storm = waiting.storm
    return {
        "messages": [
            asdict(message) | {"answers": answers_to(message)} for message in waiting.messages
        ],
        "storm": None
        if storm is None
        else asdict(storm)
        | {"leaving": waiting.leaving, "leave_at": waiting.leave_at, "answers": STORM_ANSWERS},
        "clock": None
        if not waiting.clock
        else {"trouble": waiting.clock, "answers": [CLOCK_ANSWER]},
    }


def as_text(waiting: Waiting) -> Iterator[str]:
    """The same for a person."""
    if not waiting.messages and waiting.storm is None and not waiting.clock:
        yield "Nothing waits for a person."
    for message in waiting.messages:
        yield from _message(message)
    if waiting.storm is not None:
        yield from _storm(waiting.storm, waiting.leaving, waiting.leave_at)
    if waiting.clock:
        yield f"clock: {waiting.clock}"
        yield f"    answer: {CLOCK_ANSWER}"


def answers_to(message: HeldMessage) -> list[str]:
    """The commands that answer it. Brackets are left out: a shell would read them as files."""
    name = message.message_id.strip("<>")
    is_unknown = message.state == "uncertain" or message.held_for == "uncertain"
    if is_unknown or message.possible_duplicate:
        return [f"reminder {verb} {name}" for verb in ("resend", "assume-sent", "discard")]
    return [f"reminder {verb} {name}" for verb in ("release", "discard")]


def _message(message: HeldMessage) -> Iterator[str]:
    why = f" ({message.held_for})" if message.held_for else ""
    yield f"{message.message_id}  {message.state}{why} since {_shown(message.since)}"
    subject = message.subject or "(not rendered yet)"
    about = f", about {', '.join(message.agreements)}" if message.agreements else ""
    yield f"    to {message.recipient}{about}: {subject}"
    if message.reason:
        yield f"    {message.reason}"
    if message.repeated_at is not None:
        yield f"    without an answer: repeated or held at {_shown(message.repeated_at)}"
    yield f"    answer: {', or '.join(answers_to(message))}"


def _storm(storm: HeldStorm, leaving: int, leave_at: datetime | None) -> Iterator[str]:
    usual = "" if storm.usual is None else f", {storm.usual} are usual on a busy day"
    yield f"storm: {storm.messages} messages held since {_shown(storm.at)}: {storm.cause}{usual}"
    if leave_at is not None:
        yield f"    {leaving} of them are due within 7 days and leave at {_shown(leave_at)}"
    yield "    list them: reminder log --state held"
    yield f"    answer: {', or '.join(STORM_ANSWERS)}"


def _shown(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"
