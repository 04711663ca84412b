"""Every step of every shipped chain: silent the day before, told on its day, silent once done.

What is expected is reckoned from the YAML files themselves, by the independent model.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from typing import Any

import pytest
import yaml

from jobs.planning import plan_rules
from reminder.agreements import Dossier
from reminder.deadlines import DeadlineKind, DeadlineStatus
from reminder.forecast import Forecaster
from reminder.planner import plan_agreement
from reminder.policy import SendWindow, load_policy
from reminder.resources import shipped
from tests.factories import make_agreement, make_directory, make_dossier, make_step
from tests.model import Model
from tests.stored import at

POLICY = load_policy(None, shipped("config"), [])
STEPS = yaml.safe_load((shipped("config") / "steps.yaml").read_text(encoding="utf-8"))["chains"]
KINDS = ("KSDPL", "KSDLL", "KSDD", "KSDPK")
SIGNING = {"penandatanganan", "penandatanganan_pks"}
DONE = date(2026, 1, 5)
"""A Monday: the day on which what comes before was done, and on which a step begins."""
END = date(2026, 12, 31)
MODEL = Model((), (), {}, {}, "", set(POLICY.calendar.holidays), 24)


@dataclass(frozen=True)
class Case:
    """A step that is open, the facts around it, and the day on which it is due."""

    kind: str
    code: str
    facts: dict[str, str]
    """Of the step's own row; without any the register has none."""
    due: date
    before: tuple[str, ...] = ()
    agreement: tuple[tuple[str, str | None], ...] = ()

    def dossier(self, **done: str) -> Dossier:
        agreement = make_agreement(kind=self.kind, **dict(self.agreement))
        row = self.facts | done
        steps = [make_step(code, done_on=DONE.isoformat()) for code in self.before]
        if row:
            days: dict[str, Any] = {name: value for name, value in row.items() if value}
            steps.append(make_step(self.code, **days))
        return make_dossier(agreement, steps=tuple(steps))

    @property
    def first_lead(self) -> str:
        foreign = self.kind in ("KSDPL", "KSDLL")
        return "HK-15" if foreign and self.code == "persetujuan_dprd" else "H-14"

    @property
    def told_on(self) -> date:
        return MODEL._urgency(self.first_lead, (self.due, self.due))[0]


def lead_up_to(code: str, steps: dict[str, dict[str, Any]]) -> tuple[str, ...]:
    """Everything that must be done before a step, in the end."""
    found: list[str] = []
    for other in steps[code].get("waits_for", []):
        found.extend((*lead_up_to(other, steps), other))
    return tuple(dict.fromkeys(found))


def cases_of(kind: str, renewal: bool) -> Iterator[Case]:
    """The steps of a kind; in a renewal after the letter and the reply."""
    listed: list[dict[str, Any]] = STEPS[kind]
    if renewal:
        last = STEPS["renewal"][-1]["code"]
        listed = [*STEPS["renewal"], *({"waits_for": [last]} | step for step in listed)]
    steps = {step["code"]: step for step in listed}
    waited_for = {code for step in listed for code in step.get("waits_for", [])}
    unsigned: tuple[tuple[str, str | None], ...] = (
        ("signed_on", None),
        ("expires_on", None),
        ("replaces", "KSDPL/2016/001" if renewal else None),
    )
    for code, step in steps.items():
        before = lead_up_to(code, steps)
        is_signed = not SIGNING.isdisjoint(before)
        own = (("replaces", unsigned[2][1]),) if is_signed else unsigned
        day = DONE.isoformat()
        stall, limit = step.get("stalls_after"), step.get("within")
        if length := limit or stall:
            yield Case(kind, code, {"started_on": day}, MODEL.after(DONE, length), before, own)
        if stall and before and code in waited_for:
            # Nobody wrote down that it began: it counts from what it waits for, without a limit.
            yield Case(kind, code, {}, MODEL.after(DONE, stall), before, own)
        yield Case(kind, code, {"due_on": "2026-09-30"}, date(2026, 9, 30), before, own)


def cases_of_decisions() -> Iterator[Case]:
    day = DONE.isoformat()
    ending = (("expires_on", END.isoformat()), ("status", "not_renewing"))
    for step in STEPS["closing"]:
        due = END + timedelta(days=int(step["due"].removeprefix("H")))
        yield Case("KSDPL", step["code"], {"started_on": day}, due, (), ending)
    going_on = (("expires_on", END.isoformat()),)
    steps = {step["code"]: step for step in STEPS["revitalisation"]}
    for code, step in steps.items():
        before = lead_up_to(code, steps)
        facts = {"document": "-"} if before else {"started_on": day}
        yield Case("KSDPL", code, facts, MODEL.after(DONE, step["stalls_after"]), before, going_on)


