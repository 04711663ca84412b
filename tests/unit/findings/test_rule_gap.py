"""RULE_GAP: steps before their time, items not checked, no text in Indonesian; what ends each."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from reminder.agreements import Check, Document, Dossier, Step
from reminder.findings.eligibility import ITEMS, items_for
from tests.factories import make_agreement, make_check, make_document, make_dossier, make_step
from tests.findings import assert_seen_on_planned_days, assert_told_and_closed, due_on, found, gaps

CODE = "RULE_GAP"
PP_28 = "PP Nomor 28 Tahun 2018"


def dossier(*facts: Step | Check | Document, **agreement: Any) -> Dossier:
    """An agreement on its way, with these steps, checks and documents."""
    agreement = {"signed_on": None, "expires_on": None, "entered_on": "2020-01-02", **agreement}
    return make_dossier(
        make_agreement(**agreement),
        steps=tuple(one for one in facts if isinstance(one, Step)),
        checks=tuple(one for one in facts if isinstance(one, Check)),
        documents=tuple(one for one in facts if isinstance(one, Document)),
    )


def with_more(before: Dossier, *facts: Step | Check | Document) -> Dossier:
    """The same with further facts, or with these in the place of those of the same name."""
    recorded: tuple[Step | Check | Document, ...] = (
        *before.steps, *before.checks, *before.documents,
    )  # fmt: skip
    names = {_name(fact) for fact in facts}
    keep = [fact for fact in recorded if _name(fact) not in names]
    more = dossier(*keep, *facts)
    return replace(before, steps=more.steps, checks=more.checks, documents=more.documents)


def _name(fact: Step | Check | Document) -> str:
    if isinstance(fact, Step):
        return fact.step
    return fact.check if isinstance(fact, Check) else fact.type


ALL_CHECKED = tuple(make_check(item.code) for item in ITEMS)
DPRD = make_step("persetujuan_dprd", started_on="2026-03-02")
WAY = {
    "prakarsa": "2025-01-06",
    "penjajakan": "2025-02-03",
    "konsultasi_pusat": "2025-03-03",
    "pernyataan_kehendak": "2025-04-07",
    "rencana_kerja_sama": "2025-06-02",
    "persetujuan_dprd": "2025-08-04",
    "verifikasi_menteri": "2025-10-06",
    "rancangan_naskah": "2025-11-03",
    "rapat_antarkementerian": "2025-12-01",
    "pembahasan_mitra": "2026-01-05",
    "surat_konfirmasi": "2026-02-02",
    "surat_kuasa": "2026-02-09",
}
"""The steps before a signing, each on a day on which it was in time."""


def way(until: str) -> tuple[Step, ...]:
    """The steps up to that one, all done in time."""
    codes = list(WAY)
    return tuple(make_step(code, done_on=WAY[code]) for code in codes[: codes.index(until) + 1])


BEFORE_PLAN: tuple[Step | Check, ...] = (*way("pernyataan_kehendak"), *ALL_CHECKED)


@pytest.mark.parametrize(
    ("early", "day", "mend"),
    [
        pytest.param((DPRD,), "2026-03-02", make_step("rencana_kerja_sama", done_on="2026-02-27"),
                     id="the plan before the DPRD: its row ends it"),
        pytest.param((DPRD,), "2026-03-02",
                     make_document("rencana_kerja_sama", date="2026-02-27"),
                     id="or a document of the step's name"),
        pytest.param((DPRD,), "2026-03-02", make_document("rencana_kerja_sama", date=None),
                     id="also one without a date: nobody can say that it came later"),
        pytest.param((DPRD,), "2026-03-02", make_step("persetujuan_dprd", due_on="2026-03-31"),
                     id="or a corrected row: it had only been planned"),
        pytest.param((make_step("persetujuan_dprd", done_on="2026-03-02"),), "2026-03-02",
                     make_step("rencana_kerja_sama", done_on="2026-03-02"),
                     id="a step that is only done counts from that day; the same day is in time"),
        pytest.param((make_step("persetujuan_dprd", started_on="2026-02"),), "2026-02-28",
                     make_step("rencana_kerja_sama", done_on="2026-02"),
                     id="of a partial date the last day counts, and the same month leaves it open"),
        pytest.param((DPRD, make_step("rencana_kerja_sama", done_on="2026-03-03")), "2026-03-02",
                     make_step("rencana_kerja_sama", done_on="2026-03-02"),
                     id="done later is early too: a corrected date ends it"),
    ],
)  # fmt: skip
def test_step_ahead_of_another_is_told_on_its_day_and_ended_by_the_other(
    early: tuple[Step, ...], day: str, mend: Step | Document
) -> None:
    before = dossier(*BEFORE_PLAN, *early)

    assert_told_and_closed(CODE, before, day, with_more(before, mend))


def test_gap_names_the_step_its_day_what_it_had_to_wait_for_and_the_article() -> None:
    planned = found(CODE, dossier(*BEFORE_PLAN, DPRD), "2026-03-02")

    assert gaps(planned) == {
        "step_ahead": {
            "step": "persetujuan_dprd",
            "step_on": "2026-03-02",
            "prerequisite": "rencana_kerja_sama",
            "article": f"{PP_28} Pasal 28 ayat (5) dan Pasal 30 ayat (3)",
        }
    }
    assert planned is not None
    assert planned.deadline.severity == "action"
    assert "persetujuan_dprd" in planned.deadline.derived_from


def test_step_that_was_done_later_is_named_with_its_day() -> None:
    of = dossier(*BEFORE_PLAN, DPRD, make_step("rencana_kerja_sama", done_on="2026-04-01"))

    assert gaps(found(CODE, of, "2026-04-01"))["step_early"]["done_on"] == "2026-04-01"
    assert list(gaps(found(CODE, of, "2026-03-31"))) == ["step_ahead"], "an intention is no deed"


def test_signing_waits_for_the_two_letters_and_the_council() -> None:
    complete = dossier(*way("surat_kuasa"), *ALL_CHECKED, signed_on="2026-03-02")
    assert found(CODE, complete, "2026-03-02") is None

    for code, kind, article in (
        ("surat_konfirmasi", "step_ahead", f"{PP_28} Pasal 33 ayat (3)-(4)"),
        ("surat_kuasa", "step_ahead_to_confirm", "UU Nomor 24 Tahun 2000 Pasal 7 ayat (1)"),
    ):
        open_one = with_more(complete, make_step(code))
        assert gaps(found(CODE, open_one, "2026-03-02")) == {
            kind: {
                "step": "penandatanganan",
                "step_on": "2026-03-02",
                "prerequisite": code,
                "article": article,
            }
        }
        assert_told_and_closed(CODE, open_one, "2026-03-02", complete)
    passed_over = ("persetujuan_dprd", "verifikasi_menteri")
    planned = found(CODE, with_more(complete, *map(make_step, passed_over)), "2026-03-02")
    assert planned is not None
    assert ("penandatanganan", "persetujuan_dprd") in [
        (dict(gap.values)["step"], dict(gap.values)["prerequisite"])
        for gap in planned.deadline.gaps
    ]


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param((), id="no steps at all"),
        pytest.param((make_step("surat_konfirmasi", due_on="2026-02-02"),), id="only planned ones"),
        pytest.param((make_step("pelaksanaan", started_on="2026-04-06"),),
                     id="only what follows from the signing"),
    ],
)  # fmt: skip
def test_signing_says_nothing_where_the_way_to_it_is_not_kept(facts: tuple[Step, ...]) -> None:
    of = dossier(*facts, *ALL_CHECKED, signed_on="2026-03-02")

    assert found(CODE, of, "2026-05-04") is None


def test_letter_of_intent_is_signed_after_the_consultation() -> None:
    of = dossier(
        make_step("prakarsa", done_on="2025-03-03"), make_step("penjajakan", done_on="2025-06-02"),
        make_step("konsultasi_pusat"), instrument="LoI", signed_on="2026-03-02",
    )  # fmt: skip
    told = gaps(found(CODE, of, "2026-03-02"))["step_ahead"]

    assert (told["step"], told["prerequisite"]) == ("pernyataan_kehendak", "konsultasi_pusat")
    assert_told_and_closed(
        CODE, of, "2026-03-02", with_more(of, make_step("konsultasi_pusat", done_on="2026-02-02"))
    )


def test_each_missing_step_is_named_once_at_the_first_that_went_ahead_of_it() -> None:
    of = dossier(
        make_step("pelaksanaan", started_on="2026-06-01"),
        make_step("evaluasi", started_on="2026-09-07"), *ALL_CHECKED,
    )  # fmt: skip
    planned = found(CODE, of, "2026-09-07")

    assert planned is not None
    assert [dict(gap.values)["prerequisite"] for gap in planned.deadline.gaps] == [
        "penandatanganan"
    ]
    assert due_on(planned) == "2026-06-01"


def test_oldest_gap_comes_first_and_mending_it_moves_on_to_the_next() -> None:
    first = make_step("rencana_kerja_sama", started_on="2026-02-02")
    second = make_step("verifikasi_menteri", started_on="2026-05-04")
    of = dossier(first, second, make_step("persetujuan_dprd", due_on="2026-04-01"), *ALL_CHECKED)
    planned = found(CODE, of, "2026-05-04")

    assert planned is not None
    assert [dict(gap.values)["prerequisite"] for gap in planned.deadline.gaps] == [
        "pernyataan_kehendak",
        "persetujuan_dprd",
    ]
    assert due_on(planned) == "2026-02-02"
    mended = with_more(of, *way("pernyataan_kehendak"))
    assert due_on(found(CODE, mended, "2026-05-04")) == "2026-05-04"


@pytest.mark.parametrize(
    ("of", "why"),
    [
        (dossier(make_step("persetujuan_dprd", done_on="2018-07-12"), *ALL_CHECKED),
         "before PP 28/2018 was promulgated"),
        (dossier(make_step("persetujuan_dprd", done_on="2018"), *ALL_CHECKED),
         "a year in which it may have been before"),
        (dossier(make_step("prakarsa", done_on="2024-05-06"), replaces="LAMA"),
         "what no rule asks for is custom: the letter to the partner before a renewal"),
        (dossier(make_step("langkah_sendiri", done_on="2026-03-02"), *ALL_CHECKED),
         "a step that the chain does not have"),
    ],
)  # fmt: skip
def test_what_cannot_be_held_against_anybody_is_no_gap(of: Dossier, why: str) -> None:
    assert found(CODE, of, "2026-06-01") is None, why


def test_domestic_contract_waits_for_the_joint_agreement() -> None:
    of = dossier(make_step("penyusunan_pks", started_on="2026-03-02"), kind="KSDD",
                 instrument="PKS")  # fmt: skip
    told = gaps(found(CODE, of, "2026-03-02"))["step_ahead"]

    assert told["prerequisite"] == "penandatanganan_kb"
    signed = with_more(of, make_step("penandatanganan_kb", done_on="2026-02-02"),
                       make_step("penyusunan_kb", done_on="2026-01-05"),
                       make_step("penawaran", done_on="2025-12-01"),
                       make_step("pemetaan", done_on="2025-11-03"))  # fmt: skip
    assert_told_and_closed(CODE, of, "2026-03-02", signed)


# The items to be checked


def test_items_are_those_of_pasal_27_and_the_four_principles() -> None:
    sister = make_agreement(fields="pendidikan; teknologi")
    codes = [item.code for item in items_for(sister)]

    assert codes == [item.code for item in ITEMS]
    assert len(codes) == 13
    institution = make_agreement(kind="KSDLL", fields="kesehatan")
    left_out = set(codes) - {item.code for item in items_for(institution)}
    assert left_out == {
        "alih_teknologi", "setara_administratif", "saling_melengkapi", "people_to_people",
    }  # fmt: skip
    assert items_for(make_agreement(kind="KSDPK")) == ()
    principles = [item.code for item in ITEMS if not item.article]
    assert principles == ["aman_politis", "aman_yuridis", "aman_teknis", "aman_keamanan"]
    assert all(item.article.startswith(f"{PP_28} Pasal 27") for item in ITEMS if item.article)


@pytest.mark.parametrize(
    ("facts", "day"),
    [
        pytest.param((make_check("urusan_pemda", on="2026-03-02"),), "2026-03-02",
                     id="from the first answer on"),
        pytest.param((make_check("urusan_pemda", on="2026-03"),), "2026-03-31",
                     id="of a partial date from the last day on"),
        pytest.param((make_check("urusan_pemda", "", on=None),), "2020-01-02",
                     id="an empty list counts from the day of entry"),
        pytest.param((*way("pernyataan_kehendak"),
                      make_step("rencana_kerja_sama", started_on="2026-03-02")), "2026-03-02",
                     id="from the plan (RKS) on"),
        pytest.param((make_step("rapat_antarkementerian", done_on="2026-03-02"),), "2026-03-02",
                     id="from a later step where the plan is not kept"),
    ],
)  # fmt: skip
def test_items_without_an_answer_are_told_once_they_are_called_for(
    facts: tuple[Step | Check, ...], day: str
) -> None:
    of = dossier(*facts)
    planned = found(CODE, of, day)

    assert found(CODE, of, _day_before(day)) is None
    assert planned is not None
    calls = {"check_open", "checks_missing", "principle_open", "principles_missing"}
    assert len(calls.intersection(gaps(planned))) == 2
    assert due_on(planned) == day


def _day_before(day: str) -> date:
    return date.fromisoformat(day) - timedelta(days=1)


def test_answered_items_end_it_and_a_no_does_not() -> None:
    of = dossier(*(check for check in ALL_CHECKED if check.check != "urusan_pemda"))
    with_answer = {
        answer: with_more(of, make_check("urusan_pemda", answer)) for answer in ("yes", "na", "no")
    }
    article = f"{PP_28} Pasal 27 ayat (1) huruf b"

    assert gaps(found(CODE, of, "2026-03-02")) == {
        "check_open": {"check": "urusan_pemda", "article": article}
    }
    assert_told_and_closed(CODE, of, "2025-03-03", with_answer["yes"])
    assert_told_and_closed(CODE, of, "2025-03-03", with_answer["na"])
    assert gaps(found(CODE, with_answer["no"], "2026-03-02")) == {
        "check_failed": {"check": "urusan_pemda", "article": article}
    }


def test_items_of_which_none_was_answered_are_one_gap() -> None:
    of = dossier(make_check("urusan_pemda", "", on=None), make_check("aman_teknis", "", on=None))
    article = f"{PP_28} Pasal 27"

    assert gaps(found(CODE, of, "2026-03-02")) == {
        "checks_missing": {"n_items": "8", "article": article},
        "principles_missing": {"n_items": "4"},
    }
    institution = replace(of, agreement=replace(of.agreement, kind="KSDLL", fields="teknologi"))
    told = gaps(found(CODE, institution, "2026-03-02"))
    assert told["checks_missing"] == {"n_items": "6", "article": article}
    begun = with_more(of, make_check("urusan_pemda", on="2019-03-04"))
    planned = found(CODE, begun, "2026-03-02")
    assert planned is not None
    assert [gap.code for gap in planned.deadline.gaps] == ["check_open"] * 7 + [
        "principles_missing"
    ]


def test_principle_of_safety_is_never_called_a_rule() -> None:
    of = dossier(*ALL_CHECKED[:-1], make_check("aman_keamanan", "no"))

    assert gaps(found(CODE, of, "2026-03-02")) == {"principle_failed": {"check": "aman_keamanan"}}


def test_nobody_is_asked_for_items_before_they_are_called_for() -> None:
    assert found(CODE, dossier(), "2026-03-02") is None
    assert found(CODE, dossier(*way("pernyataan_kehendak")), "2026-03-02") is None
    old = dossier(make_step("persetujuan_dprd", done_on="2017-03-06"))
    assert found(CODE, old, "2026-03-02") is None, "the items are those of PP 28/2018"


# The text in Indonesian


@pytest.mark.parametrize("mend", ["naskah_id", "naskah"])
def test_foreign_text_alone_is_told_from_the_signing_and_ended_by_an_indonesian_one(
    mend: str,
) -> None:
    before = dossier(make_document("naskah_en"), signed_on="2026-03-02")

    assert_told_and_closed(CODE, before, "2026-03-02", with_more(before, make_document(mend)))
    assert gaps(found(CODE, before, "2026-03-02")) == {
        "indonesian_text_missing": {
            "signed_on": "2026-03-02",
            "article": "UU Nomor 24 Tahun 2009 Pasal 31",
        }
    }


@pytest.mark.parametrize(
    ("facts", "agreement"),
    [
        pytest.param((), {"signed_on": "2026-03-02"}, id="no text: ADMIN_INCOMPLETE says so"),
        pytest.param((make_document("surat_kuasa"),), {"signed_on": "2026-03-02"},
                     id="a letter is no text"),
        pytest.param((make_document("naskah_en"),), {}, id="not signed yet"),
        pytest.param((make_document("naskah_en"),), {"signed_on": "2009-07-08"},
                     id="signed before UU 24/2009"),
        pytest.param((make_document("naskah_en"),), {"signed_on": "2026-03-02", "kind": "KSDPK"},
                     id="with a partner in Indonesia"),
    ],
)  # fmt: skip
def test_language_is_no_gap(facts: tuple[Document, ...], agreement: dict[str, Any]) -> None:
    assert found(CODE, dossier(*facts, **agreement), "2026-03-02") is None


# Whose it is, and until when


@pytest.mark.parametrize("status", ["terminated", "replaced"])
def test_nothing_is_asked_for_once_an_agreement_is_over(status: str) -> None:
    of = dossier(DPRD, make_document("naskah_en"), status=status, signed_on="2026-03-02")

    assert found(CODE, of, "2026-06-01") is None
    assert found(CODE, replace(of, replaced_by="BARU"), "2026-06-01") is None


def test_agreement_without_steps_checks_and_papers_has_no_gap() -> None:
    assert found(CODE, make_dossier(), "2026-03-02") is None


def test_plan_looks_again_whenever_time_changes_it() -> None:
    of = dossier(
        make_step("persetujuan_dprd", started_on="2026-03", done_on="2026-06-01"),
        make_step("rencana_kerja_sama", done_on="2026-04-15"),
        make_document("pernyataan_kehendak", date="2026-03-20"),
        make_document("naskah_en", date="2026-07-06"), make_check(on="2026-05"),
        signed_on="2026-07-06",
    )  # fmt: skip
    assert_seen_on_planned_days(CODE, of, "2026-02-20", "2026-08-15")
