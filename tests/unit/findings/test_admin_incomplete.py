"""ADMIN_INCOMPLETE: what is missing in the papers, what contradicts itself, and what ends it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reminder.agreements import Activity, Document, Dossier, Report, Step
from reminder.calendars import Span
from reminder.findings.admin_incomplete import years_in
from tests.factories import (
    make_activity,
    make_agreement,
    make_document,
    make_dossier,
    make_report,
    make_step,
)
from tests.findings import assert_seen_on_planned_days, assert_told_and_closed, due_on, found, gaps

CODE = "ADMIN_INCOMPLETE"
TEXT = make_document()
DEPOSIT = make_document("penyerahan_naskah_asli", number="", date="2021-06-21")
Fact = Step | Document | Report | Activity


def dossier(*facts: Fact, **agreement: Any) -> Dossier:
    """A signed agreement in the register since 2024 with these facts, and nothing else."""
    return make_dossier(
        make_agreement(**agreement),
        steps=tuple(one for one in facts if isinstance(one, Step)),
        documents=tuple(one for one in facts if isinstance(one, Document)),
        reports=tuple(one for one in facts if isinstance(one, Report)),
        activities=tuple(one for one in facts if isinstance(one, Activity)),
    )


COMPLETE = dossier(TEXT, DEPOSIT)
NO_STEP: Any = {"signed_on": None, "expires_on": None}


def codes(of: Dossier, day: str = "2026-03-02") -> list[str]:
    planned = found(CODE, of, day)
    return [gap.code for gap in planned.deadline.gaps] if planned is not None else []


def test_complete_papers_are_no_finding() -> None:
    assert codes(COMPLETE) == []


# What is missing


@pytest.mark.parametrize(
    ("before", "gap", "mend"),
    [
        pytest.param(dossier(DEPOSIT, letter_number="119/12/KSD/2021"), "text_missing",
                     dossier(DEPOSIT, TEXT), id="no text: a document naskah ends it"),
        pytest.param(dossier(DEPOSIT, letter_number="119/12/KSD/2021"), "text_missing",
                     dossier(DEPOSIT, make_document("naskah_id")), id="or naskah_id"),
        pytest.param(dossier(DEPOSIT, letter_number="119/12/KSD/2021"), "text_missing",
                     dossier(DEPOSIT, make_step("penandatanganan", document="naskah, map 4"),
                             letter_number="119/12/KSD/2021"),
                     id="or the document of the signing's step"),
        pytest.param(dossier(make_document(number=""), DEPOSIT), "number_missing", COMPLETE,
                     id="no number: that of the text ends it"),
        pytest.param(dossier(make_document(number=""), DEPOSIT), "number_missing",
                     dossier(make_document(number=""), DEPOSIT, letter_number="119/12/KSD/2021"),
                     id="or that of the letter"),
        pytest.param(dossier(TEXT), "original_not_deposited", COMPLETE,
                     id="no deposit: a document of the step's name ends it"),
        pytest.param(dossier(TEXT), "original_not_deposited",
                     dossier(TEXT, make_document("berita_acara_serah_terima", number="")),
                     id="or the record of the deposit"),
        pytest.param(dossier(TEXT), "original_not_deposited",
                     dossier(TEXT, make_step("penyerahan_naskah_asli", done_on="2021-06-21",
                                             document="berita acara")), id="or the done step"),
    ],
)  # fmt: skip
def test_what_is_missing_on_entry_is_told_on_that_day(
    before: Dossier, gap: str, mend: Dossier
) -> None:
    assert codes(before) == [gap]
    assert_told_and_closed(CODE, before, "2024-01-02", mend)


@pytest.mark.parametrize(
    ("signed_on", "text_on", "deposit_on"),
    [
        pytest.param("2026-03-02", "2026-03-17", "2026-04-02", id="a full date"),
        pytest.param("2026-02", "2026-03-15", "2026-03-31", id="a month counts from its last day"),
    ],
)
def test_papers_of_a_later_signing_are_told_after_the_time_they_take(
    signed_on: str, text_on: str, deposit_on: str
) -> None:
    of = dossier(signed_on=signed_on, expires_on="2031-03-02")

    assert_told_and_closed(CODE, of, text_on, dossier(**NO_STEP))
    assert codes(of, text_on) == ["text_missing", "number_missing"]
    assert codes(of, deposit_on) == ["text_missing", "number_missing", "original_not_deposited"]
    assert due_on(found(CODE, of, deposit_on)) == text_on
    text = make_document(number="119/12/KSD", date=signed_on)
    mended = dossier(text, signed_on=signed_on, expires_on="2031-03-02")
    assert_told_and_closed(
        CODE, mended, deposit_on, replace(mended, documents=(*mended.documents, DEPOSIT))
    )


def test_times_are_those_of_the_policy() -> None:
    of = dossier(signed_on="2026-03-02", expires_on="2031-03-02")
    longer = {"document_within": Span(months=1), "deposit_within": Span(days=7)}

    assert due_on(found(CODE, of, "2026-06-01", thresholds=longer)) == "2026-03-10"
    assert list(gaps(found(CODE, of, "2026-04-02", thresholds=longer))) == [
        "original_not_deposited"
    ]
    assert len(gaps(found(CODE, of, "2026-04-03", thresholds=longer))) == 3


def test_mending_one_gap_does_not_date_the_others_anew() -> None:
    assert codes(dossier()) == ["text_missing", "number_missing", "original_not_deposited"]
    for of in (dossier(), dossier(DEPOSIT), dossier(TEXT), dossier(make_document(number=""))):
        assert due_on(found(CODE, of, "2026-03-02")) == "2024-01-02"


@pytest.mark.parametrize(
    ("agreement", "expected"),
    [
        pytest.param({"instrument": "LoI"}, [], id="a letter of intent is not deposited"),
        pytest.param({"signed_on": "2000-10-22", "expires_on": None}, [],
                     id="nor what was signed before UU 24/2000"),
        pytest.param({"kind": "KSDPK"}, [], id="nor a contract at home"),
        pytest.param({"kind": "KSDLL"}, ["original_not_deposited"], id="that of an institution is"),
    ],
)  # fmt: skip
def test_deposit_is_asked_for_where_the_law_may_ask_for_it(
    agreement: dict[str, Any], expected: list[str]
) -> None:
    text = make_document(date=agreement.get("signed_on", "2021-05-31"), number="119/12/KSD")
    assert codes(dossier(text, **agreement)) == expected


@pytest.mark.parametrize(
    ("facts", "agreement", "day"),
    [
        pytest.param((make_report(submitted_on="2026-01-12", evidence="surat"),), {}, "2026-01-27",
                     id="it is reported on"),
        pytest.param((make_activity("ceremony", "2025-05-05"),), {}, "2025-05-20",
                     id="there was a ceremony"),
        pytest.param((make_document(date="2025-05-05", number=""),), {}, "2025-05-20",
                     id="its text is there"),
        pytest.param((make_document(date=None),), {}, "2024-01-02",
                     id="a text without a date has been there from the entry on"),
        pytest.param((), {"effective_on": "2025-05"}, "2025-06-15", id="it came into force"),
        pytest.param((), {"expires_on": "2030-05-05"}, "2024-01-02", id="it has an end"),
    ],
)  # fmt: skip
def test_agreement_in_force_without_a_day_of_signing_is_told(
    facts: tuple[Fact, ...], agreement: dict[str, Any], day: str
) -> None:
    before = dossier(*facts, **{**NO_STEP, **agreement})
    signed = make_agreement(signed_on="2021-05-31", expires_on=None)
    papers = (make_document(number="119/12/KSD", date=None), DEPOSIT)

    assert_told_and_closed(CODE, before, day, replace(before, agreement=signed, documents=papers))
    assert "signed_on_missing" in codes(before)


def test_intention_has_no_papers_to_miss() -> None:
    step = make_step("pernyataan_kehendak", started_on="2026-01-05")
    assert codes(dossier(**NO_STEP)) == []
    assert codes(dossier(step, make_activity("ceremony", "2026-01-05"), **NO_STEP)) == []
    assert codes(dossier(step, signed_on=None, expires_on="2031-01-05")) == []


# The papers of steps


@pytest.mark.parametrize(
    ("done_on", "day"), [("2026-03-02", "2026-03-17"), ("2026-02", "2026-03-15")]
)
@pytest.mark.parametrize(
    "mend",
    [
        pytest.param(make_document("surat_konfirmasi", number="", date=None), id="a document"),
        pytest.param(make_step("surat_konfirmasi", done_on="2026-03-02", document="surat 4/2026"),
                     id="the step's own document"),
        pytest.param(make_step("surat_konfirmasi"), id="it was not done after all"),
    ],
)  # fmt: skip
def test_done_step_without_its_paper_is_told_after_the_time_it_takes(
    done_on: str, day: str, mend: Fact
) -> None:
    before = dossier(make_step(done_on=done_on), **NO_STEP)
    facts = [mend] if isinstance(mend, Step) else [make_step(done_on=done_on), mend]

    assert_told_and_closed(CODE, before, day, dossier(*facts, **NO_STEP))
    assert gaps(found(CODE, before, day)) == {
        "document_missing": {"step": "surat_konfirmasi", "done_on": done_on}
    }


def test_paper_of_a_step_long_done_on_entry_is_told_on_that_day() -> None:
    of = dossier(make_step(done_on="2023-01-09"), **NO_STEP)
    assert due_on(found(CODE, of, "2026-03-02")) == "2024-01-02"


@pytest.mark.parametrize(
    "step",
    [
        pytest.param(make_step(started_on="2026-01-05"), id="not done yet"),
        pytest.param(make_step(done_on="2026-03-03"), id="done tomorrow"),
        pytest.param(make_step("langkah_sendiri", done_on="2026-01-05"), id="not in the chain"),
    ],
)
def test_step_without_paper_is_no_gap(step: Step) -> None:
    assert codes(dossier(step, **NO_STEP)) == []


def test_signing_is_asked_for_its_text_once() -> None:
    of = dossier(make_step("penandatanganan", done_on="2021-05-31"), DEPOSIT)
    assert codes(of) == ["text_missing", "number_missing"]


# Contradictions


@pytest.mark.parametrize(
    ("number", "years"),
    [
        ("090/682-Pem/2018", {2018}),
        ("(contoh) 440/12/PKS/2021", {2021}),
        ("Nomor 12 Tahun 2018", {2018}),
        ("119.12.KSD.2021", {2021}),
        ("12/PKS-2018", {2018}),
        ("12-PKS-2018", {2018}),
        ("119/2012-Pem", set()),
        ("2010/12/Pem", set()),
        ("1999/12/Pem/2019", {2019}),
        ("119/12/KSD", set()),
        ("2018", {2018}),
        ("119/20189", set()),
        ("", set()),
    ],
)
def test_year_of_a_number_is_a_part_of_its_own(number: str, years: set[int]) -> None:
    assert years_in(number) == years


TRIP_REPORT = make_document("surat_tugas", number="090/682-Pem/2018", date="2019-08-16")


@pytest.mark.parametrize(
    ("before", "day", "mend"),
    [
        pytest.param(dossier(TEXT, DEPOSIT, TRIP_REPORT), "2024-01-02",
                     dossier(TEXT, DEPOSIT, replace(TRIP_REPORT, number="090/682-Pem/2019")),
                     id="the letter of the trip report: 2018 by number, 2019 by date"),
        pytest.param(dossier(TEXT, DEPOSIT, letter_number="119/12/KSD/2020",
                             letter_date="2021-05-31"), "2024-01-02",
                     dossier(TEXT, DEPOSIT, letter_number="119/12/KSD/2020",
                             letter_date="2020-12-30"),
                     id="the agreement's own letter"),
        pytest.param(dossier(TEXT, DEPOSIT, make_document("surat_kuasa", number="7/SK/2025",
                                                          date="2026-03-02")), "2026-03-02",
                     COMPLETE, id="a letter after the entry counts from its date"),
    ],
)  # fmt: skip
def test_number_of_another_year_is_told_and_ended_by_the_right_one(
    before: Dossier, day: str, mend: Dossier
) -> None:
    assert_told_and_closed(CODE, before, day, mend)
    assert codes(before) == ["number_year_differs"]


def test_letter_that_stands_in_two_places_is_named_once() -> None:
    letter = {"letter_number": "119/12/KSD/2020", "letter_date": "2021-05-31"}
    of = dossier(make_document(number="119/12/KSD/2020"), DEPOSIT, **letter)

    assert codes(of) == ["number_year_differs"]
    assert gaps(found(CODE, of, "2026-03-02"))["number_year_differs"] == {
        "number": "119/12/KSD/2020",
        "document_on": "2021-05-31",
    }


@pytest.mark.parametrize(
    ("agreement", "computed"),
    [
        pytest.param({"expires_on": "2026-05-31"}, "", id="the anniversary"),
        pytest.param({"expires_on": "2026-05-30"}, "", id="the day before it"),
        pytest.param({"expires_on": "2026-06-01"}, "", id="a day after it"),
        pytest.param({"expires_on": "2026-05-29"}, "2026-05-31", id="two days before it"),
        pytest.param({"expires_on": "2026-06-02"}, "2026-05-31", id="two days after it"),
        pytest.param({"expires_on": "2026-05"}, "", id="the month of it"),
        pytest.param({"expires_on": "2026-06"}, "", id="a month that begins a day after it"),
        pytest.param({"expires_on": "2026-07"}, "2026-05-31", id="another month"),
        pytest.param({"expires_on": "2026"}, "", id="the year of it"),
        pytest.param({"expires_on": "2027"}, "2026-05-31", id="another year"),
        pytest.param({"expires_on": "2026-05-01", "signed_on": "2021-05"}, "",
                     id="a month of signing leaves it open"),
        pytest.param({"expires_on": "2026-07-01", "signed_on": "2021-05"}, "2026-05",
                     id="but not so far"),
        pytest.param({"expires_on": "2026-08-01", "effective_on": "2021-08-01"}, "",
                     id="counted from the coming into force"),
        pytest.param({"expires_on": "2026-05-31", "effective_on": "2021-08-01"}, "",
                     id="or from the signing after all"),
        pytest.param({"expires_on": "2027-05-31", "auto_renew": "1 year"}, "",
                     id="moved on when it renewed itself"),
        pytest.param({"expires_on": "2025-05-31", "auto_renew": "1 year"}, "2026-05-31",
                     id="renewing itself never ends sooner"),
        pytest.param({"expires_on": "2030-01-01", "term": None}, "", id="no term to go by"),
        pytest.param({"expires_on": "2026-07-01", "signed_on": "2021-05-10", "term": "40 days",
                      "effective_on": "2021-05"}, "2021-06", id="an interval: by its month"),
    ],
)  # fmt: skip
def test_end_that_the_term_does_not_lead_to_is_told(
    agreement: dict[str, Any], computed: str
) -> None:
    agreement = {"term": "5 years", **agreement}
    signed = agreement.get("signed_on", "2021-05-31")
    of = dossier(make_document(date=signed), DEPOSIT, **agreement)
    found_here = gaps(found(CODE, of, "2026-03-02"))

    assert found_here.get("expiry_differs", {}).get("computed_on", "") == computed
    if computed:
        assert list(found_here) == ["expiry_differs"]
        right = dossier(make_document(date=signed), DEPOSIT, **{**agreement, "term": None})
        assert_told_and_closed(CODE, of, "2024-01-02", right)


@pytest.mark.parametrize(
    ("text_on", "signed_on", "disagree"),
    [
        ("2019-07-09", "2019-08-06", True),
        ("2019-07", "2019-08-06", True),
        ("2018", "2019-08-06", True),
        ("2019-08", "2019-08-06", False),
        ("2019", "2019-08-06", False),
        ("2019-08-06", "2019-08", False),
        ("2019-08-06", "2019-08-06", False),
    ],
)
def test_text_dated_otherwise_than_the_signing_is_told(
    text_on: str, signed_on: str, disagree: bool
) -> None:
    text = make_document("naskah", number="119/12/KSD", date=text_on)
    of = dossier(text, DEPOSIT, signed_on=signed_on, expires_on=None)

    assert codes(of) == (["text_dated_otherwise"] if disagree else [])
    if disagree:
        assert_told_and_closed(
            CODE, of, "2024-01-02", replace(of, documents=(replace(text, date=None), DEPOSIT))
        )
        assert gaps(found(CODE, of, "2026-03-02"))["text_dated_otherwise"] == {
            "document": "naskah",
            "text_on": text_on,
            "signed_on": signed_on,
        }


def test_text_of_each_language_is_held_against_the_signing() -> None:
    of = dossier(TEXT, make_document("naskah_en", date="2021-06-30"), DEPOSIT)
    assert gaps(found(CODE, of, "2026-03-02"))["text_dated_otherwise"]["document"] == "naskah_en"


def test_signing_still_to_come_is_told_until_its_day() -> None:
    of = dossier(signed_on="2026-05-04", expires_on="2031-05-04")

    assert_told_and_closed(CODE, of, "2024-01-02", dossier(**NO_STEP))
    assert codes(of, "2026-05-03") == ["signing_ahead"]
    assert codes(of, "2026-05-04") == []
    assert codes(of, "2026-05-19") == ["text_missing", "number_missing"]


# Whose it is, and until when


@pytest.mark.parametrize("status", ["terminated", "replaced"])
def test_nothing_is_asked_for_once_an_agreement_is_over(status: str) -> None:
    assert codes(dossier(TRIP_REPORT, status=status)) == []
    assert codes(replace(dossier(TRIP_REPORT), replaced_by="BARU")) == []


def test_unknown_end_is_left_to_the_finding_of_its_own() -> None:
    assert codes(dossier(TEXT, DEPOSIT, expires_on=None)) == []


def test_plan_looks_again_whenever_time_changes_it() -> None:
    of = dossier(
        make_step(done_on="2026-03-20"), make_step("surat_kuasa", done_on="2026-04"),
        make_document("surat_tugas", number="1/2025", date="2026-05-04"),
        signed_on="2026-04-06", expires_on="2031-06-06", term="5 years",
        effective_on="2026-04-20",
    )  # fmt: skip
    assert_seen_on_planned_days(CODE, of, "2023-12-20", "2024-02-01")
    assert_seen_on_planned_days(CODE, of, "2026-03-10", "2026-06-30")
