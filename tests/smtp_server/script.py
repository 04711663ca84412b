"""Which action comes next in a phase: as scripted once, for a recipient, by rule, or always."""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass

from tests.smtp_server.actions import Action

OPENING = ("greeting", "ehlo", "starttls", "handshake", "auth")
TRANSACTION = ("mail", "rcpt", "data", "body", "dot", "stored")
"""``dot`` comes before the mail is stored, ``stored`` after."""
PHASES = (*OPENING, *TRANSACTION, "rset", "noop", "quit")


@dataclass(frozen=True)
class Envelope:
    """Who a transaction is about, as far as the client has said."""

    sender: str = ""
    recipients: tuple[str, ...] = ()


Rule = Callable[[str, Envelope], Action | None]
"""Phase and envelope -> what to do, or None for whatever comes after this rule."""


class Script:
    """What was asked for; safe for the threads of all connections."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        """From now on everything is as usual."""
        with self._lock:
            self._once: defaultdict[str, deque[Action | None]] = defaultdict(deque)
            self._for: dict[tuple[str, str], deque[Action | None]] = {}
            self._rules: list[Rule] = []
            self._always: dict[str, Action] = {}

    def then(self, phase: str, actions: tuple[Action | None, ...]) -> None:
        """The next times do this; None is the usual."""
        self._once[_known(phase)].extend(actions)

    def always(self, phase: str, action: Action) -> None:
        """Do this whenever nothing else is asked for."""
        self._always[_known(phase)] = action

    def for_recipient(self, address: str, phase: str, actions: tuple[Action | None, ...]) -> None:
        """For that recipient one after the other, the last one for ever."""
        self._for[_known(phase), address] = deque(actions)

    def by_rule(self, rule: Rule) -> None:
        """Ask *rule* in every phase."""
        self._rules.append(rule)

    def next(self, phase: str, envelope: Envelope) -> Action | None:
        """Take the next action; None is the usual."""
        with self._lock:
            for address in envelope.recipients:
                mine = self._for.get((phase, address))
                if mine:
                    return mine.popleft() if len(mine) > 1 else mine[0]
            if self._once[phase]:
                return self._once[phase].popleft()
            for rule in self._rules:
                if (action := rule(phase, envelope)) is not None:
                    return action
            return self._always.get(phase)


def _known(phase: str) -> str:
    if phase not in PHASES:
        raise ValueError(f"{phase!r} is no phase; write one of {', '.join(PHASES)}")
    return phase
