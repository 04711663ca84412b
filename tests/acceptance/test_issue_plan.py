"""``plan``: the mails to come, what another config adds and removes, and nothing written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.installed import done, files_of, reminder, rows_of, shown, tables_of
from tests.registers import SMALL, write_files

YEAR = ("--from", "2026-03-02", "--to", "2026-12-31")


FORETOLD = "level = 0"
"""Whether somebody answers in time, and is escalated otherwise, nobody can foretell."""


@pytest.fixture
def office(home: Path, tmp_path: Path) -> Path:
    """A home with one agreement that ends on 31 May 2026."""
    done(home, "import", write_files(tmp_path / "register", SMALL))
    return home


@pytest.fixture
def other(office: Path, tmp_path: Path) -> Path:
    """A config whose foreign expiries are told at H-45 and H-30 only, and not repeated."""
    folder = tmp_path / "other"
    folder.mkdir()
    lines = (office / "config" / "rules.yaml").read_text(encoding="utf-8").splitlines()
    start = next(n for n, line in enumerate(lines) if "name: expiry-foreign" in line)
    for number in range(start, len(lines)):
        if "lead_times:" in lines[number]:
            lines[number] = "    lead_times: [H-45, H-30]"
            break
    for number in range(start, len(lines)):
        if "repeat:" in lines[number]:
            del lines[number]
            break
    (folder / "rules.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def told(rows: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(row["send_on"], row["lead_time"]) for row in rows]


def test_plan_is_what_is_then_sent_and_writes_nothing(office: Path) -> None:
    before = files_of(office)
    planned = told(shown(office, "plan", *YEAR))
    assert files_of(office) == before
    assert planned[:4] == [
        ("2026-03-02", "H-90"), ("2026-04-01", "H-60"), ("2026-04-30", "H-30"),
        ("2026-05-13", "H-14"),
    ]  # fmt: skip
    for day, _lead_time in planned[:4]:
        done(office, "once", at=f"{day}T09:00:00+07:00")
    sent = rows_of(office, f"SELECT made_on, lead_time FROM notices WHERE {FORETOLD} ORDER BY id")
    assert sent == planned[:4]
    rest = shown(office, "plan", *YEAR, at="2026-05-13T10:00:00+07:00")
    # Nobody answered, so the head is told from now on, too.
    assert told([mail for mail in rest if mail["role"] == "officer"]) == planned[4:]
    assert {mail["role"] for mail in rest} == {"officer", "head"}


def test_against_shows_which_mails_appear_and_vanish(office: Path, other: Path) -> None:
    before = tables_of(office)
    changed = shown(office, "plan", *YEAR, "--against", other)
    assert set(changed) == {"appear", "vanish"}
    assert told(changed["appear"]) == [("2026-04-16", "H-45")]
    now = told(shown(office, "plan", *YEAR))
    kept = [("2026-04-30", "H-30")]
    assert told(changed["vanish"]) == [mail for mail in now if mail not in kept]
    assert tables_of(office) == before
    shown_to_people = done(office, "plan", *YEAR, "--against", other)
    head, *lines = shown_to_people.splitlines()
    assert head == f"With {other}: 1 mails appear, {len(changed['vanish'])} vanish."
    assert [line[0] for line in lines] == ["+"] + ["-"] * len(changed["vanish"])
    assert lines[0].startswith("+ 2026-04-16  H-45   petugas@biro.example.go.id (officer)  KSD-1")


def test_against_the_same_config_changes_nothing(office: Path, tmp_path: Path) -> None:
    same = tmp_path / "same"
    same.mkdir()
    text = (office / "config" / "rules.yaml").read_text(encoding="utf-8")
    (same / "rules.yaml").write_text("# the same\n" + text, encoding="utf-8")
    assert shown(office, "plan", *YEAR, "--against", same) == {"appear": [], "vanish": []}


def test_config_taken_over_does_what_plan_against_said(office: Path, other: Path) -> None:
    promised = shown(office, "plan", *YEAR, "--against", other)
    (office / "config" / "rules.yaml").write_text((other / "rules.yaml").read_text())
    assert told(shown(office, "plan", *YEAR)) == [("2026-04-16", "H-45"), ("2026-04-30", "H-30")]
    for day in ("2026-03-02", "2026-04-01", "2026-04-16"):
        done(office, "once", at=f"{day}T09:00:00+07:00")
    sent = rows_of(office, f"SELECT made_on, lead_time FROM notices WHERE {FORETOLD}")
    assert sent == told(promised["appear"])


def test_config_with_a_mistake_is_refused_with_its_line(office: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad"
    bad.mkdir()
    (bad / "reminder.yaml").write_text("service: {language: id}\nhorizont: 24 months\n")
    ended = reminder(office, "plan", "--against", bad)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "reminder.yaml:2: horizont:" in ended.stderr


def test_bureau_and_days_narrow_the_list(office: Path) -> None:
    april = ("--from", "2026-04-01", "--to", "2026-04-30")
    assert told(shown(office, "plan", *april, "--bureau", "B-01")) == [
        ("2026-04-01", "H-60"),
        ("2026-04-30", "H-30"),
    ]
    assert reminder(office, "plan", "--bureau", "B-02").returncode == 1
    assert "No mail in these days." in done(
        office, "plan", "--from", "2026-03-03", "--to", "2026-03-31"
    )
