"""``why`` on the sample: what was sent, what was not, to whom instead, and what comes next."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.installed import ROOT, dates_only, done, reminder, shown, without_digests
from tests.registers import SMALL, write_files

SAMPLE = ROOT / "reminder" / "sample" / "register"
ENTERED = "2024-01-02T09:00:00+07:00"
"""A Tuesday, 48 days before Bali's letter of intent with Hainan ends. Bali has no officer."""


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the sample register, scanned once."""
    home = tmp_path_factory.mktemp("why") / "home"
    done(home, "init", home, at="")
    dates_only(without_digests(home))
    done(home, "import", SAMPLE, at=ENTERED)
    done(home, "once", at=ENTERED)
    return home


@pytest.fixture(scope="module")
def told(sample: Path) -> list[str]:
    """What ``why`` says of Bali's letter of intent, line by line."""
    return done(sample, "why", "BALI-HAINAN-LOI-2023", at=ENTERED).splitlines()


def test_date_is_given_with_where_it_came_from(told: list[str]) -> None:
    assert "expiry: due 2024-02-19, open" in told
    assert "  the date: expires_on 2024-02-19" in told
    assert "  the rule: expiry-foreign" in told


def test_sent_notice_is_told_with_recipient_role_and_instant(told: list[str]) -> None:
    assert (
        "  2024-01-02 H-60 to kepala@bali.example.go.id as officer: sent at 2024-01-02 02:00 UTC"
    ) in told


def test_fallback_recipient_is_told_with_the_reason(told: list[str]) -> None:
    after = told[told.index("  the rule: expiry-foreign") + 2]
    assert after == (
        "      fallback: head of BALI for officer of BALI, where nobody holds that role"
    )


@pytest.mark.parametrize("lead_time", ["H-540", "H-365", "H-270", "H-180", "H-90"])
def test_superseded_lead_time_is_told_with_what_came_first(told: list[str], lead_time: str) -> None:
    assert (
        f"  2024-01-02 {lead_time}: superseded, a more urgent lead time came first "
        "(H-60 was reached first)"
    ) in told


def test_next_mail_is_told_with_day_and_recipient(told: list[str]) -> None:
    assert told[-1] == (
        "  next: H-30 on 2024-01-19 to kepala@bali.example.go.id as officer "
        "(head of BALI for officer of BALI, where nobody holds that role)"
    )


def test_next_mail_is_the_one_that_is_sent_next(sample: Path) -> None:
    before = shown(sample, "why", "BALI-HAINAN-LOI-2023", at=ENTERED)
    (expiry,) = [one for one in before["deadlines"] if one["deadline"] == "expiry"]
    promised = expiry["next"]
    done(sample, "once", at=f"{promised['send_on']}T09:00:00+07:00")
    after = shown(sample, "why", "BALI-HAINAN-LOI-2023", at="2024-01-19T10:00:00+07:00")
    (expiry,) = [one for one in after["deadlines"] if one["deadline"] == "expiry"]
    # Nobody answered the first one, so others are told beside the officer by now.
    last = [one for one in expiry["notices"] if one["level"] == 0][-1]
    assert (last["lead_time"], last["state"], last["made_on"]) == ("H-30", "sent", "2024-01-19")
    assert [last["recipient"]] == [one["recipient"] for one in promised["recipients"]]


@pytest.mark.parametrize(
    ("ref", "words"),
    [
        pytest.param(
            "SURABAYA-KITAKYUSHU",
            "the register has a term but neither signed_on nor effective_on to count it from",
            id="a date that cannot be known",
        ),
        pytest.param("DIY-GYEONGBUK-2005", "the register excuses it", id="an opt-out"),
        pytest.param(
            "CONTOH-PKS-LIMBAH",
            "fallback: officer of JATENG for officer of KOTA-SEMARANG, where nobody holds",
            id="the parent bureau stands in",
        ),
        pytest.param("JATENG-QLD-PEMBARUAN", "waits for", id="a step that waits"),
    ],
)
def test_silence_and_detours_are_explained_in_words(sample: Path, ref: str, words: str) -> None:
    assert words in done(sample, "why", ref, at=ENTERED)


def test_unknown_agreement_is_refused_with_the_near_name(sample: Path) -> None:
    ended = reminder(sample, "why", "BALI-HAINAN-LOI-2024", at=ENTERED)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith('The register has no agreement "BALI-HAINAN-LOI-2024"; did you')
    assert ended.stderr.endswith("?\n")
    assert "BALI-HAINAN-LOI-2023" in ended.stderr


def test_record_that_somebody_spoiled_is_named_and_not_a_surprise(
    home: Path, tmp_path: Path
) -> None:
    done(home, "import", write_files(tmp_path / "in", SMALL))
    with closing(sqlite3.connect(home / "var" / "reminder.db")) as database, database:
        database.execute("UPDATE agreements SET signed_on = '2021-13', replan_on = '2026-03-02'")
    assert "1 agreements with errors" in done(home, "once")
    ended = reminder(home, "why", "KSD-1")
    assert ended.returncode == 1
    assert "The record of KSD-1 cannot be read" in ended.stderr
    assert "This should not happen" not in ended.stderr
    # Who mends it need not wait for the hour to be over.
    done(home, "import", tmp_path / "in")
    assert "PUT OFF" not in done(home, "why", "KSD-1")
    assert "1 sent" in done(home, "once")
