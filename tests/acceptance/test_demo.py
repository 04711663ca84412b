"""``demo`` as somebody runs it who wants to see what the service does."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from reminder.home_lock import hold_home

if TYPE_CHECKING:
    from email.message import EmailMessage

# An environment that would send real mail: the demonstration must not use it.
HOSTILE = {
    "PATH": "/usr/bin:/bin",
    "REMINDER_MAIL_URL": "smtp://relay.example.go.id:587",
    "REMINDER_MAIL_FROM": "x@example.go.id",
    "REMINDER_DATABASE_URL": "postgresql://nobody@database.example.go.id/real",
}


def reminder(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "reminder", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env=HOSTILE,
        cwd=Path(__file__).parents[2],
    )


@dataclass
class Run:
    """A finished demonstration: its first run, a second one over it, and what is in the home."""

    home: Path
    first: dict[str, Any]
    second: subprocess.CompletedProcess[str]

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.home / "var" / "reminder.db")) as connection:
            return connection.execute(query).fetchall()

    def count(self, table: str) -> int:
        number: int = self.rows(f"SELECT count(*) FROM {table}")[0][0]
        return number

    @property
    def summary(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.second.stdout)
        return found

    def mails(self) -> list[EmailMessage]:
        return [
            message_from_bytes(file.read_bytes(), policy=policy.default)
            for file in (self.home / "var" / "mail" / "new").iterdir()
        ]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    home = tmp_path_factory.mktemp("demo") / "home"
    first = reminder("demo", home, "--json")
    assert first.returncode == 0, first.stderr
    (home / "my-notes.txt").write_text("mine")
    return Run(home, json.loads(first.stdout), reminder("demo", home, "--json"))


def test_nothing_is_written_beside_the_summary_in_a_pipe(run: Run) -> None:
    assert run.second.returncode == 0
    assert run.second.stderr == ""


def test_second_run_gives_the_same_numbers(run: Run) -> None:
    one, two = dict(run.first), run.summary
    # Message-IDs come from the secret of each home, and with them the names of files.
    assert one.pop("open_first") != two.pop("open_first")
    assert one.pop("answer_first") != two.pop("answer_first")
    assert one == two


def test_second_run_keeps_what_it_did_not_make(run: Run) -> None:
    assert (run.home / "my-notes.txt").read_text() == "mine"


def test_summary_is_what_the_database_holds(run: Run) -> None:
    summary = run.summary
    for name in ("agreements", "bureaus", "deadlines", "notices"):
        assert summary[name] == run.count(name), name
    for name, column in (("messages", "state"), ("skips", "reason")):
        assert summary[name] == dict(
            run.rows(f"SELECT {column}, count(*) FROM {name} GROUP BY {column}")
        )
    assert sum(summary["sent_by_bureau"].values()) == summary["messages"]["sent"]


def test_maildir_holds_one_mail_for_each_message_sent(run: Run) -> None:
    mails = run.mails()
    assert len(mails) == run.summary["messages"]["sent"] > 100
    assert {str(mail["Message-ID"]) for mail in mails} == {
        row[0] for row in run.rows("SELECT message_id FROM messages WHERE state = 'sent'")
    }
    assert list((run.home / "var" / "mail" / "tmp").iterdir()) == []


def test_all_43_real_agreements_are_in_the_register(run: Run) -> None:
    refs = {row[0] for row in run.rows("SELECT ref FROM agreements")}
    assert len([ref for ref in refs if not ref.startswith("CONTOH-")]) == 43 + 1
    assert "JATENG-QLD-PEMBARUAN" in refs


def test_nobody_is_told_the_same_twice(run: Run) -> None:
    told = Counter(
        run.rows(
            # Who had a copy is asked in a notice of his own when nobody answers.
            "SELECT deadline_id, epoch, lead_time, recipient FROM notices "
            "WHERE stopped_at IS NULL AND NOT copy"
        )
    )
    assert [key for key, times in told.items() if times > 1] == []


def test_no_mail_leaves_on_a_day_off_or_for_a_stranger(run: Run) -> None:
    for mail in run.mails():
        assert str(mail["To"]).rstrip(">").endswith("example.go.id")
        assert mail["Date"].datetime.weekday() < 5
    days = {mail["Date"].datetime.date().isoformat() for mail in run.mails()}
    assert days.isdisjoint({"2024-01-01", "2024-04-09", "2024-12-25", "2025-08-17"})


def test_first_mail_to_open_is_about_the_renewal_with_queensland(run: Run) -> None:
    mail = message_from_bytes(Path(run.summary["open_first"]).read_bytes(), policy=policy.default)
    assert mail["Subject"].startswith("[H-90] MoU pembaruan Jawa Tengah - Queensland (2019)")
    body = mail.get_body(("plain",))
    assert body is not None
    text = " ".join(body.get_content().split())
    for part in ("Yth.", "Selasa, 6 Agustus 2024", "90 hari kalender lagi", "Dasar hukum"):
        assert part in text
    links = re.findall(r"http://\S+/a/([^\s/]+)/([a-z-]+)", text)
    assert [answer for _token, answer in links] == ["decide", "seen", "later", "not-mine"]
    assert len({token for token, _answer in links}) == 1
    assert text.count("http://") == 4


def test_bureau_that_reads_english_gets_english(run: Run) -> None:
    mails = [mail for mail in run.mails() if "kepala@bali" in str(mail["To"])]
    assert mails
    assert {mail["Content-Language"] for mail in mails} == {"en"}


@pytest.mark.parametrize(
    ("ref", "wanted"),
    [
        ("JATENG-QLD-2019", ("superseded", "sent at", "fallback: head of JATENG", "who left")),
        ("BALI-HAINAN-LOI-2023", ("superseded", "sent at", "fallback: head of BALI")),
        ("CONTOH-PKS-LIMBAH", ("fallback: officer of JATENG", "next: H-30 on 2026-03-02")),
        ("SURABAYA-KITAKYUSHU", ("UNKNOWN_EXPIRY", "a term but neither signed_on")),
        ("DIY-GYEONGBUK-2005", ("opted out of report",)),
        ("JATENG-QLD-PEMBARUAN", ("started_on 2025-03-10 + 45 working days", "waits for")),
    ],
)
def test_why_explains_what_the_sample_is_meant_to_show(
    run: Run, ref: str, wanted: tuple[str, ...]
) -> None:
    as_of = ("--yes", "--as-of", run.summary["ends_at"])
    home_only = {"PATH": "/usr/bin:/bin"}
    shown = subprocess.run(
        [sys.executable, "-m", "reminder", "--home", str(run.home), *as_of, "why", ref],
        capture_output=True,
        text=True,
        check=False,
        env=home_only,
        cwd=Path(__file__).parents[2],
    )
    assert shown.returncode == 0, shown.stderr
    for part in wanted:
        assert part in shown.stdout


def test_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    refused = reminder("demo", tmp_path)
    assert refused.returncode == 1
    assert "nothing was touched" in refused.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_home_in_which_a_daemon_runs_is_left_alone(run: Run) -> None:
    with hold_home(run.home):
        refused = reminder("demo", run.home)
    assert refused.returncode == 75
    assert run.count("agreements") == 48
