"""An SMTP connection from connect to AUTH, and the commands that go over it."""

from __future__ import annotations

import socket
import ssl
from base64 import b64encode
from dataclasses import dataclass
from datetime import timedelta

from reminder.mail.smtp_verdicts import judged, scrubbed, without_reply
from reminder.mail.transport import Outcome, Verdict
from reminder.mail.wire import Reply, Wire, WireError
from reminder.mail_url import MailUrl, is_loopback

_SHUTTING_DOWN = 421
_FAREWELL = 10.0


@dataclass(frozen=True, slots=True)
class Timers:
    """Seconds that each phase may take; ``command`` is for greeting, EHLO, AUTH, MAIL, RCPT.

    The long wait after the dot is the standard's: giving up sooner makes second copies.
    """

    connect: float = 30
    command: float = 300
    data: float = 120
    body: float = 180
    dot: float = 600

    @classmethod
    def towards(cls, host: str) -> Timers:
        """The shipped values: shorter for a relay on this machine, which answers at once."""
        return cls(command=60, dot=120) if is_loopback(host) else cls()

    def of(self, phase: str) -> float:
        """The limit of one phase."""
        special = {
            "connect": self.connect,
            "data": self.data,
            "body": self.body,
            "dot": self.dot,
        }
        return special.get(phase, self.command)

    @property
    def longest_send(self) -> timedelta:
        """How long one mail can take with a connection of its own; a lease should last longer."""
        # Greeting, EHLO, STARTTLS, the handshake, EHLO, three lines of AUTH, MAIL, RCPT.
        commands = 10 * self.command
        return timedelta(seconds=self.connect + commands + self.data + self.body + self.dot)


class Ended(Exception):
    """The attempt is over before its time; ``is_usable`` if the connection is still good.

    ``is_idle_close``: the relay had closed a connection that we had kept.
    """

    def __init__(
        self, outcome: Outcome, *, is_usable: bool = False, is_idle_close: bool = False
    ) -> None:
        super().__init__(outcome.text)
        self.outcome = outcome
        self.is_usable = is_usable
        self.is_idle_close = is_idle_close


