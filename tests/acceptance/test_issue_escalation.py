"""The officer who never answers: who hears of it on which day, with the shipped policy.

H-90 of the agreement is Thursday 2026-03-12. Then comes the week of Nyepi and Idul Fitri with its
joint leave: nobody works from Wednesday 18 to Tuesday 24 March, nor on Good Friday, 3 April.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reminder.crash_points import CrashPoint
from tests.dying import dies_at
from tests.installed import done, mails_of, rows_of, shown, tables_of
from tests.registers import write_files

OFFICER = "petugas@biro.example.go.id"
HEAD = "kepala@biro.example.go.id"
SECRETARY = "sekretaris@biro.example.go.id"
REGISTER = {
    "bureaus": "code,name,timezone,language,parent\nB-01,Biro Kerja Sama,Asia/Jakarta,id,\n",
    "contacts": (
        "email,bureau,role,name\n"
        f"{OFFICER},B-01,officer,Siti Rahma\n"
        f"{HEAD},B-01,head,Budi Santoso\n"
        f"{SECRETARY},B-01,secretary,Rini Wulandari\n"
    ),
    "agreements": (
        "ref,title,kind,bureau,partner,signed_on,expires_on\n"
        "KSD-1,Kerja sama pendidikan,KSDPL,B-01,Queensland,2021-06-10,2026-06-10\n"
    ),
}


def morning(day: str, clock: str = "09:00") -> str:
    return f"2026-{day}T{clock}:00+07:00"


def office(home: Path, tmp_path: Path, agreements: str = REGISTER["agreements"]) -> Path:
    files = {**REGISTER, "agreements": agreements}
    done(home, "import", write_files(tmp_path / "register", files), at=morning("02-02"))
    return home


def expiry(home: Path, day: str) -> dict[str, Any]:
    found = shown(home, "why", "KSD-1", at=morning(day, "12:00"))
    (deadline,) = [one for one in found["deadlines"] if one["deadline"] == "expiry"]
    return dict(deadline)


def told(deadline: dict[str, Any]) -> list[tuple[str, int, str, str]]:
    return [
        (one["made_on"][5:], one["level"], one["recipient"], one["state"])
        for one in deadline["notices"]
    ]


def live(home: Path, *days: str) -> None:
    for day in days:
        done(home, "once", at=morning(day))


BEFORE_THE_LEAVE = ("03-12", "03-13", "03-16", "03-17")
LEAVE = ("03-18", "03-21", "03-24")
OFFICER_TOLD = ("03-12", 0, OFFICER, "sent")
HEAD_TOLD = ("03-26", 1, HEAD, "sent")


def test_head_on_the_fifth_working_day_and_secretary_on_the_tenth(
    home: Path, tmp_path: Path
) -> None:
    office(home, tmp_path)
    live(home, *BEFORE_THE_LEAVE, *LEAVE, "03-25")
    before = expiry(home, "03-25")
    assert told(before) == [OFFICER_TOLD]
    assert before["escalation"]["next"] == {
        "level": 1,
        "on": "2026-03-26",
        "waits_for_mail": False,
        "recipients": [{"recipient": HEAD, "role": "head", "fallback": ""}],
    }
    live(home, "03-26", "03-27", "03-30", "04-01")
    assert told(expiry(home, "04-01")) == [OFFICER_TOLD, HEAD_TOLD]
    assert f" on 2026-04-02 to {SECRETARY} as secretary" in done(
        home, "why", "KSD-1", at=morning("04-01")
    )
    live(home, "04-02", "04-03")
    after = expiry(home, "04-03")
    assert told(after) == [OFFICER_TOLD, HEAD_TOLD, ("04-02", 2, SECRETARY, "sent")]
    assert [one["message_id"] for one in after["notices"]] == [
        str(mail["Message-ID"])
        for to in (OFFICER, HEAD, SECRETARY)
        for mail in mails_of(home)
        if to in str(mail["To"]) and str(mail["Message-ID"]) in _ids(after)
    ], "each is a mail in the box of its reader"


def _ids(deadline: dict[str, Any]) -> set[str]:
    return {one["message_id"] for one in deadline["notices"]}


def test_acknowledgement_on_the_fourth_stops_it_and_a_lapse_resumes_it(
    home: Path, tmp_path: Path
) -> None:
    office(home, tmp_path)
    live(home, *BEFORE_THE_LEAVE, "03-25")
    said = done(home, "ack", "KSD-1", "expiry", "--by", OFFICER, at=morning("03-25", "10:00"))
    assert said == (
        f"KSD-1 expiry, due 2026-06-10: acknowledged, by {OFFICER}.\n"
        "  head is told on 2026-04-09, unless somebody answers again or it is done\n"
        "  the next reminder is due on 2026-04-10\n"
    )
    live(home, "03-26", "03-27", "04-02", "04-08")
    waiting = expiry(home, "04-08")
    assert told(waiting) == [OFFICER_TOLD]
    assert waiting["escalation"]["acknowledged_until"] is None, "it lapses today"
    assert [one["reason"] for one in waiting["skips"]][-1] == "acknowledged"
    live(home, "04-09")
    assert told(expiry(home, "04-09")) == [OFFICER_TOLD, ("04-09", 1, HEAD, "sent")]


def test_second_run_of_the_day_changes_nothing(home: Path, tmp_path: Path) -> None:
    office(home, tmp_path)
    live(home, *BEFORE_THE_LEAVE, "03-25")
    before = tables_of(home)
    foretold = done(home, "once", "--dry-run", at=morning("03-26"))
    assert f"Unanswered: KSD-1 expiry goes to {HEAD} as head (level 1).\n" in foretold
    assert tables_of(home) == before
    assert "Escalated: 1 of 1 unanswered matters, 1 notices in 1 messages." in done(
        home, "once", at=morning("03-26")
    )
    before = tables_of(home)
    assert "Escalated" not in done(home, "once", at=morning("03-26"))
    assert tables_of(home) == before


@pytest.mark.parametrize(
    "point", [CrashPoint.BEFORE_ESCALATION_COMMIT, CrashPoint.AFTER_ESCALATION_COMMIT]
)
def test_process_that_ends_at_either_side_of_the_commit_tells_once(
    home: Path, tmp_path: Path, point: CrashPoint
) -> None:
    # H-107 is Monday 23 February; five working days later it is Monday 2 March.
    header, row = REGISTER["agreements"].splitlines()
    office(home, tmp_path, f"{header},lead_times\n{row},H-107\n")
    live(home, "02-23")
    dies_at(point, 1, home, "once")
    live(home, "03-02")
    assert told(expiry(home, "03-02")) == [
        ("02-23", 0, OFFICER, "sent"),
        ("03-02", 1, HEAD, "sent"),
    ]
    assert rows_of(home, "SELECT count(*) FROM notices WHERE level = 1") == [(1,)]
