"""Schedules: where a worker is killed, what becomes of its dots, and when the next one starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from typing import TYPE_CHECKING

from reminder.crash_points import CrashPoint as At
from tests.smtp_server import DROP, reply

if TYPE_CHECKING:
    from tests.smtp_server import Action


class Dot(StrEnum):
    """What the relay does at the first dot of each officer's mail; later ones it takes."""

    TAKEN = "taken"
    TAKEN_AND_DROPPED = "taken, then the connection dropped"
    DROPPED = "dropped without being taken"
    LATER = "4yz"
    NEVER = "5yz"


ACTIONS: Mapping[Dot, tuple[str, Action] | None] = {
    Dot.TAKEN: None,
    Dot.TAKEN_AND_DROPPED: ("stored", DROP),
    Dot.DROPPED: ("dot", DROP),
    Dot.LATER: ("dot", reply("451 4.3.0 try again later")),
    Dot.NEVER: ("dot", reply("554 5.5.0 no")),
}
"""The relay's phase and what it does in it."""


class Restart(StrEnum):
    """When the next worker goes on."""

    AT_ONCE = "at once"
    """On the same machine, which knows that the other one is gone."""
    AFTER_LEASE = "after the lease"
    """The machine was started anew: nobody knows whether the other one still runs."""
    ELSEWHERE = "on another machine"
    """The same, and the dead one's outcome journal is not there."""


OTHER_JOBS = frozenset(
    {
        At.BEFORE_DIGEST_COMMIT,
        At.AFTER_DIGEST_COMMIT,
        At.MID_IMPORT,
        At.MID_MIGRATION,
        At.MID_BACKUP,
        At.BEFORE_ESCALATION_COMMIT,
        At.AFTER_ESCALATION_COMMIT,
        At.BEFORE_RESPONSE_COMMIT,
        At.AFTER_RESPONSE_COMMIT,
        At.BEFORE_ARRIVED_COMMIT,
        At.AFTER_ARRIVED_COMMIT,
        At.BEFORE_SETTLED_COMMIT,
        At.AFTER_SETTLED_COMMIT,
    }
)
POINTS = tuple(point for point in At if point not in OTHER_JOBS)
"""Those that a scan, a delivery and a succession pass, in order."""
JOURNALED = frozenset({At.JOURNAL_WRITTEN, At.JOURNAL_SYNCED, At.BEFORE_VERDICT_COMMIT})
"""Killed here, its journal alone knows what the relay said."""
UNKNOWABLE = frozenset({At.AFTER_INTENT_COMMIT, At.DOT_SENT, At.REPLY_READ})
"""Killed here, nobody knows whether the relay has the mail."""


_AGAIN = frozenset(Dot) - {Dot.TAKEN}
_SECOND_HITS: Mapping[At, frozenset[Dot]] = {
    # All is claimed at once, so a second claim is one for a repeat, a retry or a successor.
    At.BEFORE_CLAIM_COMMIT: _AGAIN,
    At.AFTER_CLAIM_COMMIT: _AGAIN,
    At.CONNECTED: _AGAIN,
    # Only a successor's mail is written after the first ones.
    At.AFTER_FREEZE_COMMIT: frozenset({Dot.NEVER}),
    # A connection that was dropped needs no goodbye.
    At.BEFORE_QUIT: frozenset({Dot.LATER, Dot.NEVER}),
}
"""With which outcomes two messages pass a point a second time, where not with all."""
SUCCESSION = (At.BEFORE_SUCCESSION_COMMIT, At.AFTER_SUCCESSION_COMMIT)


@dataclass(frozen=True)
class Schedule:
    """One story: so many messages wait, and a worker is killed at the *hit*-th passing."""

    point: At
    hit: int
    dot: Dot
    restart: Restart
    messages: int = 2
    then: At | None = None
    """Where the next worker is killed in its turn, if it comes there."""

    def __str__(self) -> str:
        then = f", then {self.then} {self.then.name}" if self.then else ""
        return (
            f"{self.point} {self.point.name}, hit {self.hit}, {self.dot}, {self.restart}, "
            f"{self.messages} messages{then}"
        )

    @property
    def is_reached(self) -> bool:
        """Whether the story passes its point so often."""
        if self.point in SUCCESSION:
            return self.dot is Dot.NEVER
        return self.hit == 1 or self.dot in _SECOND_HITS.get(self.point, Dot)

    @property
    def may_repeat(self) -> bool:
        """Whether anybody can be in doubt of a mail; elsewhere there is one copy, unmarked."""
        return (
            self.point in UNKNOWABLE
            or self.then in UNKNOWABLE
            or self.dot in (Dot.TAKEN_AND_DROPPED, Dot.DROPPED)
            or self.restart is Restart.ELSEWHERE
            # One session can be past its dot while another is killed anywhere.
            or self.messages > PAIR
        )

    @property
    def troubled(self) -> range:
        """The messages whose dot the relay treats so; of many a third, or only one would send."""
        return range(0, self.messages, 1 if self.messages == PAIR else 3)


PAIR, CROWD = 2, 24
"""Messages: so few that one session sends them one by one; so many that several do."""

PAIRS = tuple(
    schedule
    for point, hit, dot, restart in product(POINTS, (1, 2), Dot, Restart)
    if (schedule := Schedule(point, hit, dot, restart)).is_reached
    # A journal that knows nothing more than the database is no loss.
    and (restart is not Restart.ELSEWHERE or point in JOURNALED)
)
"""The sweep: each point, twice, with each outcome and each restart."""

_SHARED = (
    At.BEFORE_INTENT_COMMIT,
    At.AFTER_INTENT_COMMIT,
    At.JOURNAL_SYNCED,
    At.BEFORE_VERDICT_COMMIT,
    At.AFTER_VERDICT_COMMIT,
)
"""Passed once for several messages together, so not often."""

CROWDS = tuple(
    Schedule(point, hit, dot, restart, CROWD)
    for point in POINTS
    if At.DATA_GRANTED <= point <= At.AFTER_VERDICT_COMMIT
    for hit, dot, restart in product((2, 3) if point in _SHARED else (3, 11), Dot, Restart)
    if restart is not Restart.ELSEWHERE
)
"""The part of it in which sessions share connections and commits, in the middle of many mails."""

TWICE = tuple(
    Schedule(first, 1, Dot.TAKEN, Restart.AT_ONCE, then=second)
    for first, second in product(POINTS, POINTS)
    if first not in SUCCESSION
)
"""The part in which whoever takes over is killed as well."""


def sample() -> list[Schedule]:
    """Of each point and hit one schedule, of those around the dot two, and some of the rest."""
    chosen: dict[Schedule, None] = {}
    for place, (point, hit) in enumerate(product(POINTS, (1, 2))):
        of_point = [one for one in PAIRS if (one.point, one.hit) == (point, hit)]
        chosen[of_point[7 * place % len(of_point)]] = None
        if At.BEFORE_INTENT_COMMIT <= point <= At.AFTER_VERDICT_COMMIT:
            chosen[of_point[(7 * place + 3) % len(of_point)]] = None
    return [*chosen, *CROWDS[:: len(CROWDS) // 6], *TWICE[:: len(TWICE) // 10]]
