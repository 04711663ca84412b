"""The JSON that scripts rely on (DESIGN 11): every key, its type, and no key that is not known."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.installed import dates_only, done, relay, reminder, shown, without_digests
from tests.registers import BUREAUS, CONTACTS, SMALL, write_files
from tests.smtp_server import SmtpServer, reply

Shape = Mapping[str, Callable[[Any], object]]

AGREEMENTS = (
    SMALL["agreements"]
    + "KSD-2,Kerja sama tahun depan,KSDPL,B-01,Hainan,2022-05-31,2027\n"
    + "KSD-3,Kerja sama yang lama,KSDPL,B-01,Fujian,2001-05-31,2006-05-31\n"
)
FOLLOW_UPS = "id,meeting,text,bureau,due_on\nRTL-1,Rapat,Menyusun rencana,B-01,2026-03-05\n"
REGISTER = {
    "bureaus": BUREAUS,
    "contacts": CONTACTS,
    "agreements": AGREEMENTS,
    "follow_ups": FOLLOW_UPS,
}


def text(value: Any) -> bool:
    return type(value) is str and value != ""


def any_text(value: Any) -> bool:
    return type(value) is str


def whole(value: Any) -> bool:
    return type(value) is int


def flag(value: Any) -> bool:
    return type(value) is bool


def day(value: Any) -> bool:
    return type(value) is str and date.fromisoformat(value).isoformat() == value


def instant(value: Any) -> bool:
    """ISO 8601 with its offset."""
    return type(value) is str and "T" in value and datetime.fromisoformat(value).tzinfo is not None


def message_id(value: Any) -> bool:
    """As in the header, brackets included."""
    return re.fullmatch(r"<[^<>@\s]+@[^<>@\s]+>", value) is not None


def lead_time(value: Any) -> bool:
    return re.fullmatch(r"HK?([+-][1-9][0-9]*)?", value) is not None


def or_null(check: Callable[[Any], object]) -> Callable[[Any], object]:
    return lambda value: value is None or check(value)


def one_of(*words: str) -> Callable[[Any], object]:
    return lambda value: value in words


KIND = one_of("expiry", "notice_by", "report", "step", "follow_up", "finding")
STATE = one_of(
    "pending", "claimed", "sending", "sent", "deferred", "uncertain", "held", "failed", "bounced",
    "suppressed", "superseded",
)  # fmt: skip

PLAN: Shape = {
    "send_on": day, "bureau": text, "recipient": text, "role": text, "agreement": or_null(text),
    "rule": text, "deadline": KIND, "key": or_null(text), "due_on": day, "lead_time": lead_time,
    "template": text, "subject": text, "stage": or_null(text), "next_step": or_null(text),
}  # fmt: skip
LOG: Shape = {
    "message_id": message_id, "state": STATE, "recipient": text, "subject": or_null(text),
    "sent_at": or_null(instant), "possible_duplicate": flag,
    "notices": lambda value: type(value) is list, "attempts": lambda value: type(value) is list,
    # Beyond the contract:
    "kind": one_of("notice", "digest", "admin"), "created_at": instant,
    "next_try_at": or_null(instant), "reason": or_null(text), "template_error": or_null(text),
}  # fmt: skip
LOG_NOTICE: Shape = {
    "agreement": or_null(text), "rule": text, "deadline": KIND, "key": or_null(text),
    "due_on": day, "epoch": whole, "lead_time": lead_time, "role": text,
    "stop_reason": or_null(text),
}  # fmt: skip
LOG_ATTEMPT: Shape = {
    "started_at": instant, "phase": text, "code": or_null(whole), "enhanced": or_null(text),
    "text": any_text,
    "verdict": one_of("sent", "deferred", "failed", "held", "relay", "uncertain", "fenced"),
    "ended_at": or_null(instant), "relay": any_text,
}  # fmt: skip
DEADLINE: Shape = {
    "deadline": KIND, "key": or_null(text), "due_on": day, "derived_from": text,
    "status": one_of("open", "met", "void", "later"), "epoch": whole,
    "notices": lambda value: type(value) is list, "skips": lambda value: type(value) is list,
    "next": or_null(lambda value: type(value) is dict),
    "status_reason": or_null(text), "silent_reason": or_null(text), "rule": or_null(text),
    "responses": lambda value: type(value) is list,
    "escalation": or_null(lambda value: type(value) is dict),
}  # fmt: skip
SKIP: Shape = {
    "lead_time": lead_time, "reason": text, "on": day,
    "epoch": whole, "recipient": or_null(text), "detail": any_text,
}  # fmt: skip
STATUS: Shape = {
    "healthy": flag, "open_deadlines": whole, "due_unsent": whole,
    "oldest_due_unsent_seconds": whole, "messages": lambda value: type(value) is dict,
    "last_scan_at": or_null(instant), "held": whole,
}  # fmt: skip
PROBLEM: Shape = {
    "file": text, "line": or_null(whole), "key": any_text, "level": one_of("error", "warning"),
    "message": text, "hint": any_text,
}  # fmt: skip


def fits(row: Mapping[str, Any], shape: Shape, *, more: bool = False) -> None:
    """Assert that *row* has the keys of *shape*, each of its type; *more* allows others."""
    due_text = {"due_text"} & row.keys()
    assert set(row) - due_text == set(shape) or (more and set(row) >= set(shape)), row
    for name, check in shape.items():
        assert check(row[name]), (name, row[name])
    if due_text:
        assert text(row["due_text"])


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with mails that are sent, deferred and waiting, seen from 10:00 of the Monday."""
    folder = tmp_path_factory.mktemp("shapes")
    home = folder / "home"
    done(home, "init", home, at="")
    dates_only(without_digests(home))
    done(home, "import", write_files(folder / "register", REGISTER))
    with SmtpServer(folder) as server:
        server.then("dot", None, reply("451 4.3.0 try later"))
        done(home, "once", **relay(server.port))
    return home


