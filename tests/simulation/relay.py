"""The relay: takes mails in memory and makes trouble. What it says it took is the oracle."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from reminder.crash_points import CrashPoint, passing
from reminder.mail.open_transport import patience_with
from reminder.mail.smtp_verdicts import judged, without_reply
from reminder.mail.transport import BeforeDot, Outcome, OutgoingMail, Verdict
from reminder.mail.wire import Reply
from tests.simulation.crashes import SimCrash
from tests.simulation.troubles import (
    DEFERRING,
    DEFERRING_DOT,
    DOWN,
    GREYLISTED,
    NOBODY,
    REFUSING,
    SILENT_DOT,
    UNREACHABLE,
    Trouble,
)

if TYPE_CHECKING:
    from random import Random

    from tests.simulation.clock import SimClock
    from tests.simulation.swarm import Swarm

NAME = "127.0.0.1:25"
OPENING = ("connect", "greeting", "ehlo", "auth")
ONE_MAIL = timedelta(seconds=1)
GREY_FOR = timedelta(minutes=5)
LEASE = patience_with(f"smtp://{NAME}").lease
MARK = b"\r\nX-Possible-Duplicate:"
TAKEN = Reply(250, ("2.0.0 queued",))
SILENT_AGAIN = 0.4
"""How often a relay that is silent now and then is so to a repeat."""


def is_marked(data: bytes) -> bool:
    """Whether a mail says of itself that it may be a repeat."""
    return MARK in data.partition(b"\r\n\r\n")[0]


@dataclass(frozen=True)
class Copy:
    """A mail that the relay has taken."""

    message_id: str
    recipient: str
    data: bytes
    at: datetime

    @property
    def is_marked(self) -> bool:
        """Whether it says of itself that it may be a repeat."""
        return is_marked(self.data)


@dataclass
class Talk:
    """One SMTP transaction, as the relay saw it."""

    message_id: str
    started_at: datetime
    phase: str = "connect"
    verdict: Verdict | None = None
    """What the client was told; None where it was not there to the end."""
    needs_record: bool = True
    """False where the client cannot have put it on record."""


class Relay:
    """The server: one for all workers, with its outages and its moods."""

    def __init__(self, rng: Random, swarm: Swarm, clock: SimClock) -> None:
        self.clock = clock
        self.swarm = swarm
        self.copies: dict[str, list[Copy]] = {}
        self.talks: list[Talk] = []
        self.outages: Sequence[tuple[datetime, datetime]] = ()
        self.nobody: frozenset[str] = frozenset()
        """Recipients that do not exist."""
        self.is_healed = False
        self.on_copy: Callable[[Copy], None] = lambda _copy: None
        self.meanwhile: Callable[[str, bool], None] = lambda _message_id, _slept: None
        """Called while a mail is under way, before its dot is asked for and after it went out;
        with its id, and whether the client slept past its lease."""
        self._rng = rng
        self._seen: dict[str, datetime] = {}

    def session(self) -> RelaySession:
        """A connection of one worker."""
        return RelaySession(self)

    def trouble(self, mail: OutgoingMail) -> Trouble | None:
        """What happens to this mail."""
        if mail.recipient in self.nobody:
            return NOBODY
        if self.is_healed:
            return None
        now, rng, swarm = self.clock.now(), self._rng, self.swarm
        if any(begins <= now < ends for begins, ends in self.outages):
            return rng.choice((DOWN, *UNREACHABLE))
        for rate, troubles in (
            (swarm.unreachable, UNREACHABLE),
            (swarm.deferring, DEFERRING),
            (swarm.refusing, REFUSING),
            (swarm.deferring_dot, DEFERRING_DOT),
            (swarm.silent_dot, SILENT_DOT),
        ):
            if rng.random() < rate:
                return rng.choice(troubles)
        if swarm.silent_dot and is_marked(mail.data) and rng.random() < SILENT_AGAIN:
            return rng.choice(SILENT_DOT)
        if swarm.greylists and now - self._seen.setdefault(mail.recipient, now) < GREY_FOR:
            return GREYLISTED
        return None

    def go_on(self, mail: OutgoingMail) -> None:
        """Time goes by in the middle of a mail, and others do something; mostly they do not."""
        if self.is_healed:
            return
        slept = timedelta(0)
        if self._rng.random() < self.swarm.pauses:
            slept = timedelta(minutes=self._rng.choice((3, 14, 60)))
            self.clock.pass_by(slept)
        self.meanwhile(mail.message_id, slept > LEASE)

    def excuse(self, since: int) -> None:
        """Of the talks from that number on, those without a dot need not be on record.

        Their client died, or its database failed; only what is past the dot is in the journal.
        """
        for talk in self.talks[since:]:
            talk.needs_record = talk.needs_record and talk.phase == "dot"

    def is_slow(self) -> bool:
        """Whether a dot takes a moment until it is here."""
        return self._rng.random() < 0.3

    def take(self, mail: OutgoingMail) -> None:
        """Store a mail."""
        copy = Copy(mail.message_id, mail.recipient, mail.data, self.clock.now())
        self.copies.setdefault(mail.message_id, []).append(copy)
        self.on_copy(copy)


class RelaySession:
    """A ``Transport`` to the relay: what the phases do is theirs, what it means is production's."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._is_open = False

    def send(self, mail: OutgoingMail, before_dot: BeforeDot) -> Outcome:
        """Try once."""
        talk = Talk(mail.message_id, self._relay.clock.now())
        self._relay.talks.append(talk)
        self._relay.clock.pass_by(ONE_MAIL)
        try:
            outcome = self._talk(mail, before_dot, talk, self._relay.trouble(mail))
        except SimCrash:
            raise
        except Exception:
            talk.needs_record = False  # the database failed, before the dot
            raise
        talk.verdict = outcome.verdict
        return outcome

    def close(self) -> None:
        """Say QUIT."""
        if self._is_open:
            passing(CrashPoint.BEFORE_QUIT)
        self._is_open = False

    def _talk(
        self, mail: OutgoingMail, before_dot: BeforeDot, talk: Talk, trouble: Trouble | None
    ) -> Outcome:
        for phase in self._phases():
            if phase == "dot":
                self._relay.go_on(mail)
                if not before_dot():
                    self._is_open = False
                    return Outcome(Verdict.FENCED, "body", text="called off", relay=NAME)
                talk.phase = phase
                return self._dot(mail, trouble)
            talk.phase = phase
            if trouble is not None and trouble.phase == phase:
                return self._end(trouble)
            _pass(phase)
        raise AssertionError("a mail has a dot")

    def _phases(self) -> Iterator[str]:
        if not self._is_open:
            yield from OPENING
        self._is_open = True
        yield from ("mail", "rcpt", "data", "body", "dot")

    def _dot(self, mail: OutgoingMail, trouble: Trouble | None) -> Outcome:
        if trouble is not None and trouble.phase != "dot":
            trouble = None  # of a phase that an open connection is past
        is_taken = trouble is None or trouble.stores
        is_slow = self._relay.is_slow()  # a client that dies at once is then not heard
        if is_taken and not is_slow:
            self._relay.take(mail)
        passing(CrashPoint.DOT_SENT)
        if is_taken and is_slow:
            self._relay.take(mail)
        self._relay.go_on(mail)
        outcome = judged("dot", TAKEN, NAME) if trouble is None else self._end(trouble)
        passing(CrashPoint.REPLY_READ)
        return outcome

    def _end(self, trouble: Trouble) -> Outcome:
        self._relay.clock.pass_by(trouble.lasts)
        if trouble.reply is None or trouble.reply.code == 421 or trouble.phase in OPENING:
            self._is_open = False
        if trouble.reply is None:
            return without_reply(trouble.phase, "no answer came", NAME)
        return judged(trouble.phase, trouble.reply, NAME)


def _pass(phase: str) -> None:
    """The crash points of ``reminder/mail/smtp.py``, at the same places."""
    match phase:
        case "connect":
            passing(CrashPoint.CONNECTED)
        case "data":
            passing(CrashPoint.DATA_GRANTED)
        case "body":
            passing(CrashPoint.MID_BODY)
