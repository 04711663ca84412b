"""Where an agreement stands in its chain, as ``why`` and ``plan`` say it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from jobs.explaining import explain_agreement
from jobs.foresight import foretell
from jobs.renewal import carry_out
from reminder.agreements import Decision
from reminder.cli.plan import _line, _rows
from reminder.cli.why import lines_of
from reminder.explanation import as_json
from reminder.policy import load_policy
from reminder.resources import shipped
from tests.factories import REF, make_agreement, make_step
from tests.stored import World, at, make_office

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reminder.storage.engine import Database

NEW = f"{REF}-PEMBARUAN"
SHIPPED = replace(load_policy(None, shipped("config"), []), findings={})
ON_ITS_WAY = make_agreement(signed_on=None, expires_on=None)
DONE = ("prakarsa", "penjajakan", "konsultasi_pusat", "pernyataan_kehendak", "rencana_kerja_sama")
WAY = (
    "stage", "stage_on", "next_step", "next_step_of", "next_step_since", "next_step_waits_for",
    "next_step_documents", "start_by",
)  # fmt: skip


@pytest.fixture
def world(sqlite_database: Database) -> World:
    made = World(sqlite_database, SHIPPED)
    made.put(*make_office())
    return made


def words(world: World, day: str, ref: str = REF) -> str:
    return "\n".join(lines_of(explain_agreement(world.context(at(day)), ref)))


def way(world: World, day: str, ref: str = REF) -> Mapping[str, object]:
    agreement = as_json(explain_agreement(world.context(at(day)), ref))["agreement"]
    assert isinstance(agreement, dict)
    return {name: agreement[name] for name in WAY}


def test_why_names_stage_next_step_and_working_day(world: World) -> None:
    steps = [make_step(code, done_on="2026-01-05") for code in DONE]
    world.put(ON_ITS_WAY, *steps, make_step("persetujuan_dprd", started_on="2026-01-12"))
    world.scan("2026-02-02")

    text = words(world, "2026-02-02")
    assert "  stage: rencana_kerja_sama (Cooperation plan), done on 2026-01-05\n" in text
    assert (
        "  next step: persetujuan_dprd (Approval by the regional council), begun on 2026-01-12, "
        "working day 14 of 45, document: persetujuan_dprd\n"
    ) in text
    assert way(world, "2026-02-02") == {
        "stage": "rencana_kerja_sama",
        "stage_on": "2026-01-05",
        "next_step": "persetujuan_dprd",
        "next_step_of": REF,
        "next_step_since": "2026-01-12",
        "next_step_waits_for": [],
        "next_step_documents": ["persetujuan_dprd"],
        "start_by": None,
    }


def test_why_names_a_step_that_could_begin_and_one_that_waits(world: World) -> None:
    world.put(ON_ITS_WAY, make_step("prakarsa", done_on="2026-01-05"))
    assert "next step: penjajakan (Exploration), possible since 2026-01-05, document" in words(
        world, "2026-02-02"
    )

    world.put(make_step("penandatanganan", started_on="2026-02-01"))
    assert "waits for surat_konfirmasi, surat_kuasa, document: naskah" in words(world, "2026-02-02")


def test_why_of_an_agreement_without_steps_says_none(world: World) -> None:
    world.put(make_agreement(signed_on="2025-01-01", expires_on=None))

    text = words(world, "2026-02-02")
    assert "stage:" not in text
    assert "next step:" not in text
    assert set(map(str, way(world, "2026-02-02").values())) == {"None", "[]"}


def test_why_says_by_when_a_renewal_must_begin_also_where_that_is_past(world: World) -> None:
    world.put(make_agreement(expires_on="2028-05-31"))
    world.scan("2026-11-20")
    assert "  a renewal must begin by 2027-01-12 to be signed before the end, going by" in words(
        world, "2026-11-20"
    )
    assert way(world, "2027-06-01")["start_by"] == "2027-01-12"


def test_why_says_no_day_to_begin_for_what_is_not_renewed(world: World) -> None:
    world.put(make_agreement(expires_on="2028-05-31", status="not_renewing"))
    assert way(world, "2026-11-20")["start_by"] is None

    world.put(
        make_agreement(expires_on="2028-05-31"),
        make_agreement(NEW, signed_on="2026-11-01", expires_on="2031-11-01", replaces=REF),
    )
    assert way(world, "2026-11-20")["start_by"] is None


def test_why_names_the_step_of_the_renewal_once_it_is_decided(world: World) -> None:
    world.put(make_agreement(expires_on="2027-05-31"))
    world.scan("2026-06-01")
    with world.database.write() as connection:
        context = world.context(at("2026-06-10"))
        carry_out(context, connection, REF, Decision.RENEW, date(2026, 6, 10), "siti")

    assert (
        f"  next step: surat_kehendak (Letter to the partner about the renewal) of {NEW}, begun on "
        "2026-06-10, document: surat_kehendak\n"
    ) in words(world, "2026-06-11")
    assert way(world, "2026-06-11")["next_step_of"] == NEW
    assert way(world, "2026-06-11", NEW)["next_step"] == "surat_kehendak"


def test_plan_has_stage_and_next_step_as_the_mails_will(world: World) -> None:
    world.put(
        make_agreement(expires_on="2026-05-31"),
        *(make_step(code, done_on="2021-05-31") for code in ("penandatanganan",)),
        make_agreement("KSDPL/2026/001", signed_on=None, expires_on=None, partner="Fujian"),
        make_step("prakarsa", agreement="KSDPL/2026/001", done_on="2026-01-05"),
    )
    mails = foretell(world.context(at("2026-02-02")), SHIPPED, date(2026, 2, 2), date(2026, 7, 31))
    found = {(mail.agreement, mail.deadline, mail.stage, mail.next_step) for mail in mails}

    assert found == {
        (REF, "expiry", "penandatanganan", "surat_kehendak"),
        ("KSDPL/2026/001", "step", "prakarsa", "penjajakan"),
    }
    step = next(mail for mail in mails if mail.deadline == "step")
    assert "  step penjajakan due 2026-07-05  next step penjajakan  " in _line(step)
    assert [(row["stage"], row["next_step"]) for row in _rows([step])] == [
        ("prakarsa", "penjajakan")
    ]


def test_two_policies_have_the_same_mail_though_a_stage_is_called_otherwise(world: World) -> None:
    world.put(make_agreement(expires_on="2026-05-31"), make_step("prakarsa", done_on="2021-01-05"))
    context = world.context(at("2026-02-02"))
    days = (date(2026, 2, 2), date(2026, 7, 31))
    others = foretell(context, replace(SHIPPED, chains={}), *days)
    mails = foretell(context, SHIPPED, *days)

    assert {mail.stage for mail in others} == {None}
    assert [mail.identity for mail in others] == [mail.identity for mail in mails]
