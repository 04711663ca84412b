"""Stages: how far an agreement has come, what comes next, and by when to begin its renewal."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reminder.agreements import Decided, Decision, Dossier, Intention
from reminder.calendars import Due, PartialDate, Span, WorkCalendar
from reminder.lead_times import LeadTime
from reminder.progress import DueBy
from reminder.stages import (
    OpenStep,
    furthest,
    next_step,
    next_towards_renewal,
    open_step,
    stage_of,
    start_by,
)
from reminder.steps import CLOSING, RENEWAL, REVITALISATION, Chain, Length, StepRule
from tests.factories import REF, make_agreement, make_calendar, make_dossier, make_step

TODAY = date(2026, 3, 2)
CALENDAR = make_calendar("2026-02-16", "2026-02-17")
NEW = "KSDPL/2021/001-PEMBARUAN"


def rule(code: str, *waits_for: str, **facts: Any) -> StepRule:
    return StepRule(code, (), waits_for, **facts)


CHAINS = {
    "KSDPL": Chain(
        "KSDPL",
        (
            rule("surat"),
            rule("telaah", "surat", within_working_days=45, documents=("izin", "surat_izin")),
            rule("perbaikan", "telaah"),
            rule("naskah", "telaah", stalls_after=Span(months=3)),
            rule("tanda_tangan", "naskah"),
            rule("pelaksanaan", "tanda_tangan"),
            rule("evaluasi", "tanda_tangan"),
        ),
    ),
    RENEWAL: Chain(RENEWAL, (rule("kehendak"), rule("tanggapan", "kehendak"))),
    CLOSING: Chain(
        CLOSING, (rule("pemberitahuan", due=LeadTime.parse("H-60")), rule("laporan_akhir"))
    ),
    REVITALISATION: Chain(REVITALISATION, (rule("rapat"),)),
}


def dossier(done: str = "", begun: str = "", blank: str = "", /, **facts: Any) -> Dossier:
    """An agreement on its way with these steps done in order, begun, or without a day."""
    decided = facts.pop("decided", None)
    intended = facts.pop("intended", ())
    steps = (
        *(
            make_step(code, done_on=f"2026-01-{number:02}")
            for number, code in enumerate(done.split(), 10)
        ),
        *(make_step(code, started_on="2026-02-12") for code in begun.split()),
        *(make_step(code) for code in blank.split()),
    )
    facts = {"signed_on": None, "expires_on": None} | facts
    return make_dossier(
        make_agreement(**facts),
        steps=steps,
        decided=Decided(decided, TODAY, "") if decided else None,
        intended=intended,
    )


def following(found: Dossier, ends: str = "") -> OpenStep | None:
    end = Due.of(PartialDate.parse(ends)) if ends else None
    return next_step(found, CHAINS, CALENDAR, TODAY, end)


SIGNED = {"signed_on": "2026-02-01"}


@pytest.mark.parametrize(
    ("found", "stage"),
    [
        pytest.param(dossier(), None, id="no step is recorded"),
        pytest.param(dossier("", "surat"), None, id="one has begun"),
        pytest.param(dossier("surat"), "surat", id="the first is done"),
        pytest.param(dossier("telaah surat"), "telaah", id="the order of the chain counts"),
        pytest.param(dossier("surat lain"), "surat", id="a step of no chain is none"),
        pytest.param(dossier("surat pemberitahuan"), "pemberitahuan",
                     id="the closing comes after the chain"),
        pytest.param(dossier("kehendak", replaces="KSDPL/2016/001"), "kehendak",
                     id="the first of a renewal"),
    ],
)  # fmt: skip
def test_stage_is_the_step_done_last_in_the_chain(found: Dossier, stage: str | None) -> None:
    reached = stage_of(found, CHAINS, TODAY)

    assert (reached.rule.code if reached else None) == stage


def test_stage_says_when_it_was_reached_and_not_before_that_day() -> None:
    found = make_dossier(steps=(make_step("surat", done_on="2026-03-03"),))

    assert stage_of(found, CHAINS, TODAY) is None
    reached = stage_of(found, CHAINS, date(2026, 3, 3))
    assert reached is not None
    assert reached.done_on == PartialDate(2026, 3, 3)


@pytest.mark.parametrize(
    ("found", "code"),
    [
        pytest.param(dossier(), None, id="no step is recorded"),
        pytest.param(dossier("", "", "lain"), None, id="only a step of no chain"),
        pytest.param(dossier("", "surat"), "surat", id="what has begun"),
        pytest.param(dossier("", "", "telaah tanda_tangan"), "telaah",
                     id="nothing done: the first recorded, though it waits"),
        pytest.param(dossier("surat"), "telaah", id="what comes after the stage"),
        pytest.param(dossier("surat telaah"), "naskah", id="past the one that may be left out"),
        pytest.param(dossier("surat telaah", "", "perbaikan"), "perbaikan",
                     id="that one, where it is recorded"),
        pytest.param(dossier("surat telaah", "perbaikan"), "perbaikan", id="or has begun"),
        pytest.param(dossier("telaah", "surat"), "surat", id="what has begun before what could"),
        pytest.param(dossier("surat telaah naskah tanda_tangan", **SIGNED), "pelaksanaan",
                     id="after the signing"),
        pytest.param(dossier("surat telaah", **SIGNED), "pelaksanaan",
                     id="signed although nobody recorded each step"),
        pytest.param(dossier("surat telaah tanda_tangan pelaksanaan evaluasi", **SIGNED), None,
                     id="all of it is done"),
        pytest.param(dossier("surat", "pemberitahuan laporan_akhir", status="not_renewing"),
                     "pemberitahuan", id="the closing of one that is to end"),
        pytest.param(dossier("surat pemberitahuan laporan_akhir", status="not_renewing"), None,
                     id="closed"),
        pytest.param(dossier("surat", "pemberitahuan"), "telaah",
                     id="no closing where it is not to end"),
        pytest.param(dossier("surat", "rapat"), "rapat", id="the revitalisation first"),
        pytest.param(dossier("surat rapat"), "telaah", id="then the chain goes on"),
        pytest.param(dossier("kehendak tanggapan", replaces="KSDPL/2016/001"), "surat",
                     id="from the reply to the first step of the kind"),
    ],
)  # fmt: skip
def test_next_step(found: Dossier, code: str | None) -> None:
    step = following(found)

    assert (step.rule.code if step else None) == code


def test_next_step_says_since_when_it_could_begin_and_what_sets_its_day() -> None:
    step = following(dossier("surat telaah"))

    assert step is not None
    assert (step.ref, step.since, step.is_started) == (REF, PartialDate(2026, 1, 11), False)
    assert (step.due, step.due_by) == (Due.of(date(2026, 4, 11)), DueBy.STALL)
    assert (step.waits_for, step.documents) == ((), ("naskah",))


def test_next_step_names_what_it_waits_for() -> None:
    step = following(dossier("", "tanda_tangan"))

    assert step is not None
    assert [rule.code for rule in step.waits_for] == ["naskah"]
    assert step.is_started


@pytest.mark.parametrize(
    ("started_on", "today", "working_day"),
    [
        pytest.param("2026-02-12", "2026-02-12", 0, id="the day of the receipt does not count"),
        pytest.param("2026-02-12", "2026-02-13", 1, id="the first is the next working day"),
        pytest.param("2026-02-12", "2026-02-17", 1, id="a weekend and two days off count none"),
        pytest.param("2026-02-12", "2026-02-18", 2, id="the second comes after them"),
        # Counted by hand: 12 in February, 22 in March, 10 in April; the limit is one later.
        pytest.param("2026-02-12", "2026-04-17", 44, id="one is left"),
        pytest.param("2026-02-12", "2026-04-20", 45, id="the limit"),
        pytest.param("2026-02-12", "2026-04-21", 46, id="the day after the limit"),
        pytest.param("2026-02", "2026-04-20", None, id="only the month of the receipt is known"),
    ],
)
def test_working_day_of_a_limit(started_on: str, today: str, working_day: int | None) -> None:
    found = make_dossier(steps=(make_step("telaah", started_on=started_on),))
    step = open_step(found, "telaah", CHAINS, CALENDAR, date.fromisoformat(today))

    assert step is not None
    assert step.working_day == working_day
    assert (step.due_by, step.documents) == (DueBy.LIMIT, ("izin", "surat_izin"))
    assert working_day is None or step.due == Due.of(date(2026, 4, 20))


def test_step_that_the_chain_does_not_have_cannot_be_opened() -> None:
    assert open_step(dossier("surat"), "lain", CHAINS, CALENDAR, TODAY) is None


# --- towards a renewal

SIGNED_LONG_AGO = {"signed_on": "2021-05-31", "expires_on": "2026-05-31"}
ON_ITS_WAY = Intention(NEW, (make_step("kehendak", agreement=NEW, started_on="2026-02-20"),))


@pytest.mark.parametrize(
    ("found", "ref", "code"),
    [
        pytest.param(dossier(**SIGNED_LONG_AGO), "", "kehendak",
                     id="nobody has decided: the first step of a renewal"),
        pytest.param(dossier("surat telaah", **SIGNED_LONG_AGO), "", "kehendak",
                     id="whatever is recorded of its own"),
        pytest.param(dossier(decided=Decision.RENEW, intended=(ON_ITS_WAY,), **SIGNED_LONG_AGO),
                     NEW, "kehendak", id="the step of the renewal"),
        pytest.param(dossier(intended=(Intention(NEW),), **SIGNED_LONG_AGO), NEW, "kehendak",
                     id="of a renewal without a step the first"),
        pytest.param(dossier("", "pemberitahuan", status="not_renewing", decided=Decision.END,
                             intended=(ON_ITS_WAY,), **SIGNED_LONG_AGO),
                     REF, "pemberitahuan", id="the closing"),
        pytest.param(dossier("", "rapat", decided=Decision.REVITALISE, **SIGNED_LONG_AGO),
                     REF, "rapat", id="the revitalisation"),
        pytest.param(dossier(auto_renew="1 year", **SIGNED_LONG_AGO), None, None,
                     id="it renews itself"),
    ],
)  # fmt: skip
def test_next_step_towards_a_renewal(found: Dossier, ref: str | None, code: str | None) -> None:
    step = next_towards_renewal(found, CHAINS, CALENDAR, TODAY)

    assert ((step.ref, step.rule.code) if step else (None, None)) == (ref, code)


def test_step_of_a_renewal_counts_from_its_own_facts() -> None:
    way = Intention(NEW, (make_step("kehendak", agreement=NEW, done_on="2026-02-20"),))
    step = next_towards_renewal(
        dossier(intended=(way,), **SIGNED_LONG_AGO), CHAINS, CALENDAR, TODAY
    )

    assert step is not None
    assert (step.rule.code, step.since) == ("tanggapan", PartialDate(2026, 2, 20))


def test_furthest_of_several_intentions_is_that_with_the_most_steps() -> None:
    assert furthest((Intention("A"), ON_ITS_WAY)) == ON_ITS_WAY
    assert furthest(()) is None


# --- the last day to begin


def chain_taking(**takes: Length | None) -> dict[str, Chain]:
    """A way of two branches: surat, then telaah or izin, then tanda_tangan, then laporan."""
    waits = {"telaah": ("surat",), "izin": ("surat",), "tanda_tangan": ("telaah", "izin"),
             "laporan": ("tanda_tangan",)}  # fmt: skip
    names = ("surat", "telaah", "izin", "tanda_tangan", "laporan")
    steps = tuple(rule(name, *waits.get(name, ()), takes=takes.get(name)) for name in names)
    return {"KSDPL": Chain("KSDPL", steps)}


@pytest.mark.parametrize(
    ("takes", "expires_on", "begin_on"),
    [
        pytest.param({"surat": Span(days=10)}, "2026-03-31", "2026-03-21", id="one step"),
        pytest.param({"surat": Span(days=10), "telaah": Span(days=5), "tanda_tangan": Span(days=1)},
                     "2026-03-31", "2026-03-15", id="one after another"),
        pytest.param({"telaah": Span(days=5), "izin": Span(days=20)}, "2026-03-31", "2026-03-11",
                     id="the longest way counts"),
        pytest.param({"surat": Span(months=1)}, "2026-03-31", "2026-02-28", id="a month"),
        pytest.param({"surat": 3}, "2026-03-31", "2026-03-26", id="working days"),
        # The last working day before Sunday is Friday 27 March: three before it.
        pytest.param({"surat": 3}, "2026-03-29", "2026-03-24", id="working days to a day off"),
        pytest.param({"surat": 3}, "2026-02-18", "2026-02-11", id="over days off"),
        pytest.param({"surat": Span(days=10)}, "2026-03", "2026-02-19",
                     id="from the first day of a partial date"),
        pytest.param({}, "2026-03-31", None, id="no step takes any time"),
    ],
)  # fmt: skip
def test_last_day_to_begin_a_renewal(
    takes: dict[str, Length], expires_on: str, begin_on: str | None
) -> None:
    chains = chain_taking(**takes)
    expiry = Due.of(PartialDate.parse(expires_on))
    found = start_by(make_agreement(), expiry, chains, CALENDAR)

    assert found == (date.fromisoformat(begin_on) if begin_on else None)


def test_renewal_begins_with_its_letter_and_a_limit_counts_where_no_usual_length_is_given() -> None:
    chains = {
        RENEWAL: Chain(RENEWAL, (rule("kehendak", takes=Span(days=30)),)),
        "KSDPL": Chain(
            "KSDPL",
            (
                rule("telaah", within_working_days=5),
                rule("tanda_tangan", "telaah", within=Span(days=90), takes=Span(days=10)),
                # What follows the signing has a limit too, which is no part of the way there.
                rule("laporan", "tanda_tangan", within=Span(days=30)),
            ),
        ),
    }

    # 10 days before 31 March is the 21st, a Saturday; five working days before Friday, 30 days.
    expiry = Due.of(date(2026, 3, 31))
    assert start_by(make_agreement(), expiry, chains, CALENDAR) == date(2026, 2, 11)


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param({"auto_renew": "1 year"}, id="it renews itself"),
        pytest.param({"status": "not_renewing"}, id="it is to end"),
        pytest.param({"status": "terminated"}, id="it was terminated"),
        pytest.param({"status": "replaced"}, id="it was replaced"),
    ],
)
def test_nothing_must_begin_where_nothing_is_renewed(facts: dict[str, Any]) -> None:
    chains = chain_taking(surat=Span(days=10))

    assert start_by(make_agreement(**facts), Due.of(date(2026, 3, 31)), chains, CALENDAR) is None


LENGTHS = st.one_of(
    st.integers(1, 60), st.builds(Span, days=st.integers(1, 90)),
    st.builds(Span, months=st.integers(1, 6)),
)  # fmt: skip


@given(
    takes=st.dictionaries(st.sampled_from(["surat", "telaah", "izin", "tanda_tangan"]), LENGTHS,
                          min_size=1),
    expiry=st.dates(date(2026, 1, 1), date(2028, 12, 31)),
    holidays=st.sets(st.dates(date(2024, 1, 1), date(2028, 12, 31)), max_size=40),
)  # fmt: skip
def test_whoever_begins_by_that_day_signs_by_the_expiry(
    takes: dict[str, Length], expiry: date, holidays: set[date]
) -> None:
    calendar = WorkCalendar(dict.fromkeys(holidays, "libur"))
    begin = start_by(make_agreement(), Due.of(expiry), chain_taking(**takes), calendar)
    assert begin is not None

    def after(day: date, step: str) -> date:
        length = takes.get(step)
        if length is None:
            return day
        if isinstance(length, Span):
            return length.after(day)
        return calendar.add_working_days(day, length)

    letter = after(begin, "surat")
    signed = after(max(after(letter, "telaah"), after(letter, "izin")), "tanda_tangan")
    assert signed <= expiry
