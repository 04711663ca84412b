"""findings.yaml and the rules about findings: thresholds, mistakes, and who is told of what."""

from __future__ import annotations

from pathlib import Path

import pytest

from reminder.calendars import Span
from reminder.deadlines import DeadlineKind
from reminder.findings import DETECTORS
from reminder.mail.gap_words import GAPS
from reminder.policy import Policy, find_problems
from reminder.resources import shipped
from tests.policies import RULE, mistakes, policy_of

NOT_MAILED = {"STALE", "NO_RULE", "NO_RECIPIENT"}


def shipped_policy() -> Policy:
    _, policy = find_problems(None, shipped("config"), [])
    assert policy is not None
    return policy


def finding(code: str, more: str) -> str:
    """A file with one finding, whose thresholds stand on line 7."""
    return (
        f"findings:\n  {code}:\n    severity: action\n    enabled: yes\n"
        f"    title: {{id: A, en: B}}\n    action: {{id: C, en: D}}\n    {more}\n"
    )


def test_every_finding_is_shipped_with_words_and_on() -> None:
    policy = shipped_policy()

    assert set(policy.findings) == set(DETECTORS)
    for rule in policy.findings.values():
        assert rule.enabled
        assert set(rule.title) == set(rule.action) == {"id", "en"}
        assert all(rule.title.values())
        assert all(rule.action.values())


def test_shipped_thresholds_are_those_of_the_detectors() -> None:
    for code, rule in shipped_policy().findings.items():
        assert dict(rule.thresholds) == dict(DETECTORS[code].thresholds), code


def test_every_threshold_stands_in_the_shipped_file() -> None:
    text = (shipped("config") / "findings.yaml").read_text(encoding="utf-8")
    for code, detector in DETECTORS.items():
        section = text.partition(f"\n  {code}:")[2].partition("\n\n")[0]
        assert all(f"{name}:" in section for name in detector.thresholds), code


def test_every_gap_has_a_sentence_in_both_languages() -> None:
    codes = {code for detector in DETECTORS.values() for code in detector.gaps}
    for language, sentences in GAPS.items():
        assert codes == set(sentences), language
        for code, sentence in sentences.items():
            assert not sentence[0].isupper(), (language, code)
            assert not sentence.endswith("."), (language, code)


@pytest.mark.parametrize(
    ("code", "more", "expected"),
    [
        ("ADMIN_INCOMPLETE", "thresholds: {document_within: 1 month}",
         {"document_within": Span(months=1), "deposit_within": Span(days=30)}),
        ("ADMIN_INCOMPLETE", "thresholds: {document_within: 10 hari, deposit_within: 2 weeks}",
         {"document_within": Span(days=10), "deposit_within": Span(days=14)}),
        ("ADMIN_INCOMPLETE", "",
         {"document_within": Span(days=14), "deposit_within": Span(days=30)}),
        ("FOLLOW_UP_INCOMPLETE", "thresholds: {working_days: 10}", {"working_days": 10}),
        ("RULE_GAP", "", {}),
    ],
)  # fmt: skip
def test_threshold_left_out_keeps_its_value(
    tmp_path: Path, code: str, more: str, expected: dict[str, object]
) -> None:
    policy = policy_of(tmp_path, findings=finding(code, more), rules=RULE)
    assert policy.findings[code].thresholds == expected


@pytest.mark.parametrize(
    ("code", "value", "mistake"),
    [
        ("ADMIN_INCOMPLETE", "{document_within: 14}",
         '.document_within: "14" is not a length of time'),
        ("ADMIN_INCOMPLETE", "{document_within: two weeks}",
         'write for example "180 days" or "12 months"'),
        ("ADMIN_INCOMPLETE", "{document_within: 0 days}", '"0 days" is not a length of time'),
        ("ADMIN_INCOMPLETE", "{document_within: }", '"" is not a length of time'),
        ("ADMIN_INCOMPLETE", "{document_withn: 14 days}",
         '.document_withn: is not a known key; did you mean "document_within"?'),
        ("ADMIN_INCOMPLETE", "14 days", "thresholds: is not a table; write keys and values"),
        ("FOLLOW_UP_INCOMPLETE", "{working_days: 3 days}",
         '.working_days: "3 days" is not a whole number from 1 to 9999; write for example 3'),
        ("FOLLOW_UP_INCOMPLETE", "{working_days: 0}", '"0" is not a whole number'),
        ("FOLLOW_UP_INCOMPLETE", "{working_days: 2.5}", '"2.5" is not a whole number'),
        ("FOLLOW_UP_INCOMPLETE", "{working_days: [3]}", ".working_days: is a list; write one"),
        ("RULE_GAP", "{days: 3}", "thresholds: this finding has no thresholds"),
    ],
)  # fmt: skip
def test_odd_threshold_is_named_with_its_line(
    tmp_path: Path, code: str, value: str, mistake: str
) -> None:
    found = mistakes(tmp_path, findings=finding(code, f"thresholds: {value}"), rules=RULE)

    assert [mistake in error for error in found] == [True], found
    assert found[0].startswith(f"config/findings.yaml:7: findings.{code}.thresholds")