CASES = [
    *(case for kind in KINDS for case in cases_of(kind, renewal=False)),
    *(case for kind in KINDS for case in cases_of(kind, renewal=True)),
    *cases_of_decisions(),
]


def name_of(case: Case) -> str:
    chain = "renewal of " if dict(case.agreement).get("replaces") else ""
    facts = " ".join(case.facts) or "nothing"
    return f"{chain}{case.kind} {case.code} by {facts}"


def told(dossier: Dossier, code: str, day: date) -> list[str]:
    """The lead times at which a scan tells of a step on that day: one, or none."""
    ahead = Forecaster(
        rules=plan_rules(POLICY),
        directory=make_directory(),
        send_window=SendWindow(time(0), time(23, 59), all_days=True),
        calendar=POLICY.calendar,
        default_zone="Asia/Jakarta",
        now=at(day.isoformat()),
    )
    return [
        found.notice.lead_time
        for found in ahead.of_agreement(dossier, (), day)
        if (found.notice.deadline.kind, found.notice.deadline.key) == (DeadlineKind.STEP, code)
    ]


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_step_is_silent_the_day_before_told_on_its_day_and_silent_once_done(case: Case) -> None:
    day_before = case.told_on - timedelta(days=1)

    assert told(case.dossier(), case.code, day_before) == []
    assert told(case.dossier(), case.code, case.told_on) == [case.first_lead]

    done = case.dossier(done_on=day_before.isoformat())
    plan = plan_agreement(done, (), plan_rules(POLICY), make_directory(), case.told_on)
    mine = [one for one in plan.planned if one.deadline.key == case.code]
    assert told(done, case.code, case.told_on) == []
    assert [(one.deadline.status, one.deadline.due.first) for one in mine] == [
        (DeadlineStatus.MET, case.due)
    ]


def test_every_shipped_step_is_among_the_cases() -> None:
    shipped_steps = {(name, step["code"]) for name, listed in STEPS.items() for step in listed}
    decided = {code for name, code in shipped_steps if name not in KINDS}
    of_kinds = {(case.kind, case.code) for case in CASES}

    assert {(name, code) for name, code in shipped_steps if name in KINDS} <= of_kinds
    assert decided <= {case.code for case in CASES}


@pytest.mark.parametrize("code", ["persetujuan_dprd", "konsultasi_pusat"])
def test_step_that_waits_is_silent_on_its_day(code: str) -> None:
    case = next(one for one in CASES if one.code == code and "due_on" in one.facts)
    waiting = replace(case, before=case.before[:-1])

    assert told(waiting.dossier(), code, case.told_on) == []
    assert told(case.dossier(), code, case.told_on) == [case.first_lead]


def test_step_that_may_be_left_out_is_never_told_unless_it_is_recorded() -> None:
    before = ("prakarsa", "penjajakan", "konsultasi_pusat", "pernyataan_kehendak",
              "rencana_kerja_sama", "persetujuan_dprd", "verifikasi_menteri")  # fmt: skip
    steps = tuple(make_step(code, done_on=DONE.isoformat()) for code in before)
    dossier = make_dossier(make_agreement(signed_on=None, expires_on=None), steps=steps)
    plan = plan_agreement(dossier, (), plan_rules(POLICY), make_directory(), date(2026, 6, 1))

    open_ones = [
        one.deadline.key
        for one in plan.planned
        if one.deadline.kind is DeadlineKind.STEP and one.deadline.status is DeadlineStatus.OPEN
    ]
    assert open_ones == ["rancangan_naskah"]


def test_no_stage_is_advanced_by_time_alone() -> None:
    """However long the DPRD is silent, its approval stays open and the next step waits."""
    steps = (
        *(make_step(code, done_on=DONE.isoformat()) for code in (
            "prakarsa", "penjajakan", "konsultasi_pusat", "pernyataan_kehendak",
            "rencana_kerja_sama")),
        make_step("persetujuan_dprd", started_on=DONE.isoformat()),
        make_step("verifikasi_menteri", due_on="2026-06-30"),
    )  # fmt: skip
    dossier = make_dossier(make_agreement(signed_on=None, expires_on=None), steps=steps)

    for year in range(2026, 2036):
        day = date(year, 12, 1)
        plan = plan_agreement(dossier, (), plan_rules(POLICY), make_directory(), day)
        mine = {
            one.deadline.key: one.deadline
            for one in plan.planned
            if one.deadline.kind is DeadlineKind.STEP
        }
        dprd, following = mine["persetujuan_dprd"], mine["verifikasi_menteri"]
        assert (dprd.status, dprd.due.first) == (DeadlineStatus.OPEN, date(2026, 3, 12))
        assert following.silent_detail == "waits for persetujuan_dprd"
        assert "rancangan_naskah" not in mine