class Session:
    """One connection, past AUTH once ``open`` has returned. Raises only ``Ended``."""

    def __init__(
        self, url: MailUrl, timers: Timers, tls: ssl.SSLContext | None, *, require_tls: bool
    ) -> None:
        self._url = url
        self._timers = timers
        self._tls = tls
        self._require_tls = require_tls
        self.relay = f"{url.host}:{url.port}"
        self.extensions: dict[str, str] = {}
        self.mails = 0
        try:
            self.wire = Wire(url.host, url.port, timers.connect)
        except (OSError, UnicodeError) as error:
            text = f"{self.relay} cannot be reached: {_reason(error)}; check REMINDER_MAIL_URL"
            raise self._unusable("connect", text) from None

    @property
    def is_encrypted(self) -> bool:
        """Whether TLS is up and the certificate was checked."""
        return self.wire.is_encrypted

    def open(self) -> None:
        """Greeting, EHLO, STARTTLS and AUTH, as far as the URL asks for them."""
        if self._url.scheme == "smtps":
            self._encrypt()
        self.expect_2yz("greeting", None)
        self._hello()
        if self._require_tls and not self.is_encrypted:
            if "STARTTLS" not in self.extensions:
                raise self._unusable(
                    "starttls",
                    f"{self.relay} does not offer STARTTLS, so mail would travel in the clear; "
                    "use another port or relay, or write smtps:// in REMINDER_MAIL_URL",
                )
            self.expect_2yz("starttls", "STARTTLS")
            self._encrypt()
            self._hello()  # what was offered in the clear could have been forged
        if self._url.user:
            self._log_in()

    def ask(self, phase: str, command: str | None) -> Reply:
        """Send a command (None: say nothing) and wait for the reply."""
        if command is not None:
            self.say(phase, command)
        return self.listen(phase)

    def say(self, phase: str, command: str) -> None:
        """Send a command."""
        try:
            self.wire.write(command.encode() + b"\r\n", self._timers.command)
        except WireError as error:
            raise self.lost(phase, error) from None

    def listen(self, phase: str) -> Reply:
        """Wait for the reply to what was said in that phase."""
        try:
            return self.wire.read_reply(self._timers.of(phase))
        except WireError as error:
            raise self.lost(phase, error) from None

    def expect_2yz(self, phase: str, command: str | None) -> Reply:
        """Like ``ask``; any other reply ends the attempt with the verdict of its phase."""
        reply = self.ask(phase, command)
        if reply.code // 100 != 2:
            raise self.refused(phase, reply)
        return reply

    def refused(self, phase: str, reply: Reply) -> Ended:
        """The end of an attempt by a reply."""
        return Ended(
            judged(phase, reply, self.relay),
            is_usable=is_usable_after(reply),
            is_idle_close=phase == "mail" and reply.code == _SHUTTING_DOWN,
        )

    def lost(self, phase: str, error: WireError) -> Ended:
        """The end of an attempt because no reply was had."""
        return Ended(
            without_reply(phase, str(error), self.relay),
            is_idle_close=phase == "mail" and error.is_closed,
        )

    def reset(self) -> bool:
        """Clear a refused transaction; whether the connection can be used again."""
        try:
            self.wire.write(b"RSET\r\n", _FAREWELL)
            return self.wire.read_reply(_FAREWELL).code // 100 == 2
        except WireError:
            return False

    def quit(self) -> None:
        """Say QUIT and hang up without waiting: no answer to it could change a verdict."""
        try:
            self.wire.write(b"QUIT\r\n", _FAREWELL)
        except WireError:
            pass
        finally:
            self.wire.close()

    def _hello(self) -> None:
        reply = self.expect_2yz("ehlo", f"EHLO {_own_name(self.wire)}")
        self.extensions = {}
        for line in reply.lines[1:]:
            # Some relays also write "AUTH=PLAIN", for mail programs of the last century.
            name, _, value = line.replace("=", " ", 1).partition(" ")
            name = name.upper()
            self.extensions[name] = f"{self.extensions.get(name, '')} {value}".strip()

    def _encrypt(self) -> None:
        try:
            context = self._tls or _tls_context()
            self.wire.encrypt(context, self._url.host, self._timers.command)
            return
        except ssl.SSLCertVerificationError as error:
            text = (
                f"the certificate of {self.relay} is not good: {error.verify_message}; write "
                "the relay's name as its certificate has it, or have the certificate mended"
            )
        except ssl.SSLError as error:
            text = f"{self.relay} and this service agree on no TLS 1.2 or later: {error.reason}"
        except (OSError, WireError) as error:
            text = f"the TLS handshake with {self.relay} failed: {_reason(error)}"
        raise self._unusable("starttls", text)

    def _log_in(self) -> None:
        user, password = self._url.user.encode(), self._url.password.encode()
        offered = self.extensions.get("AUTH", "").upper().split()
        if "PLAIN" in offered:
            lines = [b"AUTH PLAIN " + b64encode(b"\0%b\0%b" % (user, password))]
        elif "LOGIN" in offered:
            lines = [b"AUTH LOGIN", b64encode(user), b64encode(password)]
        else:
            raise self._unusable(
                "auth",
                f"{self.relay} offers no AUTH PLAIN or LOGIN; take user and password out of "
                "REMINDER_MAIL_URL, or use the port meant for submission (587)",
            )
        for line in lines:
            reply = self.ask("auth", line.decode("ascii"))
            if reply.code // 100 == 2:
                return
            if reply.code // 100 != 3:
                break
        raise self.refused("auth", reply)

    def _unusable(self, phase: str, text: str) -> Ended:
        return Ended(Outcome(Verdict.RELAY, phase, text=scrubbed(text), relay=self.relay))


def is_usable_after(reply: Reply) -> bool:
    """Whether the relay will listen to more after it has said this."""
    return reply.code // 100 in (2, 4, 5) and reply.code != _SHUTTING_DOWN


def _own_name(wire: Wire) -> str:
    """What we call ourselves: the machine's full name, else its number. No look-up is made."""
    name = socket.gethostname()
    if "." in name and name.isascii() and "localhost" not in name:
        return name
    number = wire.local_host
    return f"[IPv6:{number}]" if ":" in number else f"[{number}]"


def _tls_context() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
