"""What waits for a person, answered with the installed program."""

from __future__ import annotations

from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest

from tests.installed import done, mails_of, relay, reminder, rows_of, shown, without_digests
from tests.registers import BUREAUS, CONTACTS, csv_text, write_files
from tests.smtp_server import DROP, SmtpServer

MONDAY = "2026-03-02T09:00:00+07:00"
NOON = "2026-03-02T12:00:00+07:00"
AFTERNOON = "2026-03-02T15:00:00+07:00"
BY = ("--by", "admin@biro.example.go.id", "--note", "asked by phone")


def imported(home: Path, folder: Path, count: int) -> Path:
    """Agreements that all reached a lead time, each with an officer of its own."""
    header = ["ref", "title", "kind", "bureau", "officer", "signed_on", "expires_on"]
    rows = [
        [f"KSD-{number}", "Kerja sama", "KSDPL", "B-01", f"p{number}@biro.example.go.id",
         "2021-05-31", "2026-05-31"]
        for number in range(count)
    ]  # fmt: skip
    files = {"bureaus": BUREAUS, "contacts": CONTACTS, "agreements": csv_text(header, rows)}
    done(home, "import", write_files(folder, files))
    return home


@pytest.fixture
def stormy(home: Path, tmp_path: Path) -> Path:
    """A home whose scan made five mails, where two are the most."""
    (home / "config").mkdir(exist_ok=True)
    (home / "config" / "reminder.yaml").write_text("storm: {more_than: 2, times_usual: 3}\n")
    without_digests(home)
    imported(home, tmp_path / "register", 5)
    done(home, "once", at=MONDAY)
    return home


def ids(home: Path) -> dict[str, str]:
    """The message about each agreement, without brackets, as a shell can take it."""
    query = "SELECT agreement, message_id FROM notices ORDER BY agreement"
    return {ref: message_id.strip("<>") for ref, message_id in rows_of(home, query)}


def told(home: Path) -> list[str]:
    """Who has a mail: the admin, and those whose mail was not held."""
    return sorted(str(mail["To"]) for mail in mails_of(home))


def logged(home: Path, agreement: str) -> Any:
    """The only message about it."""
    (found,) = shown(home, "log", "--agreement", agreement, at=AFTERNOON)
    return found


def test_storm_is_one_line_that_says_how_many_and_what_to_write(stormy: Path) -> None:
    text = done(stormy, "held", at=NOON)
    assert "storm: 5 messages held since 2026-03-02 02:00 UTC" in text
    assert "the first scan after an import" in text
    assert "reminder release --storm, or reminder discard --storm" in text
    found = shown(stormy, "held", at=NOON)
    assert (found["messages"], found["clock"]) == ([], None)
    assert (found["storm"]["messages"], found["storm"]["usual"]) == (5, None)
    assert told(stormy) == ["admin@biro.example.go.id"]


def test_dry_run_of_an_import_says_that_the_scan_would_be_held(home: Path, tmp_path: Path) -> None:
    header = ["ref", "title", "kind", "bureau", "officer", "signed_on", "expires_on"]
    rows = [[f"K-{n}", "Kerja sama", "KSDPL", "B-01", f"p{n}@biro.example.go.id", "2021-05-31",
             "2026-05-31"] for n in range(60)]  # fmt: skip
    files = {"bureaus": BUREAUS, "contacts": CONTACTS, "agreements": csv_text(header, rows)}
    told = done(home, "import", "--dry-run", write_files(tmp_path / "in", files))
    assert "It would cause 60 mails today." in told
    assert "The scan would hold all 60 of them until you release them" in told