def test_all_mistakes_of_all_findings_are_told_at_once(tmp_path: Path) -> None:
    text = finding("ADMIN_INCOMPLETE", "thresholds: {document_within: 1, deposit_within: 2}")
    text += finding("FOLLOW_UP_INCOMPLETE", "thresholds: {working_days: x}").partition("\n")[2]
    found = mistakes(tmp_path, findings=text, rules=RULE)

    assert [error.partition(": ")[0] for error in found] == [
        "config/findings.yaml:7", "config/findings.yaml:7", "config/findings.yaml:13",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("more", "is_new_plan"),
    [
        ("thresholds: {document_within: 14 days, deposit_within: 30 days}", False),
        ("thresholds: {document_within: 15 days}", True),
        ("legal_basis: PP Nomor 28 Tahun 2018", False),
        ("verified_by: Kabag, 2 March 2026", False),
    ],
)
def test_what_is_stored_with_findings_is_planned_anew_where_it_changes(
    tmp_path: Path, more: str, is_new_plan: bool
) -> None:
    before = policy_of(tmp_path, findings=finding("ADMIN_INCOMPLETE", ""), rules=RULE)
    after = policy_of(tmp_path, findings=finding("ADMIN_INCOMPLETE", more), rules=RULE)

    assert (before.version != after.version) is is_new_plan


def test_gravity_and_the_article_of_a_step_are_planned_anew_too(tmp_path: Path) -> None:
    text = finding("ADMIN_INCOMPLETE", "")
    before = policy_of(tmp_path, findings=text, rules=RULE)
    graver = policy_of(tmp_path, findings=text.replace("action\n", "urgent\n"), rules=RULE)
    assert graver.version != before.version

    step = "chains:\n  KSDPL:\n    - {{code: a, title: {{id: A, en: B}}, legal_basis: {}}}\n"
    one = policy_of(tmp_path, findings=text, steps=step.format("PP A"), rules=RULE)
    other = policy_of(tmp_path, findings=text, steps=step.format("PP B"), rules=RULE)
    assert one.version != other.version


def test_rule_about_loose_follow_ups_is_not_covered_by_rules_about_kinds(tmp_path: Path) -> None:
    rule = (
        "  - name: {}\n    deadline: finding\n    findings: [{}]\n    lead_times: [H]\n"
        "    template: finding\n    to: [officer]\n"
    )
    kinds = "    kinds: [KSDPL, KSDLL, KSDD, KSDPK]\n"
    loose = [rule.format(name, "FOLLOW_UP_INCOMPLETE") for name in ("a", "b")]
    assert mistakes(tmp_path, rules="rules:\n" + loose[0] + kinds + loose[1]) == []
    bound = [rule.format(name, "RULE_GAP") for name in ("a", "b")]
    (covered,) = mistakes(tmp_path, rules="rules:\n" + bound[0] + kinds + bound[1])
    assert "this rule never matches" in covered


# The rules


def test_each_finding_is_told_by_the_template_that_is_made_for_it() -> None:
    templates = {
        code: rule.template
        for rule in shipped_policy().rules
        if rule.deadline is DeadlineKind.FINDING
        for code in rule.findings
    }
    assert templates == {
        "DORMANT_CONTACT": "contact",
        "PARTNER_SILENT": "contact",
        "WE_ARE_SILENT": "contact",
        "NO_OWNER": "owner",
        "RULE_GAP": "rule_gap",
        "LEGACY_BASIS": "rule_gap",
        "ADMIN_INCOMPLETE": "papers",
        "UNKNOWN_EXPIRY": "papers",
        "CEREMONIAL": "ceremonial",
        "LOI_STALE": "loi",
        "FOLLOW_UP_INCOMPLETE": "meeting",
    }
    assert set(templates) | NOT_MAILED == set(DETECTORS)


def test_findings_are_told_from_their_day_on_and_not_for_ever() -> None:
    for rule in shipped_policy().rules:
        if rule.deadline is DeadlineKind.FINDING:
            codes = [lead.code for lead in rule.schedule.all()]
            assert codes[0] == "H", rule.name
            assert len(codes) <= 8, rule.name


def test_what_rests_on_a_text_that_was_read_says_so_and_nothing_else_does() -> None:
    policy = shipped_policy()
    verified = {code for code, rule in policy.findings.items() if rule.verified_by}

    assert verified == {"RULE_GAP", "LEGACY_BASIS"}
    for code in verified:
        assert policy.findings[code].legal_basis.startswith("PP Nomor 28 Tahun 2018")
        assert policy.findings[code].verified_by == "text of PP 28/2018 read"
    assert not any(rule.verified_by for rule in policy.rules if rule.deadline == "finding")
