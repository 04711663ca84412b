"""Sessions: messages that are ready -> several connections that send them side by side."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from threading import Condition, Lock, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

    from jobs.sending import Sender, Sent
    from reminder.mail.smtp import SmtpTransport
    from reminder.mail.transport import OutgoingMail, Transport
    from reminder.storage.claims import Claimed

MOST_SESSIONS = 16
"""Connections to one relay at a time; common servers take 20 of one client."""
EACH_OF_TWO = 10
"""Connections of each process, where a second one delivers too."""
FEW = 8
"""So many messages at once are sent over one connection, one after the other."""
READY_AHEAD = 64
"""Messages ready for the sessions: none of these idles, and no lease is held for long."""
LOOK_EVERY = 1.0
"""Seconds between two calls of ``while_waiting``."""

Work = tuple["Claimed", "OutgoingMail"]


class Sessions:
    """Sends what it is given: alone at first, over more connections once the relay took a mail.

    So a relay that is down is asked by one connection and not by many, and the few mails of
    a usual day need no threads and leave strictly in their order.
    """

    def __init__(
        self,
        sender: Sender,
        first: Transport,
        open_more: Callable[[], SmtpTransport] | None,
        log: FilteringBoundLogger,
        *,
        most: int,
        on_sent: Callable[[Sent], None],
        on_change: Callable[[int], None],
        is_stopped: Callable[[], bool],
        while_waiting: Callable[[], None],
    ) -> None:
        """*open_more* None keeps to the *first* connection, else there are at most *most*.
        *on_sent* is called for each message tried, by one session at a time, *on_change* with
        the number of busy sessions whenever it changes, *while_waiting* now and then while they
        are slow. Once *is_stopped*, each session ends after the mail at hand."""
        self._sender = sender
        self._first: Transport | None = first
        self._open_more = open_more
        self._most = most
        self._log = log
        self._on_sent = on_sent
        self._on_change = on_change
        self._is_stopped = is_stopped
        self._while_waiting = while_waiting
        self._is_proven = False
        self._lock = Lock()
        self._work = Condition(self._lock)
        self._room = Condition(self._lock)
        self._ready: deque[Work] = deque()
        self._threads: list[Thread] = []
        self._busy = 0
        self._has_ended = False
        self._error: BaseException | None = None

    def send(self, claimed: Claimed, mail: OutgoingMail, *, with_many: bool) -> None:
        """Send one message: now, or, *with_many* others, as soon as a session is free.

        Waits while many are ready.
        """
        is_alone = self._open_more is None or not (with_many and self._is_proven)
        if self._first is not None and is_alone:
            self._try((claimed, mail), self._first)
            return
        with self._lock:
            self._ready.append((claimed, mail))
            if self._busy == len(self._threads) < self._most:
                self._start()
            self._work.notify()
        while not self._has_room():
            self._while_waiting()

    def count(self, sent: Sent) -> None:
        """Pass on what became of a message that never came as far as a session."""
        with self._lock:
            self._on_sent(sent)

    def keep_to(self, most: int) -> None:
        """Open no more connections than that; those that are open stay."""
        with self._lock:
            self._most = min(self._most, most)

    @property
    def has_failed(self) -> bool:
        """Whether a session ended with an error, which ``finish`` will raise."""
        return self._error is not None

    def drain(self) -> None:
        """Wait until nothing is ready or under way."""
        while not self._is_quiet():
            self._while_waiting()

    def take_back(self) -> list[Claimed]:
        """The messages that no session has begun; none of them will be sent."""
        with self._lock:
            left = [claimed for claimed, _mail in self._ready]
            self._ready.clear()
            return left

    def finish(self) -> None:
        """Wait until every session has ended; raises what ended one of them."""
        with self._lock:
            self._has_ended = True
            self._work.notify_all()
        for thread in self._threads:
            while thread.is_alive():
                thread.join(LOOK_EVERY)
                if thread.is_alive():
                    self._while_waiting()
        if self._error is not None:
            raise self._error

    def _has_room(self) -> bool:
        with self._lock:
            if len(self._ready) < READY_AHEAD:
                return True
            # Once full, half of it is waited for: else each mail would cost two changes of threads.
            return self._room.wait_for(
                lambda: self._has_much_room() or self._is_stopped() or self._error is not None,
                LOOK_EVERY,
            )

    def _has_much_room(self) -> bool:
        return len(self._ready) <= READY_AHEAD // 2

    def _is_quiet(self) -> bool:
        with self._lock:
            return self._room.wait_for(
                lambda: not (self._ready or self._busy) or self._error is not None, LOOK_EVERY
            )

    def _start(self) -> None:
        thread = Thread(target=self._run, args=(self._first,), name="session", daemon=True)
        self._first = None
        self._threads.append(thread)
        self._change_busy(+1)
        thread.start()

    def _run(self, given: Transport | None) -> None:
        own: SmtpTransport | None = None
        try:
            if given is None and self._open_more is not None:
                own = self._opened(self._open_more())
            used = given or own
            while used is not None and (work := self._next()) is not None:
                self._try(work, used)
        except BaseException as error:
            with self._lock:
                self._error = self._error or error
        finally:
            if own is not None:
                own.close()
            with self._lock:
                self._change_busy(-1)

    def _opened(self, transport: SmtpTransport) -> SmtpTransport | None:
        """One more connection. That a relay wants no more of them is no fault of its own."""
        refused = transport.connect()
        if refused is None:
            return transport
        with self._lock:
            self._most = max(1, len(self._threads) - 1)
        self._log.info("session_refused", text=refused.text, sessions=self._most)
        return None

    def _next(self) -> Work | None:
        with self._lock:
            if not self._ready:
                self._change_busy(-1)
                self._work.wait_for(lambda: self._ready or self._has_ended or self._is_stopped())
                self._change_busy(+1)
            if not self._ready or self._is_stopped():
                return None
            work = self._ready.popleft()
            if self._has_much_room():
                self._room.notify()
            return work

    def _change_busy(self, by: int) -> None:
        self._busy += by
        self._on_change(self._busy)
        self._room.notify_all()

    def _try(self, work: Work, transport: Transport) -> None:
        sent = self._sender.send(*work, transport)
        with self._lock:
            self._is_proven = self._is_proven or sent.state == "sent"
            self._on_sent(sent)
