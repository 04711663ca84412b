"""Recovery: messages of dead workers, and mails whose verdict never came; storms that let go."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from jobs import guards
from reminder.clock import known_zone
from reminder.retry import UNCERTAIN_FOR
from reminder.storage.held import release_rested
from reminder.storage.leases import HeldFor, hold
from reminder.storage.planning import read_service
from reminder.storage.recovery import Recovered, holders, load_rested, repeat
from reminder.storage.recovery import recover as recover_leases
from reminder.workers import is_gone

if TYPE_CHECKING:
    from jobs.context import JobContext

LEASES = "leases_ended"
"""The name under which messages that were taken back from a worker are counted."""
NEEDS_DECISION = (
    "no verdict came, and a rule of its notices leaves a repeat to a person (on_uncertain: "
    "hold); ask the recipient, then write assume-sent or resend"
)


def recover(context: JobContext) -> Recovered:
    """Take messages back from dead workers; repeat or hold those whose verdict never came.

    Lets go what a storm has held for long enough, too.
    """
    now = context.clock.now()
    with context.database.read() as connection:
        workers, has_ended = holders(connection, now)
        gone = [worker for worker in workers if is_gone(worker)]
        has_storm = "storm" in read_service(connection, "storm")
        if not (has_ended or gone or has_storm or load_rested(connection, now)):
            return Recovered()
    if guards.refusal(context):
        return Recovered()  # by a clock that leapt every lease has ended, a living worker's too
    holding = {rule.name for rule in context.policy.rules if rule.on_uncertain == "hold"}
    with context.database.write() as connection:
        if has_storm:
            release_rested(connection, now)
        found = recover_leases(connection, now, UNCERTAIN_FOR, gone)
        for message in load_rested(connection, now):
            if message.rules & holding:
                hold(
                    connection,
                    message.message_id,
                    HeldFor.UNCERTAIN,
                    NEEDS_DECISION,
                    now,
                    state="uncertain",
                )
                continue
            zone = known_zone(message.timezone, context.policy.service.timezone)
            at = context.policy.send_window.next_opening(now, zone, context.policy.calendar)
            repeat(connection, message.message_id, at, now)
    if found != Recovered():
        context.log.warning("leases_recovered", **asdict(found))
        context.tally.add(LEASES, by=found.waiting + found.uncertain + found.held)
    return found
