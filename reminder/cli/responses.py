"""``ack``, ``snooze``, ``done``, ``handover``, ``decide``: a recipient's answers, at the shell."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

import click

from reminder.cli.app import App, pass_app, print_json
from reminder.cli.options import login_name, read_day, read_email, read_words

if TYPE_CHECKING:
    from jobs.answering import Responded
    from reminder.responses import Named, Person

Command = TypeVar("Command", bound=Callable[..., Any])

DECISIONS = ("renew", "end", "revitalise")
_SAID = {
    "acknowledge": "acknowledged",
    "snooze": "put off",
    "done": "done",
    "handover": "handed over",
    "decide": "decided",
}


def _signed(command: Command) -> Command:
    """Add the options that tell who answers and why, and how to print it."""
    by = click.option(
        "--by", callback=read_email, metavar="EMAIL", help="Who says so.  [your login name]"
    )
    note = click.option("--note", callback=read_words, metavar="T", help="Why; kept on record.")
    as_json = click.option("--json", "as_json", is_flag=True, help="One JSON document.")
    return by(note(as_json(command)))


def _about(command: Command) -> Command:
    """Add what is answered: an agreement's deadline."""
    deadline = click.argument("deadline", metavar="DEADLINE[:KEY]")
    return click.argument("ref")(deadline(command))


_NAMES = """
    DEADLINE is expiry, notice_by, report:2026-S1, step:persetujuan_dprd, follow_up:ID or
    finding:CODE, as "reminder why REF" shows them. For a follow-up of no agreement REF is "-".
"""


def _explained(function: Command) -> Command:
    """Add to a command's help how deadlines are named."""
    function.__doc__ = f"{function.__doc__}\n{_NAMES}"
    return function


@click.command()
@_about
@_signed
@pass_app
@_explained
def ack(app: App, ref: str, deadline: str, by: str, note: str, as_json: bool) -> None:
    """Acknowledge a deadline of REF: seen, and ours.

    Nobody further up is told until that lapses (ack_lasts in reminder.yaml). Reminders go on.
    """
    from jobs.respond import acknowledge

    responded = acknowledge(app.job_context(), _which(ref, deadline), _person(by, note))
    _say(responded, as_json)


@click.command()
@_about
@click.option(
    "--until",
    required=True,
    callback=read_day,
    metavar="D",
    help="The day on which it is told once more, at most a year away.",
)
@_signed
@pass_app
@_explained
def snooze(
    app: App, ref: str, deadline: str, until: date, by: str, note: str, as_json: bool
) -> None:
    """Put a deadline of REF off: nothing is told about it before a day, nor anybody further up."""
    from jobs.respond import snooze as put_off

    responded = put_off(app.job_context(), _which(ref, deadline), _person(by, note), until)
    _say(responded, as_json)


@click.command()
@_about
@click.option("--on", default="", metavar="D", help="The day on which it was done.  [today]")
@click.option(
    "--evidence",
    callback=read_words,
    metavar="T",
    help="The letter or receipt that proves it. A report needs it, and --on.",
)
@_signed
@pass_app
@_explained
def done(
    app: App,
    ref: str,
    deadline: str,
    on: str,
    evidence: str,
    by: str,
    note: str,
    as_json: bool,
) -> None:
    """Record that a report, a step or a follow-up of REF is done."""
    from jobs.respond import done as call_done

    which, who = _which(ref, deadline), _person(by, note)
    _say(call_done(app.job_context(), which, who, on, evidence), as_json)


@click.command()
@_about
@click.option(
    "--to", required=True, callback=read_email, metavar="EMAIL", help="The new owner: a contact."
)
@_signed
@pass_app
@_explained
def handover(app: App, ref: str, deadline: str, to: str, by: str, note: str, as_json: bool) -> None:
    """Make somebody else the owner of REF, or of a follow-up, and have them told."""
    from jobs.handover import hand_over

    responded = hand_over(app.job_context(), _which(ref, deadline), _person(by, note), to)
    _say(responded, as_json)


@click.command()
@click.argument("ref")
@click.argument("decision", type=click.Choice(DECISIONS))
@_signed
@pass_app
def decide(app: App, ref: str, decision: str, by: str, note: str, as_json: bool) -> None:
    """Record what becomes of agreement REF when it ends, and begin what that asks for.

    renew: an agreement that is to replace it begins its chain of steps. end: its countdown
    stops and the closing steps begin. revitalise: the countdown goes on, beside the steps for
    that (steps.yaml). A later decision replaces an earlier one.
    """
    from jobs.respond import decide as decide_on
    from reminder.agreements import Decision

    which, who = _which(ref, "expiry"), _person(by, note)
    _say(decide_on(app.job_context(), which, who, Decision(decision)), as_json)


def _which(ref: str, deadline: str) -> Named:
    from reminder.responses import Named

    return Named(ref, deadline)


def _person(by: str, note: str) -> Person:
    from reminder.responses import Person

    return Person(by or login_name(), note=note)


def _say(responded: Responded, as_json: bool) -> None:
    if as_json:
        print_json(document(responded))
        return
    deadline, record = responded.deadline, responded.record
    whose = deadline.agreement or "follow-up of no agreement"
    due = deadline.due_text or deadline.due_on
    if responded.is_new and record is not None:
        what = _SAID[record.action] + (f" to {record.decision}" if record.decision else "")
        click.echo(f"{whose} {deadline.name}, due {due}: {what}, by {record.actor}.")
    else:
        click.echo(f"{whose} {deadline.name}, due {due}: nothing was changed.")
    for line in responded.effects:
        click.echo(f"  {line}")


def document(responded: Responded) -> dict[str, object]:
    """For scripts."""
    from reminder.going_up import response_json

    deadline, record = responded.deadline, responded.record
    return {
        "recorded": responded.is_new,
        "agreement": deadline.agreement or None,
        "deadline": deadline.kind,
        "key": deadline.key or None,
        "due_on": deadline.due_on,
        "epoch": deadline.epoch,
        "status": deadline.status,
        "response": None if record is None else response_json(record),
        "acknowledged_until": deadline.acknowledged_until,
        "snoozed_until": deadline.snoozed_until,
        "next_on": deadline.next_on,
        "effects": list(responded.effects),
    }
