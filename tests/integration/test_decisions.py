"""Decisions about an agreement's end: what each sets going, on both databases."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from jobs import respond
from jobs.renewal import carry_out
from reminder.agreements import Decision
from reminder.calendars import Span
from reminder.errors import ProblemsError, ResponseRefused
from reminder.policy import load_policy
from reminder.resources import shipped
from reminder.responses import Named, Person
from reminder.storage import tables
from reminder.storage.responses import ResponseRecord, add_response
from tests.factories import REF, make_agreement, make_rule, make_step
from tests.stored import World, at, make_office, make_policy

if TYPE_CHECKING:
    from sqlalchemy import Table

    from jobs.answering import Responded
    from reminder.storage.engine import Database

NEW = f"{REF}-PEMBARUAN"
HEAD = "kepala@biro.example.go.id"
SHIPPED = load_policy(None, shipped("config"), [])
RULES = (
    make_rule(lead_times="H-365 H-180 H-30 H H+1"),
    make_rule("notice-by", deadline="notice_by", lead_times="H-30 H", template="notice_by"),
    make_rule("report", deadline="report", lead_times="H-30 H", template="report"),
    make_rule("step", deadline="step", lead_times="H-14 H-1 HK+1", template="step"),
)
AGREEMENT = make_agreement(
    expires_on="2027-05-31",
    notice_period="6 months",
    report_cycle="semester",
    officer="petugas.khusus@biro.example.go.id",
    leading_unit="Dinas Pendidikan",
    fields="pendidikan; pertanian",
)


@pytest.fixture
def world(database: Database) -> World:
    """An agreement that was told of on 1 June 2026, a year before it ends."""
    made = World(database, make_policy(*RULES, chains=SHIPPED.chains))
    made.put(*make_office(), AGREEMENT)
    made.scan("2026-06-01")
    return made


def decide(
    world: World, decision: Decision, day: str = "2026-06-10", ref: str = REF, **more: Any
) -> list[str]:
    """A decision as it reaches the job: its response is stored in the same transaction."""
    with world.database.write() as connection:
        deadlines = tables.deadlines
        expiry = select(deadlines.c.id, deadlines.c.epoch).where(
            deadlines.c.agreement == ref, deadlines.c.kind == "expiry"
        )
        id_, epoch = connection.execute(expiry).one()
        on = date.fromisoformat(day)
        add_response(
            connection,
            ResponseRecord(at(day), on, ref, id_, epoch, "decide", HEAD, "shell",
                           decision=decision.value),
        )  # fmt: skip
        return carry_out(world.context(at(day)), connection, ref, decision, on, HEAD, **more)


def rows(world: World, table: Table, ref: str, *names: str) -> list[tuple[Any, ...]]:
    column = table.c["ref" if table is tables.agreements else "agreement"]
    query = select(*(table.c[name] for name in names)).where(column == ref)
    with world.database.read() as connection:
        return sorted(tuple(row) for row in connection.execute(query))


def steps(world: World, ref: str = REF) -> list[tuple[Any, ...]]:
    return rows(world, tables.steps, ref, "step", "started_on", "done_on")


def deadlines(world: World, ref: str = REF) -> dict[str, tuple[Any, ...]]:
    found = rows(world, tables.deadlines, ref, "kind", "key", "due_on", "status", "status_reason")
    return {f"{kind}:{key}" if key else kind: tuple(rest) for kind, key, *rest in found}


def status(world: World, ref: str = REF) -> str:
    ((found,),) = rows(world, tables.agreements, ref, "status")
    assert isinstance(found, str)
    return found


# --- renew


def test_renewal_is_an_agreement_of_its_own_that_begins_with_the_letter_to_the_partner(
    world: World,
) -> None:
    lines = decide(world, Decision.RENEW)

    names = ("title", "kind", "instrument", "bureau", "local_party", "partner", "country",
             "officer", "leading_unit", "fields", "replaces")  # fmt: skip
    assert rows(world, tables.agreements, NEW, *names) == [
        (
            "Pembaruan: Kerja Sama Sister Province Jawa Tengah dan Queensland",
            "KSDPL", "MoU", "B-01", "Provinsi Jawa Tengah", "Queensland", "Australia",
            "petugas.khusus@biro.example.go.id", "Dinas Pendidikan", "pendidikan; pertanian", REF,
        )
    ]  # fmt: skip
    dates = ("signed_on", "effective_on", "expires_on", "term", "notice_period", "auto_renew")
    assert rows(world, tables.agreements, NEW, *dates) == [(None,) * 6]
    assert steps(world, NEW) == [("surat_kehendak", "2026-06-10", None)]
    assert deadlines(world, NEW)["step:surat_kehendak"][:2] == (date(2026, 7, 10), "open")
    assert "step surat_kehendak: due 2026-07-10" in lines


def test_renewal_does_not_stop_the_countdown(world: World) -> None:
    decide(world, Decision.RENEW)

    assert deadlines(world)["expiry"][1] == "open"
    assert status(world) == ""
    world.scan("2026-12-02")
    assert (REF, "H-180", date(2026, 12, 2)) in world.notices()


def test_next_steps_of_the_renewal_follow_as_they_are_recorded(world: World) -> None:
    decide(world, Decision.RENEW)
    world.put(make_step("surat_kehendak", agreement=NEW, started_on="2026-06-10",
                        done_on="2026-06-15"))  # fmt: skip
    world.scan("2026-06-16")

    found = deadlines(world, NEW)
    assert found["step:surat_kehendak"][1] == "met"
    assert found["step:tanggapan_mitra"][:2] == (date(2026, 7, 30), "open")


def test_decision_to_renew_is_in_the_journal_with_who_decided(world: World) -> None:
    decide(world, Decision.RENEW)

    found = world.rows(tables.events, "kind", "agreement", "actor", "data")
    facts = [
        (agreement, json.loads(data)["table"], actor)
        for kind, agreement, actor, data in found
        if kind == "fact"
    ]
    assert facts == [(NEW, "agreements", HEAD), (NEW, "steps", HEAD)]


@pytest.mark.parametrize(
    ("taken", "new"),
    [
        pytest.param((), NEW, id="free"),
        pytest.param((NEW,), f"{NEW}-2", id="taken"),
        pytest.param((f"{REF}-Pembaruan".lower(),), f"{NEW}-2", id="one that looks like it"),
        pytest.param((NEW, f"{NEW}-2"), f"{NEW}-3", id="both taken"),
    ],
)
def test_renewal_gets_the_first_ref_that_is_free(
    world: World, taken: tuple[str, ...], new: str
) -> None:
    world.put(*(make_agreement(ref) for ref in taken))
    decide(world, Decision.RENEW)

    assert rows(world, tables.agreements, new, "replaces") == [(REF,)]


def test_renewal_of_a_renewal_is_numbered_instead_of_named_twice(world: World) -> None:
    world.put(make_agreement(NEW, title="Pembaruan: Sister Province", expires_on="2027-05-31"))
    world.scan("2026-06-02")
    decide(world, Decision.RENEW, ref=NEW)

    assert rows(world, tables.agreements, f"{NEW}-2", "replaces", "title") == [
        (NEW, "Pembaruan: Sister Province")
    ]


def test_longest_ref_leaves_room_for_the_suffix(world: World) -> None:
    ref = "K" * 200
    world.put(make_agreement(ref, expires_on="2027-05-31"))
    world.scan("2026-06-02")
    decide(world, Decision.RENEW, ref=ref)

    assert rows(world, tables.agreements, "K" * 190 + "-PEMBARUAN", "replaces") == [(ref,)]


def test_renewal_may_be_given_a_ref(world: World) -> None:
    decide(world, Decision.RENEW, renewal_ref=" KSDPL/2027/009 ")

    assert rows(world, tables.agreements, "KSDPL/2027/009", "replaces") == [(REF,)]


@pytest.mark.parametrize(
    ("renewal_ref", "words"),
    [
        pytest.param(REF, "is in the register already", id="that of another agreement"),
        pytest.param(REF.lower(), "is in the register already", id="one that looks like it"),
        pytest.param("K" * 201, "is 201 characters long", id="one that is too long"),
    ],
)
def test_ref_that_cannot_be_is_refused_and_nothing_is_changed(
    world: World, renewal_ref: str, words: str
) -> None:
    before = world.everything()
    with pytest.raises(ProblemsError, match=words):
        decide(world, Decision.RENEW, renewal_ref=renewal_ref)

    assert world.everything() == before


def test_intended_successor_that_exists_is_used(world: World) -> None:
    world.put(make_agreement("KSDPL/2027/001", signed_on=None, expires_on=None, replaces=REF))
    lines = decide(world, Decision.RENEW)

    assert rows(world, tables.agreements, NEW, "ref") == []
    assert steps(world, "KSDPL/2027/001") == [("surat_kehendak", "2026-06-10", None)]
    assert lines[0] == f"KSDPL/2027/001 is on its way to replace {REF} already."


def test_successor_that_has_begun_is_left_as_it_is(world: World) -> None:
    world.put(
        make_agreement("KSDPL/2027/001", signed_on=None, expires_on=None, replaces=REF),
        make_step("penjajakan", agreement="KSDPL/2027/001", started_on="2026-05-04"),
    )
    decide(world, Decision.RENEW)

    assert steps(world, "KSDPL/2027/001") == [("penjajakan", "2026-05-04", None)]


def test_successor_that_was_given_up_is_not_used(world: World) -> None:
    world.put(
        make_agreement("KSDPL/2027/001", signed_on=None, expires_on=None, replaces=REF,
                       status="terminated")
    )  # fmt: skip
    decide(world, Decision.RENEW)

    assert steps(world, NEW) == [("surat_kehendak", "2026-06-10", None)]


def test_domestic_agreement_begins_its_renewal_in_the_same_way(world: World) -> None:
    world.put(make_agreement("KSDPK/1", kind="KSDPK", instrument="PKS", expires_on="2027-05-31"))
    world.scan("2026-06-02")
    decide(world, Decision.RENEW, ref="KSDPK/1")

    assert steps(world, "KSDPK/1-PEMBARUAN") == [("surat_kehendak", "2026-06-10", None)]


# --- end


def test_end_settles_the_expiry_and_begins_the_closing_checklist(world: World) -> None:
    lines = decide(world, Decision.END)

    assert status(world) == "not_renewing"
    assert steps(world) == [
        ("laporan_akhir", "2026-06-10", None),
        ("pemberitahuan_mitra", "2026-06-10", None),
        ("penyelesaian_kegiatan", "2026-06-10", None),
    ]
    found = deadlines(world)
    said = f"decided to let it end on 2026-06-10 by {HEAD}"
    assert found["expiry"] == (date(2027, 5, 31), "met", said)
    assert found["notice_by"] == (date(2026, 11, 30), "met", said)
    # Six months and a month before the end, and a month after it.
    assert found["step:pemberitahuan_mitra"][:2] == (date(2026, 12, 2), "open")
    assert found["step:penyelesaian_kegiatan"][:2] == (date(2027, 5, 1), "open")
    assert found["step:laporan_akhir"][:2] == (date(2027, 6, 30), "open")
    assert "step laporan_akhir: due 2027-06-30" in lines


def test_after_the_end_is_decided_the_closing_is_told_and_the_expiry_is_not(world: World) -> None:
    decide(world, Decision.END)
    world.scan("2026-11-18")
    world.scan("2027-05-31")

    told = [(kind, lead) for ref, kind, lead, day in world_notices(world) if day > "2026-06-10"]
    assert ("step:pemberitahuan_mitra", "H-14") in told
    assert ("step:penyelesaian_kegiatan", "HK+1") in told
    assert not [kind for kind, _ in told if kind in ("expiry", "notice_by")]


def test_reports_up_to_the_expiry_are_asked_for_after_the_end_is_decided(world: World) -> None:
    decide(world, Decision.END)

    assert deadlines(world)["report:2026-S2"][1] == "open"


def test_end_decided_late_leaves_two_weeks_from_the_decision(world: World) -> None:
    decide(world, Decision.END, "2027-05-20")

    found = deadlines(world)
    assert found["step:pemberitahuan_mitra"][:2] == (date(2027, 6, 3), "open")
    assert found["step:penyelesaian_kegiatan"][:2] == (date(2027, 6, 3), "open")
    assert found["step:laporan_akhir"][:2] == (date(2027, 6, 30), "open")


@pytest.mark.parametrize(
    ("day", "told"),
    [
        pytest.param("2026-11-30", "must be given by 2026-11-30", id="on the last day"),
        pytest.param("2026-12-01", "was due by 2026-11-30: unless", id="the day after"),
    ],
)
def test_end_of_a_text_that_renews_itself_names_the_notice_to_the_partner(
    world: World, day: str, told: str
) -> None:
    world.put(replace(AGREEMENT, auto_renew=Span.parse("1 year")))
    world.scan("2026-06-02")
    assert told in " ".join(decide(world, Decision.END, day))


def test_end_of_any_other_text_names_none(world: World) -> None:
    assert "renews itself" not in " ".join(decide(world, Decision.END, "2026-12-01"))


def test_end_holds_only_while_the_register_says_not_renewing(world: World) -> None:
    decide(world, Decision.END)
    world.put(AGREEMENT)  # somebody imports the row as it was
    world.scan("2026-06-11")

    found = deadlines(world)
    assert found["expiry"][1] == "open"
    assert found["step:laporan_akhir"][1:] == ("void", "no longer follows from the register")


def test_end_does_not_hold_for_another_expiry(world: World) -> None:
    decide(world, Decision.END)
    world.put(make_agreement(expires_on="2027-12-31", status="not_renewing"))
    world.scan("2026-06-11")

    assert deadlines(world)["expiry"][:2] == (date(2027, 12, 31), "open")
    world.scan("2026-06-12")
    assert deadlines(world)["expiry"][:2] == (date(2027, 12, 31), "open")


# --- revitalise


def test_revitalisation_begins_its_steps_and_the_countdown_goes_on(world: World) -> None:
    lines = decide(world, Decision.REVITALISE)

    assert steps(world) == [
        ("evaluasi_bersama", "2026-06-10", None),
        ("rencana_aksi_baru", None, None),
    ]
    found = deadlines(world)
    assert (found["expiry"][1], status(world)) == ("open", "")
    assert found["step:evaluasi_bersama"][:2] == (date(2026, 8, 10), "open")
    assert "step:rencana_aksi_baru" not in found
    assert "step evaluasi_bersama: due 2026-08-10" in lines

    world.put(make_step("evaluasi_bersama", started_on="2026-06-10", done_on="2026-07-01"))
    world.scan("2026-07-02")
    assert deadlines(world)["step:rencana_aksi_baru"][:2] == (date(2026, 9, 1), "open")


# --- one after another


@pytest.mark.parametrize("decision", list(Decision), ids=str)
def test_same_decision_again_changes_nothing_in_the_register(
    world: World, decision: Decision
) -> None:
    decide(world, decision)
    kept = (tables.agreements, tables.steps)
    before = {table.name: world.everything()[table.name] for table in kept}
    decide(world, decision, "2026-06-12")

    assert {table.name: world.everything()[table.name] for table in kept} == before


def test_renewal_decided_after_the_end_takes_it_back(world: World) -> None:
    decide(world, Decision.END)
    lines = decide(world, Decision.RENEW, "2026-06-20")

    assert (status(world), deadlines(world)["expiry"][1]) == ("", "open")
    # What was begun stays as a fact, and is asked for no more.
    assert len(steps(world)) == 3
    assert deadlines(world)["step:laporan_akhir"][1] == "void"
    assert steps(world, NEW) == [("surat_kehendak", "2026-06-20", None)]
    assert lines[0] == f"status of {REF}: not_renewing -> (empty)"
    assert (
        "The closing steps stay in the register (pemberitahuan_mitra, penyelesaian_kegiatan, "
        "laporan_akhir) and are no longer asked for."
    ) in lines


def test_end_decided_after_a_renewal_says_what_is_left_to_clean_up(world: World) -> None:
    decide(world, Decision.RENEW)
    lines = decide(world, Decision.END, "2026-06-20")

    assert deadlines(world)["expiry"][1] == "met"
    assert deadlines(world, NEW)["step:surat_kehendak"][1] == "open"
    assert (
        f"{NEW} is still on its way to replace {REF}: if it is given up, set its status to "
        "terminated, or its steps are told on."
    ) in lines


def test_end_decided_after_a_revitalisation_asks_for_it_no_more(world: World) -> None:
    decide(world, Decision.REVITALISE)
    lines = decide(world, Decision.END, "2026-06-20")

    assert deadlines(world)["step:evaluasi_bersama"][1] == "void"
    assert (
        "The revitalisation steps stay in the register (evaluasi_bersama, rencana_aksi_baru) and "
        "are no longer asked for."
    ) in lines


def test_end_decided_a_second_time_begins_the_closing_where_it_was(world: World) -> None:
    decide(world, Decision.END)
    world.put(make_step("pemberitahuan_mitra", started_on="2026-06-10", done_on="2026-06-15"))
    decide(world, Decision.RENEW, "2026-06-20")
    lines = decide(world, Decision.END, "2026-06-25")

    found = deadlines(world)
    assert (found["step:pemberitahuan_mitra"][1], found["step:laporan_akhir"][1]) == ("met", "open")
    assert "step pemberitahuan_mitra was done on 2026-06-15 already." in lines


# --- by the answer itself


def answer(world: World, decision: Decision, day: str) -> Responded:
    who = Person(HEAD)
    return respond.decide(world.context(at(day)), Named(REF, "expiry"), who, decision)


def test_answer_is_on_record_and_carried_out_in_one_transaction(world: World) -> None:
    renewed = answer(world, Decision.RENEW, "2026-06-10")
    assert f"{NEW} is recorded as the agreement that is to replace {REF}" in renewed.effects[0]
    assert steps(world, NEW) == [("surat_kehendak", "2026-06-10", None)]

    ended = answer(world, Decision.END, "2026-06-11")
    assert ended.deadline.status == "met"
    assert [code for code, *_ in steps(world)] == [
        "laporan_akhir", "pemberitahuan_mitra", "penyelesaian_kegiatan",
    ]  # fmt: skip

    revived = answer(world, Decision.REVITALISE, "2026-06-12")
    assert revived.deadline.status == "open"
    assert (status(world), deadlines(world)["step:evaluasi_bersama"][1]) == ("", "open")
    said = world.rows(tables.responses, "action", "decision", "actor")
    assert said == [("decide", word, HEAD) for word in ("renew", "end", "revitalise")]


def test_end_that_an_import_took_back_can_be_decided_again(world: World) -> None:
    answer(world, Decision.END, "2026-06-10")
    assert not answer(world, Decision.END, "2026-06-11").is_new
    world.put(AGREEMENT)
    world.scan("2026-06-12")
    assert deadlines(world)["expiry"][1] == "open"

    assert answer(world, Decision.END, "2026-06-12").is_new
    assert (status(world), deadlines(world)["expiry"][1]) == ("not_renewing", "met")


def test_answer_that_cannot_be_carried_out_leaves_nothing(world: World) -> None:
    world.put(make_agreement(expires_on="2027-05-31", status="terminated"))
    before = world.everything()

    with pytest.raises(ResponseRefused):
        answer(world, Decision.RENEW, "2026-06-10")
    assert world.everything() == before


# --- what cannot be decided


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        pytest.param({"status": "terminated"}, "is terminated", id="terminated"),
        pytest.param({"status": "replaced"}, "is replaced", id="replaced"),
    ],
)
def test_nothing_is_decided_about_an_agreement_that_is_over(
    world: World, facts: dict[str, Any], words: str
) -> None:
    world.put(make_agreement(expires_on="2027-05-31", **facts))

    with pytest.raises(ResponseRefused, match=words):
        decide(world, Decision.RENEW)


def test_nothing_is_decided_about_an_agreement_that_was_replaced(world: World) -> None:
    world.put(make_agreement("KSDPL/2026/007", signed_on="2026-06-01", replaces=REF))

    with pytest.raises(ResponseRefused, match=r"replaced by KSDPL/2026/007"):
        decide(world, Decision.END)


def test_policy_without_those_chains_begins_no_step_and_says_so(database: Database) -> None:
    world = World(database, make_policy(*RULES, chains={}))
    world.put(*make_office(), AGREEMENT)
    world.scan("2026-06-01")
    lines = decide(world, Decision.END)

    assert (status(world), steps(world)) == ("not_renewing", [])
    assert "steps.yaml has no steps for this decision: nothing is begun." in lines


def world_notices(world: World) -> list[tuple[str, str, str, str]]:
    """Agreement, deadline, lead time and day of every notice."""
    names = {
        id_: f"{kind}:{key}" if key else kind
        for id_, kind, key in world.rows(tables.deadlines, "id", "kind", "key")
    }
    return [
        (ref, names[deadline], lead, day.isoformat())
        for ref, deadline, lead, day in world.notices(
            "agreement", "deadline_id", "lead_time", "made_on"
        )
    ]
