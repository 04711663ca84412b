"""Chains of steps: what waits for what, and which chain applies to an agreement."""

from __future__ import annotations

from datetime import date

import pytest

from reminder.calendars import Span
from reminder.steps import (
    CLOSING,
    RENEWAL,
    REVITALISATION,
    Chain,
    StepRule,
    chain_of,
    waiting_for,
)
from tests.factories import make_agreement, make_step

TODAY = date(2026, 3, 2)


def rule(code: str, *waits_for: str) -> StepRule:
    return StepRule(code, (("id", code.title()),), waits_for)


# "perbaikan" is the step that may be left out; "laporan" and "arsip" follow from the signing.
CHAIN = Chain(
    "KSDPL",
    (
        rule("surat"),
        rule("telaah", "surat"),
        rule("perbaikan", "telaah"),
        rule("tanda_tangan", "surat", "telaah"),
        rule("laporan", "tanda_tangan"),
        rule("arsip", "tanda_tangan"),
    ),
)
CHAINS = {
    "KSDPL": CHAIN,
    RENEWAL: Chain(RENEWAL, (rule("kehendak"), rule("tanggapan", "kehendak"))),
    CLOSING: Chain(CLOSING, (rule("penutupan"),)),
    REVITALISATION: Chain(REVITALISATION, (rule("evaluasi"),)),
}


def codes(steps: tuple[StepRule, ...]) -> list[str]:
    return [step.code for step in steps]


@pytest.mark.parametrize(
    ("code", "done", "waits_for"),
    [
        pytest.param("surat", (), (), id="the first waits for none"),
        pytest.param("telaah", (), ("surat",), id="the first is not done"),
        pytest.param("telaah", ("surat",), (), id="the first is done"),
        pytest.param("tanda_tangan", ("telaah",), ("surat",), id="one of two is done"),
        pytest.param("tanda_tangan", ("surat", "telaah"), (), id="both are done"),
    ],
)
def test_step_waits_for_those_before_it(
    code: str, done: tuple[str, ...], waits_for: tuple[str, ...]
) -> None:
    recorded = [
        make_step(other, done_on="2026-02-02" if other in done else None)
        for other in ("surat", "telaah", "tanda_tangan")
    ]
    step = next(one for one in recorded if one.step == code)

    assert waiting_for(step, CHAIN.step(code), recorded, TODAY) == waits_for


def test_step_waits_for_one_that_nobody_has_recorded() -> None:
    step = make_step("telaah", started_on="2026-03-18")

    assert waiting_for(step, CHAIN.step("telaah"), [step], TODAY) == ("surat",)


def test_step_of_no_chain_waits_for_none() -> None:
    step = make_step("lain", due_on="2026-03-18")

    assert CHAIN.step("lain") is None
    assert waiting_for(step, None, [step], TODAY) == ()


def test_step_waits_for_one_whose_done_day_lies_ahead() -> None:
    recorded = [make_step("surat", done_on="2026-03-03"), make_step("telaah")]

    assert waiting_for(recorded[1], CHAIN.step("telaah"), recorded, TODAY) == ("surat",)
    assert waiting_for(recorded[1], CHAIN.step("telaah"), recorded, date(2026, 3, 3)) == ()


@pytest.mark.parametrize(
    ("code", "after"),
    [
        pytest.param("surat", {"telaah", "perbaikan", "tanda_tangan", "laporan", "arsip"},
                     id="all that follows in the end"),
        pytest.param("tanda_tangan", {"laporan", "arsip"}, id="what waits for the signing"),
        pytest.param("perbaikan", set(), id="what may be left out leads to nothing"),
        pytest.param("lain", set(), id="a step of no chain"),
    ],
)  # fmt: skip
def test_steps_after_another(code: str, after: set[str]) -> None:
    assert CHAIN.after(code) == after


@pytest.mark.parametrize(
    ("code", "is_optional"),
    [
        ("surat", False),
        ("telaah", False),
        ("perbaikan", True),
        ("tanda_tangan", False),
        ("laporan", False),
        ("arsip", False),
    ],
)
def test_step_is_optional_where_the_chain_goes_on_without_it(code: str, is_optional: bool) -> None:
    assert CHAIN.is_optional(code) is is_optional


# --- the chain that applies


def test_chain_of_an_agreement_is_that_of_its_kind_and_knows_what_decisions_begin() -> None:
    chain = chain_of(make_agreement(), CHAINS)

    assert chain.steps == CHAIN.steps
    assert (codes(chain.closing), codes(chain.revitalisation)) == (["penutupan"], ["evaluasi"])
    found = chain.step("penutupan")
    assert found is not None
    assert found.code == "penutupan"


def test_chain_of_a_renewal_begins_with_the_letter_and_the_reply() -> None:
    chain = chain_of(make_agreement(replaces="KSDPL/2016/001"), CHAINS)

    assert codes(chain.steps) == ["kehendak", "tanggapan", *codes(CHAIN.steps)]
    assert [step.waits_for for step in chain.steps[:4]] == [
        (), ("kehendak",), ("tanggapan",), ("surat",),
    ]  # fmt: skip
    assert chain.renewal == {"kehendak", "tanggapan"}
    assert chain_of(make_agreement(), CHAINS).renewal == frozenset()


@pytest.mark.parametrize(
    ("kind", "replaces", "steps"),
    [
        pytest.param("KSDD", None, [], id="a kind without a chain"),
        pytest.param("KSDD", "KSDD/1", ["kehendak", "tanggapan"], id="its renewal"),
    ],
)
def test_kind_without_a_chain(kind: str, replaces: str | None, steps: list[str]) -> None:
    agreement = make_agreement(kind=kind, replaces=replaces)

    assert codes(chain_of(agreement, CHAINS).steps) == steps
    assert chain_of(agreement, {}) == Chain(kind, ())


# --- what a rule says


@pytest.mark.parametrize(
    ("documents", "proven_by"),
    [
        pytest.param(None, ("surat",), id="left out: one called like the step"),
        pytest.param((), (), id="none is asked for"),
        pytest.param(("naskah", "izin"), ("naskah", "izin"), id="those named"),
    ],
)
def test_documents_that_prove_a_step(
    documents: tuple[str, ...] | None, proven_by: tuple[str, ...]
) -> None:
    assert StepRule("surat", (), documents=documents).proven_by == proven_by


def test_limit_is_a_span_or_working_days_and_a_stall_threshold_is_none() -> None:
    assert StepRule("a", (), within=Span(months=3)).limit == Span(months=3)
    assert StepRule("a", (), within_working_days=45).limit == 45
    assert StepRule("a", (), stalls_after=Span(months=3)).limit is None


def test_title_falls_back_on_the_code() -> None:
    assert rule("surat").title_in("id") == "Surat"
    assert rule("surat").title_in("en") == "surat"
