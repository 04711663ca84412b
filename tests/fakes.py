"""Stand-ins for what the service talks to. The fixed clock is ``reminder.clock.FixedClock``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from reminder.mail.transport import Outcome, Verdict

if TYPE_CHECKING:
    from reminder.mail.transport import BeforeDot, OutgoingMail

SENT = Outcome(Verdict.SENT, "dot", 250, "2.0.0", "queued")
GREYLISTED = Outcome(Verdict.DEFERRED, "rcpt", 451, "4.7.1", "greylisted, try again later")
UNKNOWN_USER = Outcome(Verdict.FAILED, "rcpt", 550, "5.1.1", "no such user here")
NO_REPLY = Outcome(Verdict.UNCERTAIN, "dot", text="the connection closed after the final dot")
RELAY_DOWN = Outcome(Verdict.RELAY, "connect", text="connection refused")

_PAST_THE_DOT = ("dot", "file")


class RecordingTransport:
    """Remembers every mail and answers with the outcomes it was given, the last one for ever.

    Like a real transport it asks ``before_dot`` only where the exchange comes that far.
    """

    def __init__(self, outcomes: Iterable[Outcome] = (SENT,)) -> None:
        self._outcomes = list(outcomes)
        self.tried: list[OutgoingMail] = []
        """Every mail handed over, in order."""
        self.delivered: list[OutgoingMail] = []
        """Those that a recipient has: sent, or uncertain and taken all the same."""
        self.closed = 0

    def send(self, mail: OutgoingMail, before_dot: BeforeDot) -> Outcome:
        self.tried.append(mail)
        outcome = self._outcomes.pop(0) if len(self._outcomes) > 1 else self._outcomes[0]
        if outcome.phase in _PAST_THE_DOT and not before_dot():
            return Outcome(Verdict.FENCED, outcome.phase)
        if outcome.verdict in (Verdict.SENT, Verdict.UNCERTAIN):
            self.delivered.append(mail)
        return outcome

    def close(self) -> None:
        self.closed += 1
