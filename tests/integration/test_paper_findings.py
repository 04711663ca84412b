"""Findings about rules, papers and follow-ups from the register to the mail, and their end."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from jobs.importing import import_files
from jobs.planning import directory_of, plan_rules
from jobs.scan import scan
from reminder.forecast import Forecaster
from reminder.policy import SendWindow
from reminder.sample import REGISTER
from reminder.storage import tables
from reminder.storage.deadlines import load_stored
from reminder.storage.follow_ups import load_unattached
from tests.factories import (
    REF,
    make_agreement,
    make_bureau,
    make_check,
    make_document,
    make_follow_up,
    make_step,
)
from tests.findings import CHAINS, RULES
from tests.registers import context_for
from tests.stored import Fact, World, at, make_finding_rules, make_office, make_policy

if TYPE_CHECKING:
    from reminder.storage.engine import Database

OWNER = "pejabat@example.go.id"
DEPOSIT = make_document("penyerahan_naskah_asli", number="", date="2021-06-21")


def world_with(database: Database, *codes: str) -> World:
    policy = make_policy(*RULES, findings=make_finding_rules(*codes), chains=CHAINS)
    world = World(database, policy)
    world.put(*make_office())
    return world


def findings(world: World, *names: str) -> list[tuple[Any, ...]]:
    columns = names or ("key", "due_on", "status")
    rows = world.rows(tables.deadlines, "kind", *columns)
    return [row[1:] for row in rows if row[0] == "finding"]


def gaps(world: World) -> list[str]:
    """The codes of the gaps of the one finding, as they are stored."""
    ((stored,),) = findings(world, "gaps")
    return [code for code, _values in json.loads(stored)]


def eve_of(day: str) -> str:
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()


ON_ITS_WAY: dict[str, Any] = {"signed_on": None, "expires_on": None}
LOOSE: dict[str, Any] = {"agreement": None, "bureau": "B-01", "due_on": None}


@pytest.mark.parametrize(
    ("code", "of", "facts", "day", "gap", "end"),
    [
        pytest.param("RULE_GAP", ON_ITS_WAY,
                     (make_step("penandatanganan", done_on="2026-03-02", document="naskah"),
                      make_step("surat_kuasa", done_on="2026-02-02"),
                      make_step("pembahasan_mitra", done_on="2026-01-05"),
                      make_step("rapat_antarkementerian", done_on="2018-01-08"),
                      make_step("persetujuan_dprd", done_on="2018-01-08")), "2026-03-02",
                     "step_ahead", make_step("surat_konfirmasi", done_on="2026-02-27"),
                     id="signed before the letter of confirmation"),
        pytest.param("RULE_GAP", ON_ITS_WAY | {"kind": "KSDLL"},
                     tuple(make_check(code, on="2026-03-02") for code in (
                         "hubungan_diplomatik", "urusan_pemda", "tanpa_kantor_perwakilan",
                         "tidak_mencampuri", "aman_politis", "aman_yuridis", "aman_teknis",
                         "aman_keamanan")), "2026-03-02", "check_open",
                     make_check("sesuai_rpjmd", on="2026-03-02"), id="an item not checked"),
        pytest.param("RULE_GAP", {"signed_on": "2026-03-02", "expires_on": "2031-03-02"},
                     (make_document("naskah_en", date="2026-03-02"),), "2026-03-02",
                     "indonesian_text_missing", make_document("naskah_id", date="2026-03-02"),
                     id="no text in Indonesian"),
        pytest.param("LEGACY_BASIS", {"legal_basis": "PP No. 50/2007", "signed_on": "2026-03-02",
                                      "expires_on": "2031-03-02"}, (), "2026-03-02",
                     "signed_on_revoked_basis",
                     make_agreement(legal_basis="PP 28/2018", signed_on="2026-03-02",
                                    expires_on="2031-03-02"), id="a revoked legal basis"),
        pytest.param("ADMIN_INCOMPLETE", {"signed_on": "2026-03-02", "expires_on": "2031-03-02",
                                          "letter_number": "119/12/KSD"}, (DEPOSIT,),
                     "2026-03-17", "text_missing", make_document(number="", date="2026-03-02"),
                     id="no text two weeks after the signing"),
        pytest.param("ADMIN_INCOMPLETE", ON_ITS_WAY,
                     (make_step("surat_konfirmasi", done_on="2026-03-02"),), "2026-03-17",
                     "document_missing", make_document("surat_konfirmasi", number="", date=None),
                     id="no paper two weeks after the step"),
        pytest.param("ADMIN_INCOMPLETE", {},
                     (make_document(), DEPOSIT,
                      make_document("surat_tugas", number="090/682-Pem/2018", date="2026-03-02")),
                     "2026-03-02", "number_year_differs",
                     make_document("surat_tugas", number="090/682-Pem/2026", date="2026-03-02"),
                     id="a number of another year than its date"),
        pytest.param("FOLLOW_UP_INCOMPLETE", {},
                     (make_follow_up(due_on=None, entered_on="2026-03-05"),), "2026-03-10",
                     "follow_up_unassigned_undated",
                     make_follow_up(officer=OWNER, entered_on="2026-03-05"),
                     id="a follow-up without owner and day"),
    ],
)  # fmt: skip
def test_finding_is_mailed_on_its_day_and_closed_by_the_fact_that_ends_it(
    database: Database,
    code: str,
    of: dict[str, Any],
    facts: tuple[Fact, ...],
    day: str,
    gap: str,
    end: Fact,
) -> None:
    world = world_with(database, code)
    world.put(make_agreement(**of), *facts)

    world.scan(eve_of(day))
    assert findings(world) == []
    assert world.notices() == []

    world.scan(day)
    assert findings(world) == [(code, date.fromisoformat(day), "open")]
    assert gaps(world) == [gap]
    assert world.notices() == [(REF, "H", date.fromisoformat(day))]
    before = world.everything()
    world.scan(day)
    assert world.everything() == before

    world.put(end)
    world.scan(day)
    assert [status for *_, status in findings(world)] == ["met"]
    assert world.messages("state", "reason") == [("superseded", "met")]
    assert findings(world, "status_reason") == [("cleared: the register no longer shows it",)]


def test_mending_one_of_several_gaps_tells_nothing_anew(database: Database) -> None:
    world = world_with(database, "ADMIN_INCOMPLETE")
    world.put(make_agreement(entered_on="2026-03-02"))
    world.scan("2026-03-02")
    first = world.notices("lead_time", "epoch")
    assert gaps(world) == ["text_missing", "number_missing", "original_not_deposited"]

    world.put(make_document())
    world.scan("2026-03-03")
    assert gaps(world) == ["original_not_deposited"]
    assert world.notices("lead_time", "epoch") == first == [("H", 1)]


def test_complete_agreement_that_is_in_time_has_nothing_to_mend(database: Database) -> None:
    world = world_with(
        database, "RULE_GAP", "LEGACY_BASIS", "ADMIN_INCOMPLETE", "FOLLOW_UP_INCOMPLETE"
    )
    letter = {"letter_number": "119/12/KSD/2021", "letter_date": "2021-05-31"}
    world.put(
        make_agreement(term="5 years", **letter), make_document(), DEPOSIT,
        make_follow_up(officer=OWNER, entered_on="2026-01-15"),
    )  # fmt: skip
    for day in ("2024-01-02", "2025-06-02", "2026-03-02"):
        world.scan(day)

    assert findings(world) == []


# Follow-ups of no agreement


@pytest.fixture
def world(database: Database) -> World:
    return world_with(database, "FOLLOW_UP_INCOMPLETE")


def test_loose_follow_ups_are_told_once_for_a_meeting_on_the_third_working_day(
    world: World,
) -> None:
    world.put(*(make_follow_up(id, entered_on="2026-03-05", **LOOSE) for id in ("A", "B")))
    world.scan("2026-03-05")
    assert findings(world) == []
    assert ("replan_unattached", "2026-03-10") in world.rows(tables.service, "name", "value")
    world.scan("2026-03-09")
    assert world.notices() == []

    world.scan("2026-03-10")
    ((key, due_on, status, bureau, agreement),) = findings(
        world, "key", "due_on", "status", "bureau", "agreement"
    )
    assert key.startswith("FOLLOW_UP_INCOMPLETE:B-01-")
    assert (due_on, status, bureau, agreement) == (date(2026, 3, 10), "open", "B-01", "")
    assert gaps(world) == ["follow_up_unassigned_undated"] * 2
    assert world.notices() == [("", "H", date(2026, 3, 10))]
    before = world.everything()
    world.scan("2026-03-10")
    assert world.everything() == before

    world.put(make_follow_up("A", entered_on="2026-03-05", **{**LOOSE, "officer": OWNER,
                                                              "due_on": "2026-06-30"}))  # fmt: skip
    world.scan("2026-03-11")
    assert gaps(world) == ["follow_up_unassigned_undated"]
    world.put(make_follow_up("B", entered_on="2026-03-05", done_on="2026-03-11", **LOOSE))
    world.scan("2026-03-11")
    assert [row[2] for row in findings(world)] == ["met"]
    assert world.messages("state") == [("superseded",)]


def test_idle_scan_does_not_plan_loose_follow_ups_again(world: World) -> None:
    world.put(make_follow_up(entered_on="2026-03-05", **LOOSE))
    world.scan("2026-03-10")
    values = {name for (name,) in world.rows(tables.service, "name")}
    assert "replan_unattached" not in values


def test_loose_follow_up_of_another_bureau_waits_for_its_own_day(world: World) -> None:
    world.put(
        make_bureau("B-02"), make_follow_up("A", entered_on="2026-03-05", **LOOSE),
        make_follow_up("B", entered_on="2026-03-12", **{**LOOSE, "bureau": "B-02"}),
    )  # fmt: skip
    for day in ("2026-03-10", "2026-03-16", "2026-03-17"):
        world.scan(day)

    assert [row[1] for row in findings(world)] == [date(2026, 3, 10), date(2026, 3, 17)]


def test_follow_up_that_cannot_be_read_clears_no_finding(world: World) -> None:
    world.put(make_follow_up("A", entered_on="2026-03-05", **LOOSE))
    world.scan("2026-03-10")
    world.run("UPDATE follow_ups SET due_on = 'besok'")
    world.plan("2026-03-11")

    assert [row[2] for row in findings(world)] == ["open"]
    world.run("UPDATE follow_ups SET due_on = NULL")
    world.scan("2026-03-12")
    assert [row[2] for row in findings(world)] == ["open"]
    assert world.notices("epoch") == [(1,)]


def test_what_no_agreement_lacks_is_foretold_as_it_will_be_told(world: World) -> None:
    world.put(*(make_follow_up(id, entered_on="2026-03-05", **LOOSE) for id in ("A", "B")))
    world.scan("2026-03-05")
    with world.database.read() as connection:
        ahead = Forecaster(
            rules=plan_rules(world.policy),
            directory=directory_of(connection, world.policy),
            send_window=SendWindow(time(8), time(15, 30)),
            calendar=world.policy.calendar,
            default_zone="Asia/Jakarta",
            now=at("2026-03-05"),
        )
        stored = load_stored(connection, [""])[""].deadlines
        foretold = list(ahead.of_unattached(load_unattached(connection), stored, date(2026, 6, 30)))

    days = [(one.notice.lead_time, one.send_on) for one in foretold]
    assert days == [
        ("H", date(2026, 3, 10)),
        ("H+30", date(2026, 4, 9)),
        ("H+90", date(2026, 6, 8)),
    ]
    assert {one.notice.deadline.key[:21] for one in foretold} == {"FOLLOW_UP_INCOMPLETE:"}
    assert {len(one.gaps) for one in foretold} == {2}
    for _lead_time, on in days:
        world.scan(on.isoformat())
    assert world.notices("lead_time", "made_on") == days


# The trip report's own flaws, in the sample register with the shipped policy


@pytest.fixture
def sample(database: Database, tmp_path: Path) -> dict[str, list[list[Any]]]:
    """The gaps of every open finding of the sample register, by agreement or key and code."""
    now = datetime.fromisoformat("2025-12-31T09:00:00+07:00")
    context = context_for(database, tmp_path, now)
    import_files(context, [REGISTER])
    # The follow-ups entered today: three working days later they are incomplete.
    later = context_for(database, tmp_path, now + timedelta(days=9))
    assert scan(later).errors == {}
    found: dict[str, list[list[Any]]] = {}
    with database.read() as connection:
        deadlines = tables.deadlines.c
        for row in connection.execute(
            tables.deadlines.select().where(deadlines.kind == "finding", deadlines.status == "open")
        ).mappings():
            found[f"{row['agreement']}:{row['key'].partition(':')[0]}"] = json.loads(
                row["gaps"] or "[]"
            )
    return found


def test_flaws_of_the_trip_report_are_found_in_the_sample(
    sample: dict[str, list[list[Any]]],
) -> None:
    queensland = dict(sample["JATENG-QLD-2019:ADMIN_INCOMPLETE"])
    assert queensland["number_year_differs"] == {
        "number": "090/682-Pem/2018",
        "document_on": "2019-08-16",
    }
    assert queensland["text_dated_otherwise"] == {
        "document": "naskah",
        "text_on": "2019-07-09",
        "signed_on": "2019-08-06",
    }
    follow_ups = sample[":FOLLOW_UP_INCOMPLETE"]
    assert [code for code, _values in follow_ups] == ["follow_up_unassigned_undated"] * 3
    assert {values["meeting"] for _code, values in follow_ups} == {
        "Rapat Koordinasi dan Evaluasi Kerja Sama Sister, Bandung, 21-22 Agustus 2019"
    }


def test_sample_shows_steps_before_their_time_and_items_not_checked(
    sample: dict[str, list[list[Any]]],
) -> None:
    melbourne = sample["BANDUNG-MELBOURNE-2024:RULE_GAP"]
    ahead = [values for code, values in melbourne if code.startswith("step_ahead")]
    assert [(one["step"], one["prerequisite"]) for one in ahead] == [
        ("persetujuan_dprd", "rencana_kerja_sama"),
        ("penandatanganan", "surat_konfirmasi"),
        ("penandatanganan", "surat_kuasa"),
    ]
    renewal = [values["check"] for _code, values in sample["JATENG-QLD-PEMBARUAN:RULE_GAP"]]
    assert renewal == [
        "tanpa_kantor_perwakilan", "tidak_mencampuri", "aman_teknis", "aman_keamanan",
    ]  # fmt: skip
