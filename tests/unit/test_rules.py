"""Which rule is a deadline's: the first in file order that matches."""

from __future__ import annotations

import pytest

from reminder.deadlines import DeadlineKind
from reminder.rules import rule_for
from tests.factories import make_deadline, make_rule


@pytest.mark.parametrize(
    ("filters", "facts", "matches"),
    [
        pytest.param({}, {}, True, id="no filter"),
        pytest.param({"kinds": ("KSDPL", "KSDLL")}, {}, True, id="one of the kinds"),
        pytest.param({"kinds": ("KSDD",)}, {}, False, id="another kind"),
        pytest.param({"instruments": ("MoU",)}, {}, True, id="the instrument"),
        pytest.param({"instruments": ("PKS",)}, {}, False, id="another instrument"),
        pytest.param({"bureaus": ("B-01",)}, {}, True, id="the bureau"),
        pytest.param({"bureaus": ("B-02",)}, {}, False, id="another bureau"),
        pytest.param({"kinds": ("KSDPL",), "bureaus": ("B-02",)}, {}, False, id="all must match"),
        pytest.param({"deadline": "report"}, {}, False, id="another kind of deadline"),
        pytest.param({"deadline": "step", "steps": ("surat",)}, {"kind": "step", "key": "surat"},
                     True, id="the step"),
        pytest.param({"deadline": "step", "steps": ("surat",)}, {"kind": "step", "key": "telaah"},
                     False, id="another step"),
        pytest.param({"deadline": "finding", "findings": ("STALE",)},
                     {"kind": "finding", "key": "STALE"}, True, id="the finding"),
        pytest.param({"deadline": "finding", "findings": ("STALE",)},
                     {"kind": "finding", "key": "NO_RULE"}, False, id="another finding"),
        pytest.param({"deadline": "follow_up", "kinds": ("KSDPL",)},
                     {"kind": "follow_up", "key": "RTL-1", "agreement_kind": ""}, False,
                     id="a follow-up of no agreement has no kind"),
    ],
)  # fmt: skip
def test_rule_matches_by_all_its_filters(
    filters: dict[str, object], facts: dict[str, object], matches: bool
) -> None:
    assert make_rule(**filters).matches(make_deadline(**facts)) is matches


def test_first_rule_in_file_order_that_matches_is_the_deadlines_rule() -> None:
    """X-48: of two rules for one deadline the first tells it, so that nothing is told twice."""
    foreign = make_rule("foreign", kinds=("KSDPL", "KSDLL"))
    mou = make_rule("mou", instruments=("MoU",))
    rest = make_rule("rest")

    def name(*rules: str, **facts: object) -> str:
        by_name = {rule.name: rule for rule in (foreign, mou, rest)}
        found = rule_for(make_deadline(**facts), [by_name[rule] for rule in rules])
        return found.name if found else ""

    assert name("foreign", "mou", "rest") == "foreign"
    assert name("mou", "foreign", "rest") == "mou"
    assert name("rest", "foreign", "mou") == "rest"
    assert name("foreign", "mou", "rest", agreement_kind="KSDD") == "mou"
    assert name("foreign", "mou", agreement_kind="KSDD", instrument="PKS") == ""


def test_deadline_of_another_kind_has_no_rule() -> None:
    assert rule_for(make_deadline(kind=DeadlineKind.REPORT, key="2026-S1"), [make_rule()]) is None
