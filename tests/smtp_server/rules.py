"""Rules of a script that look at who is mailed, at the time, or at nothing but luck."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from tests.smtp_server.actions import DROP, Action, reply
from tests.smtp_server.script import TRANSACTION, Envelope


class Luck:
    """Each phase goes wrong with a probability of its own.

    The same seed draws the same numbers; which connection gets which is up to the machine.
    """

    def __init__(self, odds: Mapping[str, float], seed: int, *actions: Action) -> None:
        """*odds* are from 0 to 1 by phase; one of *actions* is done, a drop by default."""
        self._odds = odds
        self._random = random.Random(seed)
        self._actions = actions or (DROP,)
        self.struck = 0

    @classmethod
    def of_mails(cls, share: float, seed: int, *actions: Action) -> Luck:
        """About this share of the mails meets a fault, each phase of a mail as often."""
        return cls(dict.fromkeys(TRANSACTION, share / len(TRANSACTION)), seed, *actions)

    def __call__(self, phase: str, _envelope: Envelope) -> Action | None:
        if self._random.random() >= self._odds.get(phase, 0):
            return None
        self.struck += 1
        return self._random.choice(self._actions)


class Greylist:
    """Puts off each new pair of sender and recipient for some minutes.

    The client's address is left out of the key: every client here is this machine.
    """

    def __init__(self, now: Callable[[], datetime], lasts: timedelta) -> None:
        self._now = now
        self._lasts = lasts
        self._first: dict[Envelope, datetime] = {}

    def __call__(self, phase: str, envelope: Envelope) -> Action | None:
        if phase != "rcpt":
            return None
        now = self._now()
        if now - self._first.setdefault(envelope, now) >= self._lasts:
            return None
        return reply("450 4.2.0 greylisted, come back later")
