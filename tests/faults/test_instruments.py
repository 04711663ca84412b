"""The instruments themselves: a relay and a proxy must do the harm that tests ask of them."""

from __future__ import annotations

import socket
from contextlib import ExitStack, closing
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from reminder.mail.smtp_session import Timers
from reminder.mail.transport import Verdict
from tests.faults.relayed import IMPATIENT, smtp
from tests.mails import make_mail
from tests.smtp_server import Envelope, Luck, SmtpServer, reply
from tests.smtp_server.process import relay_process
from tests.tcp_proxy import Cut, TcpProxy

PATIENT = Timers(connect=10, command=10, data=10, body=10, dot=10)


def attempt(port: int, number: int = 1, timers: Timers = PATIENT) -> Verdict:
    """The verdict on one mail over a connection of its own."""
    with smtp(port, timers) as transport:
        return transport.send(make_mail(number), lambda: True).verdict


def test_a_connection_too_many_is_told_421(tmp_path: Path) -> None:
    with SmtpServer(tmp_path, most_connections=1) as server, ExitStack() as stack:
        first = stack.enter_context(smtp(server.port))
        assert first.send(make_mail(1), lambda: True).verdict is Verdict.SENT
        assert attempt(server.port, 2) is Verdict.RELAY
        assert first.send(make_mail(3), lambda: True).verdict is Verdict.SENT
    assert len(server.mails) == 2


def test_a_script_for_one_recipient_spares_the_others(server: SmtpServer) -> None:
    server.for_recipient("petugas@example.go.id", "rcpt", reply("450 4.2.0 later"), None)
    server.for_recipient("other@example.go.id", "rcpt", reply("550 5.1.1 no such user"))
    verdicts = [attempt(server.port, number) for number in range(3)]
    assert verdicts == [Verdict.DEFERRED, Verdict.SENT, Verdict.SENT]


def test_a_phase_that_there_is_not_is_refused(server: SmtpServer) -> None:
    with pytest.raises(ValueError, match="'recpt' is no phase"):
        server.then("recpt", reply("250 ok"))


def test_luck_is_as_often_as_asked_and_the_same_for_a_seed() -> None:
    first, second, other = (Luck({"dot": 0.1}, seed) for seed in (1, 1, 2))
    struck = [
        [luck("dot", Envelope()) is not None for _mail in range(10_000)]
        for luck in (first, second, other)
    ]
    assert struck[0] == struck[1] != struck[2]
    assert 900 < first.struck < 1_100
    assert first("mail", Envelope()) is None


def test_a_relay_process_drops_some_mails_and_knows_which_it_took(tmp_path: Path) -> None:
    with relay_process(tmp_path, "--drop", "0.3", "--seed", "1", "--unsynced") as relay:
        verdicts = [attempt(relay.port, number) for number in range(60)]
        taken = {mail.message_id for mail in relay.mails()}
    sent = {
        f"<mail-{place}@example.go.id>" for place, v in enumerate(verdicts) if v is Verdict.SENT
    }
    unknown = verdicts.count(Verdict.UNCERTAIN)
    assert {Verdict.SENT, Verdict.DEFERRED, Verdict.UNCERTAIN} <= set(verdicts)
    assert sent <= taken
    assert len(taken) <= len(sent) + unknown


def test_a_proxy_cuts_after_some_octets_of_either_side(server: SmtpServer) -> None:
    with TcpProxy(("127.0.0.1", server.port)) as proxy:
        proxy.cuts.append(Cut("server", 10))
        assert attempt(proxy.port) is Verdict.RELAY
        proxy.cuts.append(Cut("client", 0, b"RCPT"))
        assert attempt(proxy.port) is Verdict.DEFERRED
        assert [line.split()[0] for line in server.commands] == ["EHLO", "MAIL"]
        proxy.cuts.append(Cut("server", 0, b"250 2.0.0 Ok: queued"))
        assert attempt(proxy.port) is Verdict.UNCERTAIN
        assert len(server.mails) == 1
        assert attempt(proxy.port) is Verdict.SENT


def test_a_proxy_refuses_swallows_and_delays(server: SmtpServer) -> None:
    with TcpProxy(("127.0.0.1", server.port)) as proxy:
        proxy.is_refusing = True
        assert attempt(proxy.port) is Verdict.RELAY
        proxy.is_refusing = False
        proxy.swallowed.add("server")
        assert attempt(proxy.port, timers=IMPATIENT) is Verdict.RELAY
        proxy.swallowed.clear()
        proxy.may_pass.clear()
        assert attempt(proxy.port, timers=IMPATIENT) is Verdict.RELAY
        proxy.may_pass.set()
        assert attempt(proxy.port) is Verdict.SENT
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", proxy.port))


@pytest.mark.parametrize(
    ("octets", "is_committed"), [(0, False), (len(b"COMMIT\0"), True)], ids=["before", "after"]
)
def test_a_proxy_before_postgresql_cuts_at_a_commit(
    postgresql_url: str, octets: int, is_committed: bool
) -> None:
    url = make_url(postgresql_url)
    folder, database = url.query["host"], url.database
    unix = f"host={folder} user={url.username} dbname={database}"
    with psycopg.connect(unix) as direct, TcpProxy(Path(f"{folder}/.s.PGSQL.5432")) as proxy:
        direct.execute("CREATE TABLE kept (number int)")
        direct.commit()
        proxy.cuts.append(Cut("client", octets, b"COMMIT\0"))
        tcp = f"host=127.0.0.1 port={proxy.port} user={url.username} dbname={database}"
        with closing(psycopg.connect(tcp)) as cut:
            cut.execute("INSERT INTO kept VALUES (1)")
            with pytest.raises(psycopg.OperationalError):
                cut.commit()
        assert proxy.was_cut.is_set()
        # The row is locked as long as its fate is open; so this waits until it is known.
        direct.execute("LOCK TABLE kept")
        assert direct.execute("SELECT count(*) FROM kept").fetchone() == (int(is_committed),)
