"""The seal job: events without a seal -> seals, in batches, after whoever wrote them is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reminder.storage.seals import has_unsealed, seal_batch

if TYPE_CHECKING:
    from jobs.context import JobContext


def seal(context: JobContext) -> int:
    """Seal every event that is committed; how many that were.

    Each batch is a transaction of its own: a run that dies goes on with the next one, and
    others write between two batches. Where nothing is to be sealed it only reads.
    """
    sealed, after = 0, None
    while not context.stopping():
        with context.database.read() as connection:
            if not has_unsealed(connection, after):
                break
        with context.database.write() as connection:
            batch = seal_batch(connection, context.clock.now(), after)
        if batch is None:
            break  # another sealer was faster
        sealed, after = sealed + batch.count, batch.last_id
    if sealed:
        context.log.debug("events_sealed", events=sealed)
    return sealed
