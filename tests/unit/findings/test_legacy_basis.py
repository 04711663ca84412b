"""LEGACY_BASIS: which texts name revoked rules only, from when it counts, how grave it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from reminder.agreements import Dossier
from reminder.findings.legacy_basis import revoked_only
from reminder.planner import plan_agreement
from tests.factories import make_agreement, make_directory, make_dossier, make_step
from tests.findings import assert_told_and_closed, due_on, found, gaps, rules_for

CODE = "LEGACY_BASIS"
PP_50 = "PP Nomor 50 Tahun 2007"
PERMENDAGRI_3 = "Permendagri Nomor 3 Tahun 2008"
PERMENDAGRI_74 = "Permendagri Nomor 74 Tahun 2012"


def dossier(legal_basis: str, **agreement: Any) -> Dossier:
    agreement = {"entered_on": "2010-01-04", "expires_on": "2031-05-31", **agreement}
    return make_dossier(make_agreement(legal_basis=legal_basis, **agreement))


@pytest.mark.parametrize(
    ("legal_basis", "names"),
    [
        ("PP Nomor 50 Tahun 2007", [PP_50]),
        ("PP No. 50/2007", [PP_50]),
        ("PP50/2007", [PP_50]),
        ("pp. no. 50 th. 2007", [PP_50]),
        ("PP RI No.50 Thn 2007", [PP_50]),
        ("Peraturan Pemerintah (PP) Nomor : 50 Tahun 2007", [PP_50]),
        ("Peraturan Pemerintah Republik Indonesia Nomor 50 Tahun 2007 tentang Tata Cara "
         "Pelaksanaan Kerja Sama Daerah", [PP_50]),
        ("Pasal 12 ayat (5) PP 50/2007 (LN 2007 No. 112, TLN 4761)", [PP_50]),
        ("Government Regulation No. 50 of 2007", [PP_50]),
        ("Permendagri No. 03 Tahun 2008", [PERMENDAGRI_3]),
        ("Peraturan Menteri Dalam Negeri Nomor 3 Tahun 2008 tentang Pedoman Pelaksanaan Kerja "
         "Sama Pemerintah Daerah dengan Pihak Luar Negeri", [PERMENDAGRI_3]),
        ("Permendagri 3/2008 dan 74/2012", [PERMENDAGRI_3, PERMENDAGRI_74]),
        ("Permen Dagri 74/2012; PP 50/2007", [PERMENDAGRI_74, PP_50]),
        ("", []),
        ("nota kesepahaman", []),
        ("PP Nomor 28 Tahun 2018", []),
        ("PP Nomor 28 Tahun 2018 (dahulu PP Nomor 50 Tahun 2007)", []),
        ("UU 32/2004, PP 50/2007", []),
        ("PP 50/2007 jo. UU tentang Pemerintahan Daerah", []),
        ("Permendagri 74/2012 dan Perda 3/2008", []),
        ("SE Mendagri 193/1652/PUOD, PP 50/2007", []),
        ("PP 150/2007", []),
        ("PP 50/2017", []),
        ("PP 5/2007", []),
        ("Perda 50/2007", []),
        ("Permendagri 50/2007", []),
        ("Permendagri 22/2020", []),
    ],
)  # fmt: skip
def test_only_a_text_that_names_nothing_but_revoked_rules_is_one(
    legal_basis: str, names: list[str]
) -> None:
    assert [rule.name for rule in revoked_only(legal_basis)] == names


@pytest.mark.parametrize(
    ("of", "day"),
    [
        pytest.param(dossier("PP 50/2007", signed_on="2013-05-06"), "2018-07-13",
                     id="signed before: from the promulgation of PP 28/2018"),
        pytest.param(dossier("PP 50/2007", signed_on="2019-08-06"), "2019-08-06",
                     id="signed after: from the signing"),
        pytest.param(dossier("PP 50/2007", signed_on="2019"), "2019-12-31",
                     id="of a partial date from the last day"),
        pytest.param(dossier("PP 50/2007", signed_on=None, entered_on="2026-03-02"), "2026-03-02",
                     id="signed on an unknown day: from the entry"),
        pytest.param(dossier("Permendagri 3/2008", signed_on="2013-05-06"), "2020-05-22",
                     id="from Permendagri 25/2020 on"),
        pytest.param(dossier("PP 50/2007; Permendagri 3/2008", signed_on="2013-05-06"),
                     "2020-05-22", id="while one of them was in force it was no such case"),
    ],
)  # fmt: skip
def test_revoked_basis_is_told_on_its_day_and_ended_by_a_rule_in_force(
    of: Dossier, day: str
) -> None:
    signed = {"signed_on": str(of.agreement.signed_on)} if of.agreement.signed_on else {}
    entered = {"entered_on": of.agreement.entered_on}
    assert_told_and_closed(CODE, of, day, dossier("PP 28/2018", **signed, **entered))
    assert_told_and_closed(CODE, of, day, dossier("", **signed, **entered))


@pytest.mark.parametrize(
    ("signed_on", "code", "severity"),
    [
        pytest.param("2013-05-06", "basis_revoked", "info",
                     id="signed before it stays in force: information"),
        pytest.param("2018-07-13", "basis_revoked", "info", id="on the day itself"),
        pytest.param("2018", "basis_revoked", "info", id="perhaps before"),
        pytest.param("2018-07-14", "signed_on_revoked_basis", "action",
                     id="signed afterwards it never had a basis: action"),
    ],
)  # fmt: skip
def test_gravity_depends_on_whether_the_rule_was_in_force_at_the_signing(
    signed_on: str, code: str, severity: str
) -> None:
    rules = replace(rules_for(CODE), severities={CODE: "info"})
    of = dossier("PP 50/2007", signed_on=signed_on)
    plan = plan_agreement(of, (), rules, make_directory(), date(2026, 3, 2))
    (finding,) = [one.deadline for one in plan.planned if one.deadline.gaps]

    assert finding.severity == severity
    (gap,) = finding.gaps
    assert (gap.code, dict(gap.values)) == (
        code,
        {"rule": PP_50, "article": "PP Nomor 28 Tahun 2018 Pasal 51", "signed_on": signed_on},
    )


def test_what_nobody_here_has_read_is_to_be_confirmed() -> None:
    of = dossier("Permendagri 3/2008 dan 74/2012", signed_on="2013-05-06")
    planned = found(CODE, of, "2026-03-02")

    assert planned is not None
    assert [(gap.code, dict(gap.values)["rule"]) for gap in planned.deadline.gaps] == [
        ("basis_revoked_to_confirm", PERMENDAGRI_3),
        ("basis_revoked_to_confirm", PERMENDAGRI_74),
    ]
    late = dossier("Permendagri 3/2008", signed_on="2021-02-01")
    assert list(gaps(found(CODE, late, "2026-03-02"))) == ["signed_on_revoked_basis_to_confirm"]


def test_signing_may_be_known_from_its_step_alone() -> None:
    of = make_dossier(
        make_agreement(legal_basis="PP 50/2007", signed_on=None),
        steps=(make_step("penandatanganan", done_on="2019-08-06"),),
    )
    assert due_on(found(CODE, of, "2026-03-02")) == "2019-08-06"


@pytest.mark.parametrize("status", ["terminated", "replaced"])
def test_nothing_is_asked_for_once_an_agreement_is_over(status: str) -> None:
    assert found(CODE, dossier("PP 50/2007", status=status), "2026-03-02") is None
