"""Sending over SMTP, driven phase by phase; ``smtp*.py`` are the only files that know its codes.

``smtplib`` is not used: its ``sendmail`` raises the same exception for a connection lost
before and after the final dot, and ``with SMTP()`` lets a bad reply to QUIT turn a mail
that was taken into an error. Here every phase has a time limit and a verdict of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from reminder.clock import steady_seconds
from reminder.crash_points import CrashPoint, passing
from reminder.mail.octets import LONGEST_LINE, has_bare_break, has_long_line
from reminder.mail.smtp_session import Ended, Session, Timers, is_usable_after
from reminder.mail.smtp_verdicts import judged
from reminder.mail.transport import (
    BeforeDot,
    Outcome,
    OutgoingMail,
    TransportCheck,
    Verdict,
)
from reminder.mail.wire import WireError
from reminder.mail_url import MailUrl, is_loopback

if TYPE_CHECKING:
    import ssl

MOST_MAILS = 50
"""Mails over one connection before it is renewed."""
LONGEST_SESSION = 300.0
LONGEST_PAUSE = 5.0
"""Seconds from the granted intent to the dot; a machine that slept longer must not dot."""

_NO_XTEXT = re.compile(r"[^!-~]|[+=]")
_PATH = re.compile(r"[^\x00-\x20<>\x7f@]+@[^\x00-\x20<>\x7f@]+")


class SmtpTransport:
    """Sends over one connection at a time, which it keeps for the next mails."""

    def __init__(
        self,
        url: MailUrl,
        *,
        timers: Timers | None = None,
        tls: ssl.SSLContext | None = None,
        require_tls: bool | None = None,
        elapsed: Callable[[], float] = steady_seconds,
    ) -> None:
        """*require_tls* is on by default, save for a relay on this machine itself."""
        near = is_loopback(url.host)
        self._require_tls = not near if require_tls is None else require_tls
        if not (self._require_tls or near or url.scheme == "smtps"):
            raise ValueError(f"mail to {url.host} without TLS would travel in the clear")
        self._url = url
        self._timers = timers or Timers.towards(url.host)
        self._tls = tls
        self._elapsed = elapsed
        self._session: Session | None = None
        self._opened = 0.0

    def send(self, mail: OutgoingMail, before_dot: BeforeDot) -> Outcome:
        """Try once. A kept connection that the relay has closed meanwhile is renewed at once."""
        flaw = _flaw(mail)
        if flaw:
            return self._outcome(Verdict.HELD, "body", flaw)
        self._retire_session()
        was_kept = self._session is not None
        try:
            return self._attempt(mail, before_dot)
        except Ended as ended:
            if not (was_kept and ended.is_idle_close):
                return ended.outcome
        try:
            return self._attempt(mail, before_dot)
        except Ended as ended:
            return ended.outcome

    def connect(self) -> Outcome | None:
        """Open the connection if there is none; what kept it from being opened, else None."""
        try:
            if self._session is None:
                self._open_session()
        except Ended as ended:
            return ended.outcome
        return None

    def close(self) -> None:
        """End the session; whatever comes of that changes no verdict."""
        session, self._session = self._session, None
        if session is not None:
            passing(CrashPoint.BEFORE_QUIT)
            session.quit()

    def verify(self) -> list[TransportCheck]:
        """Connect, TLS, AUTH and NOOP, for ``doctor``; sends nothing."""
        self.close()
        names = ["connect", "TLS", "AUTH", "NOOP"]
        try:
            session = self._open_session()
            session.expect_2yz("noop", "NOOP")
        except Ended as ended:
            self._drop_session()
            outcome = ended.outcome
            place = {"starttls": 1, "auth": 2, "noop": 3}.get(outcome.phase, 0)
            said = f"{outcome.code or ''} {outcome.enhanced} {outcome.text}"
            failed = TransportCheck(names[place], False, " ".join(said.split()))
            return [*(TransportCheck(name, True, "ok") for name in names[:place]), failed]
        tls = "certificate checked" if session.is_encrypted else "not needed on this machine"
        user = "accepted" if self._url.user else "no user configured"
        self.close()
        details = [session.relay, tls, user, "ok"]
        return [TransportCheck(*row) for row in zip(names, [True] * 4, details, strict=True)]

    def _attempt(self, mail: OutgoingMail, before_dot: BeforeDot) -> Outcome:
        try:
            return self._transact(self._session or self._open_session(), mail, before_dot)
        except Ended as ended:
            if not (ended.is_usable and self._session is not None and self._session.reset()):
                self._drop_session()
            raise
        except BaseException:
            # Also where before_dot itself raises: without the dot the relay has nothing.
            self._drop_session()
            raise

    def _transact(self, session: Session, mail: OutgoingMail, before_dot: BeforeDot) -> Outcome:
        session.mails += 1
        session.expect_2yz("mail", self._mail_command(session, mail))
        session.expect_2yz("rcpt", _rcpt_command(session, mail))
        reply = session.ask("data", "DATA")
        if reply.code // 100 != 3:
            raise session.refused("data", reply)
        passing(CrashPoint.DATA_GRANTED)
        self._write_body(session, mail.data)
        self._heed_early_word(session)
        if not before_dot():
            raise Ended(self._outcome(Verdict.FENCED, "body", "called off before the final dot"))
        allowed = self._elapsed()
        self._heed_early_word(session)
        if self._elapsed() - allowed > LONGEST_PAUSE:
            text = "too much time passed between the intent and the final dot; it was not sent"
            raise Ended(self._outcome(Verdict.DEFERRED, "body", text))
        session.say("dot", ".")
        passing(CrashPoint.DOT_SENT)
        reply = session.listen("dot")
        passing(CrashPoint.REPLY_READ)
        outcome = judged("dot", reply, session.relay)
        # After a verdict the transaction is cleared by the protocol itself: no RSET needed.
        if not is_usable_after(reply):
            self._drop_session()
        return outcome

    def _mail_command(self, session: Session, mail: OutgoingMail) -> str:
        offered, options = session.extensions, ""
        if "SIZE" in offered:
            size, limit = len(mail.data), offered["SIZE"]
            if limit.isdigit() and 0 < int(limit) < size:
                text = f"the mail has {size} octets and the relay takes at most {limit}"
                raise Ended(self._outcome(Verdict.HELD, "mail", text), is_usable=True)
            options += f" SIZE={size}"
        sender = _path(mail.sender) if mail.sender else ""
        needed = []
        if not mail.data.isascii():
            needed.append(("8BITMIME", "BODY=8BITMIME"))
        if not (sender + _path(mail.recipient)).isascii():
            needed.append(("SMTPUTF8", "SMTPUTF8"))
        for name, option in needed:
            if name not in offered:
                text = f"needs {name}, which the relay does not offer"
                raise Ended(self._outcome(Verdict.HELD, "mail", text), is_usable=True)
            options += f" {option}"
        if mail.envelope_id and "DSN" in offered:
            options += f" RET=HDRS ENVID={mail.envelope_id}"
        return f"MAIL FROM:<{sender}>{options}"

    def _write_body(self, session: Session, data: bytes) -> None:
        stuffed = data.replace(b"\r\n.", b"\r\n..")
        if stuffed.startswith(b"."):
            stuffed = b"." + stuffed
        if not stuffed.endswith(b"\r\n"):
            stuffed += b"\r\n"
        try:
            session.wire.write(stuffed, self._timers.body)
            passing(CrashPoint.MID_BODY)
        except WireError as error:
            raise session.lost("body", error) from None

    def _heed_early_word(self, session: Session) -> None:
        """End here if the relay hung up or spoke before the dot: it provably has no mail."""
        try:
            if not session.wire.has_input():
                return
            reply = session.wire.read_reply(self._timers.command)
        except WireError as error:
            raise session.lost("body", error) from None
        raise Ended(judged("body", reply, session.relay))

    def _open_session(self) -> Session:
        session = Session(self._url, self._timers, self._tls, require_tls=self._require_tls)
        passing(CrashPoint.CONNECTED)
        try:
            session.open()
        except BaseException:
            session.wire.close()
            raise
        self._session, self._opened = session, self._elapsed()
        return session

    def _retire_session(self) -> None:
        session = self._session
        if session is not None and (
            session.mails >= MOST_MAILS or self._elapsed() - self._opened >= LONGEST_SESSION
        ):
            self.close()

    def _drop_session(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.wire.close()

    def _outcome(self, verdict: Verdict, phase: str, text: str) -> Outcome:
        return Outcome(verdict, phase, text=text, relay=f"{self._url.host}:{self._url.port}")


def _flaw(mail: OutgoingMail) -> str:
    """What keeps these bytes and addresses from going out; empty where nothing does."""
    if has_bare_break(mail.data):
        return "the mail has a bare CR or LF, or a NUL, in it; it was not sent"
    if has_long_line(mail.data):
        return f"the mail has a line of more than {LONGEST_LINE} octets; it was not sent"
    if mail.sender and not _PATH.fullmatch(mail.sender):
        return "the sender's address cannot be put into an SMTP command; mend REMINDER_MAIL_FROM"
    if not _PATH.fullmatch(mail.recipient):
        return "the recipient's address cannot be put into an SMTP command; mend the contact"
    return ""


def _rcpt_command(session: Session, mail: OutgoingMail) -> str:
    """Asks for a report where the mail fails or is late, if the relay offers them (RFC 3461)."""
    recipient = _path(mail.recipient)
    options = ""
    if mail.envelope_id and "DSN" in session.extensions:
        options = " NOTIFY=FAILURE,DELAY"
        if recipient.isascii():
            options += f" ORCPT=rfc822;{_NO_XTEXT.sub(_in_xtext, recipient)}"
    return f"RCPT TO:<{recipient}>{options}"


def _in_xtext(match: re.Match[str]) -> str:
    return f"+{ord(match[0]):02X}"


def _path(address: str) -> str:
    """*address* with its domain in ASCII; the part before the @ stays as people wrote it."""
    if address.isascii():
        return address
    import idna

    local, _, domain = address.rpartition("@")
    try:
        return f"{local}@{idna.encode(domain, uts46=True).decode('ascii')}"
    except idna.IDNAError:
        return address
