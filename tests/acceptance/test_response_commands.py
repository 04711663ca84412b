"""``ack``, ``snooze``, ``done``, ``handover``, ``decide``: answers from the shell, exit codes."""

from __future__ import annotations

import getpass
from pathlib import Path

import pytest

from reminder.crash_points import CrashPoint
from tests.dying import dies_at
from tests.installed import done, reminder, rows_of, shown, tables_of
from tests.registers import SMALL, write_files

OFFICER = "petugas@biro.example.go.id"
OTHER = "lain@biro.example.go.id"
NOON = "2026-03-02T12:00:00+07:00"
REGISTER = {
    **SMALL,
    "contacts": SMALL["contacts"] + f"{OTHER},B-01,assistant,Tono\n",
    "agreements": (
        "ref,title,kind,bureau,partner,signed_on,expires_on,report_cycle\n"
        "KSD-1,Kerja sama pendidikan,KSDPL,B-01,Queensland,2021-05-31,2026-05-31,semester\n"
    ),
    "steps": "agreement,step,started_on\nKSD-1,surat_konfirmasi,2026-02-16\n",
    "follow_ups": (
        "id,agreement,meeting,text,bureau,due_on\n"
        "RTL-1,KSD-1,Rapat,Menyusun rencana,B-01,2026-03-05\n"
        "RTL-2,,Rapat,Menyusun panduan,B-01,2026-03-05\n"
    ),
}


@pytest.fixture
def office(home: Path, tmp_path: Path) -> Path:
    """A home whose officer was told this morning of all that is due."""
    done(
        home, "import", write_files(tmp_path / "register", REGISTER), at="2026-02-02T09:00:00+07:00"
    )
    done(home, "once")
    return home


def answers(home: Path) -> list[tuple[object, ...]]:
    return rows_of(home, 'SELECT action, actor, via, "on" FROM responses ORDER BY id')


def test_acknowledgement_is_recorded_once_with_who_gave_it(office: Path) -> None:
    first = done(office, "ack", "KSD-1", "expiry", "--note", "sedang diproses", at=NOON)
    assert first.startswith(
        f"KSD-1 expiry, due 2026-05-31: acknowledged, by {getpass.getuser()}.\n"
    )
    before = tables_of(office)
    again = done(office, "ack", "KSD-1", "expiry", "--by", OFFICER, at=NOON)
    assert again == (
        "KSD-1 expiry, due 2026-05-31: nothing was changed.\n"
        "  it is acknowledged until 2026-03-16\n"
    )
    assert tables_of(office) == before
    assert answers(office) == [("acknowledge", getpass.getuser(), "shell", "2026-03-02")]
    told = done(office, "why", "KSD-1", at=NOON)
    assert (
        f"  2026-03-02 acknowledged until 2026-03-16 by {getpass.getuser()} (shell) "
        "(sedang diproses)\n"
    ) in told
    assert "  acknowledged: nobody further up is told before 2026-03-16\n" in told


def test_answer_as_a_document(office: Path) -> None:
    found = shown(office, "ack", "KSD-1", "expiry", "--by", OFFICER, at=NOON)
    assert (found["recorded"], found["status"]) == (True, "open")
    assert (found["agreement"], found["deadline"], found["key"]) == ("KSD-1", "expiry", None)
    assert (found["acknowledged_until"], found["due_on"]) == ("2026-03-16", "2026-05-31")
    assert found["response"]["by"] == OFFICER
    (deadline,) = [
        one
        for one in shown(office, "why", "KSD-1", at=NOON)["deadlines"]
        if one["deadline"] == "expiry"
    ]
    assert deadline["responses"] == [found["response"]]
    assert deadline["escalation"]["acknowledged_until"] == "2026-03-16"


def test_snooze_tells_nothing_before_its_day_and_then_once_more(office: Path) -> None:
    said = done(office, "snooze", "KSD-1", "expiry", "--until", "9 Maret 2026", at=NOON)
    assert "put off" in said
    assert "nothing is told before 2026-03-09" in said
    done(office, "once", at="2026-03-06T09:00:00+07:00")
    done(office, "once", at="2026-03-09T09:00:00+07:00")
    found = rows_of(
        office,
        "SELECT n.lead_time, n.made_on, n.repeat_no FROM notices n JOIN deadlines d "
        "ON d.id = n.deadline_id WHERE d.kind = 'expiry' AND NOT n.copy ORDER BY n.id",
    )
    assert found == [("H-90", "2026-03-02", 0), ("H-90", "2026-03-09", 1)]