def test_plan_is_a_list_of_mails_in_the_promised_shape(office: Path) -> None:
    rows = shown(office, "plan", "--to", "2027-12-31")
    for row in rows:
        fits(row, PLAN)
    keys = {(row["agreement"], row["deadline"], row["key"]) for row in rows}
    assert ("KSD-1", "expiry", None) in keys, "an expiry has no key"
    assert (None, "follow_up", "RTL-1") in keys, "a follow-up without agreement has its id"
    partial = [row for row in rows if row["agreement"] == "KSD-2" and row["deadline"] == "expiry"]
    assert {(row["due_on"], row["due_text"]) for row in partial} == {("2027-01-01", "2027")}
    assert {"due_text" in row for row in rows if row["agreement"] == "KSD-1"} == {False}
    assert [row["send_on"] for row in rows] == sorted(row["send_on"] for row in rows)


def test_log_is_a_list_of_messages_in_the_promised_shape(office: Path) -> None:
    rows = shown(office, "log")
    for row in rows:
        fits(row, LOG)
        for notice in row["notices"]:
            fits(notice, LOG_NOTICE)
        for attempt in row["attempts"]:
            fits(attempt, LOG_ATTEMPT)
    assert [row["created_at"] for row in rows] == sorted(row["created_at"] for row in rows)
    assert {row["state"] for row in rows} == {"sent", "deferred"}
    (deferred,) = [row for row in rows if row["state"] == "deferred"]
    assert deferred["sent_at"] is None
    (attempt,) = deferred["attempts"]
    assert (attempt["phase"], attempt["code"], attempt["enhanced"]) == ("dot", 451, "4.3.0")
    assert attempt["text"] == "try later"


def test_why_is_an_agreement_with_its_deadlines_in_the_promised_shape(office: Path) -> None:
    for ref in ("KSD-1", "KSD-2", "KSD-3"):
        found = shown(office, "why", ref)
        assert set(found) == {"agreement", "deadlines"}
        assert found["agreement"]["ref"] == ref
        assert found["deadlines"]
        for deadline in found["deadlines"]:
            fits(deadline, DEADLINE)
            for skip in deadline["skips"]:
                fits(skip, SKIP)
            for notice in deadline["notices"]:
                assert message_id(notice["message_id"])
                assert day(notice["due_on"])
            if deadline["next"] is not None:
                assert day(deadline["next"]["send_on"])
                assert lead_time(deadline["next"]["lead_time"])
    (expiry,) = [
        one for one in shown(office, "why", "KSD-1")["deadlines"] if one["deadline"] == "expiry"
    ]
    assert [notice["lead_time"] for notice in expiry["notices"]] == ["H-90"]
    assert [skip["lead_time"] for skip in expiry["skips"]] == ["H-540", "H-365", "H-270", "H-180"]
    assert {skip["reason"] for skip in expiry["skips"]} == {"superseded"}
    # The relay put that one off, so it is still the next to come.
    assert (expiry["next"]["send_on"], expiry["next"]["lead_time"]) == ("2026-03-02", "H-90")


def test_status_has_the_promised_keys(office: Path) -> None:
    row = shown(office, "status")
    fits(row, STATUS, more=True)
    assert sum(row["messages"].values()) == len(shown(office, "log"))
    assert all(STATE(state) and whole(number) for state, number in row["messages"].items())
    assert row["due_unsent"] == 1


def test_check_is_a_list_of_problems_in_the_promised_shape(office: Path) -> None:
    problems = shown(office, "check")
    for problem in problems:
        fits(problem, PROBLEM)
    assert any(
        problem["file"] == "register" and "KSD-3" in problem["message"] for problem in problems
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["plan"], ["log"], ["log", "--skips"], ["why", "KSD-1"], ["status"], ["check"], ["doctor"],
        ["preview", "expiry-foreign", "KSD-1"], ["once", "--dry-run"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_json_is_one_document_alone_on_standard_output(office: Path, arguments: list[str]) -> None:
    assert shown(office, *arguments) is not None


def test_error_of_a_json_command_is_on_standard_error(office: Path) -> None:
    ended = reminder(office, "why", "KSD-9", "--json")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "KSD-9" in ended.stderr