def test_one_is_discarded_one_released_and_the_rest_of_the_storm_let_go(stormy: Path) -> None:
    named = ids(stormy)
    assert "1 message discarded" in done(stormy, "discard", named["KSD-0"], *BY, at=NOON)
    assert "1 message released" in done(stormy, "release", named["KSD-1"][:12], *BY, at=NOON)
    assert shown(stormy, "held", at=NOON)["storm"]["messages"] == 3
    done(stormy, "once", at=NOON)
    assert told(stormy) == ["admin@biro.example.go.id", "p1@biro.example.go.id"]
    assert logged(stormy, "KSD-0")["state"] == "suppressed"
    why = done(stormy, "why", "KSD-0", at=NOON)
    assert "was kept from leaving: discarded by admin@biro.example.go.id: asked by phone" in why

    assert "3 messages released" in done(stormy, "release", "--storm", at=AFTERNOON)
    assert done(stormy, "held", at=AFTERNOON) == "Nothing waits for a person.\n"
    done(stormy, "once", at=AFTERNOON)
    assert told(stormy)[1:] == [f"p{number}@biro.example.go.id" for number in range(1, 5)]
    assert shown(stormy, "status", at=AFTERNOON)["storm"] is None
    events = rows_of(
        stormy, "SELECT kind, actor FROM events WHERE kind IN ('discarded','released')"
    )
    assert events.count(("discarded", "admin@biro.example.go.id")) == 1
    assert len(events) == 5


def test_one_wrong_name_and_nothing_is_changed(stormy: Path) -> None:
    named = ids(stormy)
    ended = reminder(stormy, "release", named["KSD-1"], "no-such-mail", at=NOON)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert 'There is no message "no-such-mail"; see reminder held' in ended.stderr
    assert shown(stormy, "held", at=NOON)["storm"]["messages"] == 5


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["release"], id="nothing named"),
        pytest.param(["release", "x", "--storm"], id="a name and the storm"),
        pytest.param(["release", "clock", "x"], id="the clock and a message"),
        pytest.param(["discard"], id="nothing to discard"),
        pytest.param(["resend", "x", "--by", "nobody"], id="no address"),
    ],
)
def test_wrong_use_ends_with_2(home: Path, arguments: list[str]) -> None:
    assert reminder(home, *arguments).returncode == 2


def test_clock_that_nobody_doubts_need_not_be_released(home: Path) -> None:
    assert "not in doubt" in done(home, "release", "clock", at="")


def test_uncertain_mails_are_resent_marked_or_assumed_sent(home: Path, tmp_path: Path) -> None:
    imported(home, tmp_path / "register", 2)
    with SmtpServer(tmp_path) as server:
        settings = relay(server.port)
        server.then("dot", DROP, DROP)
        done(home, "once", at=MONDAY, **settings)
        named = ids(home)
        found = shown(home, "held", at=MONDAY)
        assert [message["state"] for message in found["messages"]] == ["uncertain"] * 2
        refused = reminder(home, "release", *named.values(), at=MONDAY)
        assert refused.returncode == 1
        assert refused.stderr.count("reminder resend or reminder assume-sent") == 2

        done(home, "assume-sent", named["KSD-0"], *BY, at=MONDAY)
        done(home, "resend", named["KSD-1"], *BY, at=MONDAY)
        done(home, "once", at="2026-03-02T09:10:00+07:00", **settings)
        (mail,) = (message_from_bytes(stored.data) for stored in server.mails)

    assert mail["To"] == "p1@biro.example.go.id"
    assert mail["Message-ID"] == f"<{named['KSD-1']}>"
    assert mail["X-Possible-Duplicate"].startswith("attempt=2; first=2026-03-02T02:00:0")
    resent, assumed = logged(home, "KSD-1"), logged(home, "KSD-0")
    assert (resent["state"], resent["possible_duplicate"]) == ("sent", True)
    assert (assumed["state"], assumed["possible_duplicate"]) == ("sent", False)
    assert [attempt["verdict"] for attempt in assumed["attempts"]] == ["uncertain"]
    word = "assumed sent by admin@biro.example.go.id: asked by phone"
    assert assumed["reason"] == word
    assert word in done(home, "why", "KSD-0", at=AFTERNOON)
    again = reminder(home, "resend", named["KSD-1"], at=AFTERNOON)
    assert again.returncode == 1
    assert "RFC 5322" in again.stderr