def test_report_step_and_follow_ups_are_done(office: Path) -> None:
    said = done(
        office, "done", "KSD-1", "report:2025-S2", "--on", "2026-03-02", "--evidence", "surat 7",
        at=NOON,
    )  # fmt: skip
    assert "report:2025-S2 is met (report submitted on 2026-03-02)" in said
    done(office, "done", "KSD-1", "step:surat_konfirmasi", "--evidence", "surat 8", at=NOON)
    done(office, "done", "KSD-1", "follow_up:RTL-1", "--on", "2026-02-27", at=NOON)
    done(office, "done", "-", "follow_up:RTL-2", at=NOON)
    assert rows_of(office, "SELECT submitted_on, evidence FROM reports") == [
        ("2026-03-02", "surat 7")
    ]
    assert rows_of(office, "SELECT done_on, document FROM steps") == [("2026-03-02", "surat 8")]
    assert rows_of(office, "SELECT id, done_on FROM follow_ups ORDER BY id") == [
        ("RTL-1", "2026-02-27"),
        ("RTL-2", "2026-03-02"),
    ]
    before = tables_of(office)
    again = done(office, "done", "-", "follow_up:RTL-2", at=NOON)
    assert "nothing was changed" in again
    assert tables_of(office) == before


def test_new_owner_is_told_by_the_next_scan(office: Path) -> None:
    said = done(office, "handover", "KSD-1", "expiry", "--to", OTHER, "--by", OFFICER, at=NOON)
    assert f"{OTHER} is told of it by the next scan" in said
    assert rows_of(office, "SELECT officer FROM agreements") == [(OTHER,)]
    done(office, "once", at=NOON)
    found = rows_of(
        office,
        "SELECT n.recipient FROM notices n JOIN deadlines d ON d.id = n.deadline_id "
        "WHERE d.kind = 'expiry' AND NOT n.copy ORDER BY n.id",
    )
    assert found == [(OFFICER,), (OTHER,)]
    assert f"(from the officers of B-01 to {OTHER})" in done(office, "why", "KSD-1", at=NOON)


def test_decision_is_carried_out_and_said_once(office: Path) -> None:
    said = done(office, "decide", "KSD-1", "renew", "--by", OFFICER, at=NOON)
    assert f"KSD-1 expiry, due 2026-05-31: decided to renew, by {OFFICER}.\n" in said
    assert "KSD-1-PEMBARUAN" in said
    before = tables_of(office)
    again = done(office, "decide", "KSD-1", "renew", at=NOON)
    assert f"{OFFICER} decided so on 2026-03-02" in again
    assert tables_of(office) == before
    assert f"decided to renew by {OFFICER} (shell)" in done(office, "why", "KSD-1", at=NOON)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("ack", "KSD-1", "expriy"), "did you mean expiry? Open are "),
        (("ack", "KSD-2", "expiry"), 'no agreement "KSD-2"; did you mean KSD-1?'),
        (("ack", "-", "follow_up:RTL-9"), "did you mean follow_up:RTL-2? Open are "),
        (("snooze", "KSD-1", "expiry", "--until", "2026-03-02"), "is not after today"),
        (("snooze", "KSD-1", "expiry", "--until", "2028-03-02"), "more than a year away"),
        (("done", "KSD-1", "expiry"), "reminder decide KSD-1 end"),
        (("done", "KSD-1", "report:2025-S2"), "(--on D --evidence T)"),
        (("done", "KSD-1", "follow_up:RTL-1", "--on", "2026-03-03"), "still to come"),
        (("done", "KSD-1", "follow_up:RTL-1", "--on", "soon"), '"soon" is not a date'),
        (("handover", "KSD-1", "expiry", "--to", "lian@biro.example.go.id"), "did you mean lain@"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_so_ends_with_1_and_changes_nothing(
    office: Path, arguments: tuple[str, ...], words: str
) -> None:
    before = tables_of(office)
    ended = reminder(office, *arguments, at=NOON)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert words in ended.stderr
    assert "This should not happen" not in ended.stderr
    assert tables_of(office) == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("ack", "KSD-1"), "Missing argument"),
        (("snooze", "KSD-1", "expiry"), "Missing option '--until'"),
        (("snooze", "KSD-1", "expiry", "--until", "soon"), '"soon" is not a date'),
        (("handover", "KSD-1", "expiry", "--to", "lain"), "is not a mail address"),
        (("ack", "KSD-1", "expiry", "--by", "lain"), "is not a mail address"),
        (("decide", "KSD-1", "extend"), "'extend' is not one of"),
    ],
)
def test_wrong_usage_ends_with_2(home: Path, arguments: tuple[str, ...], words: str) -> None:
    ended = reminder(home, *arguments, at=NOON)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert words in ended.stderr


@pytest.mark.parametrize("command", ["ack", "snooze", "done", "handover", "decide"])
def test_help_names_the_deadlines_and_the_options(home: Path, command: str) -> None:
    told = done(home, command, "--help", at="")
    assert "--by EMAIL" in told
    assert "--note T" in told
    assert ("DEADLINE is expiry, notice_by, report:2026-S1" in told) == (command != "decide")


@pytest.mark.parametrize(
    ("point", "recorded"),
    [(CrashPoint.BEFORE_RESPONSE_COMMIT, 0), (CrashPoint.AFTER_RESPONSE_COMMIT, 1)],
)
def test_process_that_ends_at_either_side_of_the_commit_answers_once(
    office: Path, point: CrashPoint, recorded: int
) -> None:
    dies_at(point, 1, office, "ack", "KSD-1", "expiry")
    assert len(answers(office)) == recorded
    done(office, "ack", "KSD-1", "expiry", at=NOON)
    assert len(answers(office)) == 1
