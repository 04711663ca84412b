"""How long a lease lasts against the timers of SMTP: whoever waits for a reply still owns it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from reminder.mail.open_transport import patience_with
from reminder.mail.smtp_session import Timers

RELAYS = ["127.0.0.1", "relay.example.go.id"]


@pytest.mark.parametrize("host", RELAYS)
def test_lease_needed_at_the_dot_outlasts_the_wait_for_its_reply(host: str) -> None:
    patience = patience_with(f"smtp://{host}:25")
    assert patience.dot > timedelta(seconds=Timers.towards(host).dot)


@pytest.mark.parametrize("host", RELAYS)
def test_lease_outlasts_every_phase_of_one_mail_taken_to_its_limit(host: str) -> None:
    timers = Timers.towards(host)
    encrypted = ["starttls", "handshake", "ehlo", "auth", "auth", "auth"]
    phases = ["connect", "greeting", "ehlo", *encrypted, "mail", "rcpt", "data", "body", "dot"]
    longest = timedelta(seconds=sum(map(timers.of, phases)))
    assert patience_with(f"smtp://{host}:25").lease > longest


@pytest.mark.parametrize("url", [*(f"smtp://{host}:25" for host in RELAYS), "maildir:/var/mail"])
def test_fresh_lease_is_long_enough_for_an_intent(url: str) -> None:
    patience = patience_with(url)
    assert patience.dot < patience.lease
